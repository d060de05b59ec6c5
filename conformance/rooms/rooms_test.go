package rooms

import (
	"fmt"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	domain  = "capulet.lit"
	balcony = "balcony@conference." + domain

	nsMUC  = "http://jabber.org/protocol/muc"
	nsUser = nsMUC + "#user"
	nsMAM  = "urn:xmpp:mam:2"
	nsRSM  = "http://jabber.org/protocol/rsm"
)

func TestMain(m *testing.M) { process.Main(m) }

// settings are those of a server that slows nobody down.
var settings = []string{
	"rooms.rate = -1", "rooms.persistent = true", "c2s.rate_bytes = -1", "c2s.queue_bytes = 64000000",
	"c2s.plain_loopback = true", "accounts.iterations = 4096", `log.level = "warn"`,
}

// newServer prepares a server with n people.
func newServer(t *testing.T, n int) *process.Server {
	t.Helper()
	s := process.New(t, domain, settings...)
	names := make([]string, n)
	for i := range names {
		names[i] = name(i)
	}
	s.AddUsers(t, names...)
	return s
}

func name(i int) string { return fmt.Sprintf("guest%d", i) }

// A heard is one message as an occupant or the archive has it: the id that its sender
// gave, and that of the archive.
type heard struct{ id, archive string }

// An occupant is somebody in the room.
type occupant struct {
	conn *wire.Conn
	name string
	said []heard // in the order in which it came
	err  error   // of the connection, or of what came
}

// enter logs in and enters the room, which is made by the first.
func enter(t *testing.T, s *process.Server, i int) *occupant {
	t.Helper()
	o := &occupant{name: name(i)}
	var err error
	if o.conn, err = wire.Login(wire.Target{Addr: s.Addr, Domain: domain, User: o.name, Password: process.Password, Resource: "r"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.conn.Close)
	o.conn.MustSend(t, "<presence to='"+balcony+"/"+o.name+"'><x xmlns='"+nsMUC+"'><history maxstanzas='0'/></x></presence>")
	created := false
	for {
		e, err := o.conn.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%s enters: %v\n%s", o.name, err, o.conn.Transcript())
		}
		created = created || strings.Contains(e.Raw, "<status code='201'/>")
		switch {
		case e.Attr("type") == "error":
			t.Fatalf("%s enters: %v", o.name, e)
		case e.Is("message"): // "after … the subject" live messages follow (XEP-0045 #order)
			if created {
				o.open(t)
			}
			return o
		}
	}
}

// open accepts the settings of a new room (XEP-0045 #createroom-instant).
func (o *occupant) open(t *testing.T) {
	t.Helper()
	o.conn.MustSend(t, "<iq type='set' id='open' to='"+balcony+"'><query xmlns='"+nsMUC+"#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>")
	o.conn.Want(t, "the room is open", "<iq type='result' id='open'/>")
}

// listen writes down one stanza that comes; the error is that of the connection.
func (o *occupant) listen() error {
	raw, err := o.conn.NextRaw(wire.Patience)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(raw, "<message ") || !strings.Contains(raw, "<body>") {
		return nil
	}
	o.said = append(o.said, heard{between(raw, " id='", "'"), between(raw, "<stanza-id xmlns='urn:xmpp:sid:0' by='"+balcony+"' id='", "'")})
	return nil
}

// between gives what stands behind one text and before another, "" if it is not there.
func between(text, before, behind string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, found := strings.Cut(rest, behind)
	if !found {
		return ""
	}
	return value
}

// message is something that is said.
func message(id string) string {
	return "<message type='groupchat' to='" + balcony + "' id='" + id + "'><body>But, soft! what light through yonder window breaks?</body></message>"
}

// archive reads all of the room's archive, page by page.
func (o *occupant) archive(t *testing.T) (list []heard) {
	t.Helper()
	after := ""
	for page := 0; ; page++ {
		o.conn.MustSend(t, fmt.Sprintf("<iq type='set' id='page%d' to='%s'><query xmlns='%s'><set xmlns='%s'><max>100</max>%s</set></query></iq>",
			page, balcony, nsMAM, nsRSM, after))
		for {
			e, err := o.conn.Next(wire.Patience)
			if err != nil {
				t.Fatalf("the archive: %v\n%s", err, o.conn.Transcript())
			}
			if e.Attr("type") == "error" {
				t.Fatalf("the archive: %v", e)
			}
			if r := e.Child(nsMAM, "result"); r != nil {
				list = append(list, heard{forwarded(r), r.Attr("id")})
				after = "<after>" + r.Attr("id") + "</after>"
			}
			if fin := e.Child(nsMAM, "fin"); fin != nil {
				if fin.Attr("complete") == "true" {
					return list
				}
				break
			}
		}
	}
}

// forwarded gives the id of the message in a result.
func forwarded(result *wire.Element) string {
	if f := result.Child("urn:xmpp:forward:0", "forwarded"); f != nil {
		if m := f.Child(wire.NSClient, "message"); m != nil {
			return m.Attr("id")
		}
	}
	return ""
}

// isPart reports whether the archive has what somebody has heard, in the same order and
// with nothing in between.
func isPart(archive, said []heard) error {
	if len(said) == 0 {
		return nil
	}
	for at := range archive {
		if archive[at] != said[0] {
			continue
		}
		for i, h := range said {
			if at+i >= len(archive) {
				return fmt.Errorf("%v was told and is not in the archive", h)
			}
			if archive[at+i] != h {
				return fmt.Errorf("%v was told where the archive has %v", h, archive[at+i])
			}
		}
		return nil
	}
	return fmt.Errorf("%v was told and is not in the archive", said[0])
}

// inOrder reports whether each message is there once, and those of one person as they
// were sent.
func inOrder(archive []heard) error {
	seen, last := make(map[string]bool), make(map[string]int)
	for _, h := range archive {
		who, count, _ := strings.Cut(h.id, "-")
		var n int
		if _, err := fmt.Sscan(count, &n); err != nil || seen[h.id] || seen[h.archive] || h.archive == "" {
			return fmt.Errorf("%v is there twice, or is not what was said", h)
		}
		if before, ok := last[who]; ok && n < before {
			return fmt.Errorf("%v comes after %d", h, before)
		}
		seen[h.id], seen[h.archive], last[who] = true, true, n
	}
	return nil
}
