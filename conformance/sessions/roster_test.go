package sessions

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"causeway/conformance/wire"
)

const nsRoster = "jabber:iq:roster"

// A roster does not grow beyond what can be sent at once; what there is can always
// be had (RFC 6121 §2.1.3, §2.3.3).
func TestRosterTooLarge(t *testing.T) {
	t.Parallel()
	for _, settings := range [][]string{nil, {"c2s.stanza_bytes = 50000", "c2s.queue_bytes = 100000"}} {
		t.Run(strings.Join(settings, " "), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, settings...)
			defer s.Stop(t)
			juliet := login(t, s, "juliet", "balcony", false)
			var groups strings.Builder
			for i := range 30 {
				fmt.Fprintf(&groups, "<group>%s%d</group>", strings.Repeat("g", 1000), i)
			}
			kept := 0
			for {
				juliet.MustSend(t, fmt.Sprintf("<iq type='set' id='s'><query xmlns='%s'><item jid='friend%d@%s'>%s</item></query></iq>", nsRoster, kept, domain, groups.String()))
				e, err := juliet.next()
				if err != nil {
					t.Fatal(err)
				}
				if e.Attr("type") == "error" {
					if err := wire.Match("<iq type='error' id='s'><error><resource-constraint xmlns='"+nsStanzas+"'/></error></iq>", e); err != nil {
						t.Fatal(err)
					}
					break
				}
				if kept++; kept > 1000 {
					t.Fatal("30 MB are not too much")
				}
			}
			juliet.MustSend(t, "<iq type='get' id='g'><query xmlns='"+nsRoster+"'/></iq>")
			e := juliet.want("the roster", "<iq type='result' id='g'><query xmlns='"+nsRoster+"'/></iq>")
			if n := len(e.Child(nsRoster, "query").Children); n != kept {
				t.Errorf("%d of %d contacts", n, kept)
			}
			juliet.ping()
		})
	}
}

// A presence that is too large is refused and reaches nobody (RFC 6121 §4.4.2).
func TestPresenceTooLarge(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	defer s.Stop(t)
	balcony, chamber := arrive(t, s, "juliet", "balcony", false), arrive(t, s, "juliet", "chamber", false)
	balcony.want("the other one", "<presence from='"+chamber.full()+"'/>")
	chamber.want("the other one", "<presence from='"+balcony.full()+"'/>")
	balcony.MustSend(t, "<presence id='p'><status>"+strings.Repeat("O", 200_000)+"</status></presence>")
	balcony.want("the refusal", "<presence type='error' id='p'><error><policy-violation xmlns='"+nsStanzas+"'/></error></presence>")
	chamber.ping()
	balcony.MustSend(t, "<presence><show>away</show></presence>")
	balcony.want("a small one", "<presence from='"+balcony.full()+"'><show>away</show></presence>")
	chamber.want("a small one", "<presence from='"+balcony.full()+"'><show>away</show></presence>")
}

// One device changes the roster while another one asks for it again and again: no
// answer comes after a push of something newer (RFC 6121 §2.1.6, §2.6.3).
func TestRosterResultBeforePushes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	defer s.Stop(t)
	const number = 300
	writer, reader := login(t, s, "juliet", "chamber", false), login(t, s, "juliet", "balcony", false)
	get := "<iq type='get' id='g'><query xmlns='" + nsRoster + "' ver=''/></iq>"
	reader.MustSend(t, get)
	reader.want("the roster", "<iq type='result' id='g'/>") // from now on there are pushes
	go func() {                                             // ends when all is sent, or with the connection
		for i := range number {
			if writer.Sendf("<iq type='set' id='s%d'><query xmlns='%s'><item jid='friend%d@%s' name='%d'/></query></iq>", i, nsRoster, i%40, domain, i) != nil {
				return
			}
		}
	}()
	last, pushes := -1, 0
	for pushes < number {
		e, err := reader.next()
		if err != nil {
			t.Fatal(err)
		}
		query := e.Child(nsRoster, "query")
		if query == nil {
			t.Fatalf("%v", e)
		}
		ver, err := strconv.Atoi(query.Attr("ver"))
		if err != nil {
			t.Fatal(err)
		}
		push := e.Attr("type") == "set"
		if ver < last || push && ver == last {
			t.Fatalf("version %d came after %d, pushed: %v", ver, last, push)
		}
		last = ver
		if push {
			pushes++
		}
		if pushes%3 == 0 {
			reader.MustSend(t, get)
		}
	}
}
