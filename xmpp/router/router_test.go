package router

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

func TestEntryStampsSender(t *testing.T) {
	s := newStage(t)
	romeo, _ := s.login("romeo@montague.lit/orchard", 0)
	_, juliet := s.login("juliet@capulet.lit/balcony", 0)
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>hi</body></message>`)
	s.send(romeo, `<message from='romeo@montague.lit' to='juliet@capulet.lit/balcony' type='chat'><body>ho</body></message>`)
	s.want("RFC 6120 §8.1.2.1", juliet,
		`<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat'><body>hi</body></message>`,
		`<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' type='chat'><body>ho</body></message>`)

	st, _ := stanza.Parse([]byte(`<message from='nurse@capulet.lit' to='juliet@capulet.lit'><body>lie</body></message>`))
	_, err := romeo.Route(t.Context(), st)
	var fault *stream.Error
	if !errors.As(err, &fault) || fault.Condition != stream.InvalidFrom {
		t.Errorf("a forged sender gives %v, want invalid-from", err)
	}
	s.want("nothing forged arrives", juliet)
}

func TestMessageToBare(t *testing.T) {
	s := newStage(t)
	romeo, back := s.login("romeo@montague.lit/orchard")
	_, balcony := s.login("juliet@capulet.lit/balcony", 5)
	_, chamber := s.login("juliet@capulet.lit/chamber", 0)
	_, closet := s.login("juliet@capulet.lit/closet", -1)
	_, bound := s.login("juliet@capulet.lit/bound")
	const out = `<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat'><body>hi</body></message>`
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>hi</body></message>`)
	s.want("RFC 6121 §8.5.2.1.1 to all that are not negative", balcony, out)
	s.want("RFC 6121 §8.5.2.1.1 to all that are not negative", chamber, out)
	s.want("a negative priority gets none", closet)
	s.want("a session without presence gets none", bound)

	s.send(romeo, `<message id='x' to='tybalt@capulet.lit'><body>hi</body></message>`)
	s.want("RFC 6121 §8.5.1", back, `<message from='tybalt@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='x'>`+
		`<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	s.send(romeo, `<message type='error' to='tybalt@capulet.lit'/>`)
	s.want("RFC 6120 §8.3.1 never an error for an error", back)
	s.send(romeo, `<message to='nurse@capulet.lit'><body>hi</body></message>`)
	if n := s.queue.count("nurse@capulet.lit"); n != 1 {
		t.Errorf("RFC 6121 §8.5.2.2.1: %d messages wait, want 1", n)
	}
}

func TestFullQueueFallsBack(t *testing.T) {
	s := newStage(t)
	romeo, _ := s.login("romeo@montague.lit/orchard")
	_, balcony := s.login("juliet@capulet.lit/balcony", 0)
	balcony.full = true
	s.send(romeo, `<message to='juliet@capulet.lit/balcony' type='chat'><body>1</body></message>`)
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>2</body></message>`)
	if n := s.queue.count("juliet@capulet.lit"); n != 2 {
		t.Errorf("what a dying session did not take: %d wait, want 2", n)
	}
}

type handler func(iq *stanza.Stanza) ([]byte, error)

func (h handler) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) { return h(iq) }

func TestRequests(t *testing.T) {
	s := newStage(t)
	s.HandleIQ(AtHost|AtAccount, "urn:x", handler(func(*stanza.Stanza) ([]byte, error) { return []byte("<y xmlns='urn:x'/>"), nil }))
	s.HandleIQ(AtHost, "urn:no", handler(func(*stanza.Stanza) ([]byte, error) { return nil, stanza.Forbidden.Err("") }))
	s.HandleIQ(AtHost, "urn:broken", handler(func(*stanza.Stanza) ([]byte, error) { return nil, errors.New("disk on fire") }))
	s.HandleIQ(AtHost, "urn:panic", handler(func(*stanza.Stanza) ([]byte, error) { panic("ouch") }))
	romeo, back := s.login("romeo@montague.lit/orchard")
	cases := []struct{ why, to, ns, want string }{
		{"answered", " to='capulet.lit'", "urn:x", "from='capulet.lit' to='romeo@montague.lit/orchard' type='result' id='1'><y"},
		{"RFC 6120 §10.3.3 no to", "", "urn:x", "from='romeo@montague.lit' to='romeo@montague.lit/orchard' type='result' id='1'><y"},
		{"RFC 6121 §8.5.2.2.3", " to='juliet@capulet.lit'", "urn:x", "type='result'"},
		{"told error", " to='capulet.lit'", "urn:no", "<error type='auth'><forbidden"},
		{"inner error", " to='capulet.lit'", "urn:broken", "<internal-server-error"},
		{"panic", " to='capulet.lit'", "urn:panic", "<internal-server-error"},
		{"RFC 6120 §8.4", " to='capulet.lit'", "urn:unheard", "<service-unavailable"},
		{"RFC 6121 §8.5.1", " to='tybalt@capulet.lit'", "urn:x", "<service-unavailable"},
		{"RFC 6121 §8.5.3.2.3", " to='juliet@capulet.lit/gone'", "urn:x", "<service-unavailable"},
		{"RFC 6120 §10.4", " to='verona.lit'", "urn:x", "<remote-server-not-found"},
	}
	for _, c := range cases {
		s.send(romeo, `<iq type='get' id='1'`+c.to+`><q xmlns='`+c.ns+`'/></iq>`)
		got := back.take()
		if len(got) != 1 || !strings.Contains(got[0], c.want) || strings.Contains(got[0], "fire") {
			t.Errorf("%s: %q, want one with %q", c.why, got, c.want)
		}
	}
	s.send(romeo, `<iq type='result' id='1' to='capulet.lit'/>`)
	s.want("RFC 6120 §8.2.3 a response is not answered", back)
}

func TestConflictNewestWins(t *testing.T) {
	s := newStage(t)
	_, old := s.login("romeo@montague.lit/orchard", 0)
	_, young := s.login("romeo@montague.lit/orchard", 0)
	if old.ended == nil || old.ended.Condition != stream.Conflict {
		t.Errorf("RFC 6120 §7.7.2.2: the older session ended with %v", old.ended)
	}
	nurse, _ := s.login("nurse@capulet.lit/n")
	s.send(nurse, `<message to='romeo@montague.lit/orchard' type='chat'><body>a</body></message>`)
	if len(old.take()) != 0 || len(young.take()) != 1 {
		t.Error("the newer session is the bound one")
	}
	for i := range 31 {
		s.login(fmt.Sprintf("romeo@montague.lit/%d", i))
	}
	_, err := s.Bind(t.Context(), jid.MustParse("romeo@montague.lit/one-too-many"), &exit{})
	var fault *stanza.Error
	if !errors.As(err, &fault) || fault.Condition != stanza.ResourceConstraint {
		t.Errorf("RFC 6120 §7.6.2.1: %v", err)
	}
}

type blocks map[[2]string]bool

func (b blocks) Blocks(_ context.Context, owner, other jid.JID) bool {
	return b[[2]string{owner.String(), other.Bare().String()}]
}

func TestBlocked(t *testing.T) {
	s := newStage(t)
	romeo, romeoGot := s.login("romeo@montague.lit/orchard", 0)
	juliet, julietGot := s.login("juliet@capulet.lit/balcony", 0)
	s.SetGuard(blocks{{"juliet@capulet.lit", "romeo@montague.lit"}: true})
	s.send(romeo, `<message id='1' to='juliet@capulet.lit'><body>hi</body></message>`)
	s.send(romeo, `<presence to='juliet@capulet.lit/balcony'/>`)
	s.send(romeo, `<iq type='result' id='2' to='juliet@capulet.lit/balcony'/>`)
	s.want("XEP-0191 #block: blocked by the recipient", romeoGot,
		`<message from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='1'>`+
			`<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	s.want("nothing reaches one who blocks", julietGot)
	s.send(juliet, `<message id='3' to='romeo@montague.lit'><body>hi</body></message>`)
	got := julietGot.take()
	if len(got) != 1 || !strings.Contains(got[0], "<not-acceptable") || !strings.Contains(got[0], "<blocked xmlns='urn:xmpp:blocking:errors'/>") {
		t.Errorf("XEP-0191 #block: own stanza to a blocked contact: %q", got)
	}
}

func TestAsk(t *testing.T) {
	s := newStage(t)
	s.HandleIQ(AtHost, "urn:x", handler(func(iq *stanza.Stanza) ([]byte, error) { return []byte("<y xmlns='urn:x'/>"), nil }))
	host := jid.MustParse("capulet.lit")
	answer, err := s.Ask(t.Context(), stanza.New(stanza.IQ, stanza.Set, "", host, host, []byte("<q xmlns='urn:x'/>")))
	if err != nil || answer.Type != stanza.Result || !answer.PayloadIs("urn:x", "y") {
		t.Errorf("answer %v, error %v", answer, err)
	}
	answer, err = s.Ask(t.Context(), stanza.New(stanza.IQ, stanza.Set, "", host, host, []byte("<q xmlns='urn:none'/>")))
	if err != nil || answer.Type != stanza.TypeError {
		t.Errorf("answer %v, error %v", answer, err)
	}
}

// TestBacklogOrder: while people write to juliet she comes and goes. Every
// message arrives once, and those of one sender in the order they were sent
// (RFC 6120 §10.1), whether they waited or not.
func TestBacklogOrder(t *testing.T) {
	const senders, each = 4, 2000
	s := newStage(t)
	var wg sync.WaitGroup
	for i := range senders {
		from, _ := s.login(fmt.Sprintf("romeo@montague.lit/%d", i))
		wg.Go(func() {
			for n := range each {
				s.send(from, fmt.Sprintf(`<message to='juliet@capulet.lit' type='chat'><body>%d</body></message>`, n))
			}
		})
	}
	writing := make(chan struct{})
	go func() { wg.Wait(); close(writing) }() // ends with the senders

	var got []string
	for last := false; !last; {
		select {
		case <-writing:
			last = true
		default:
		}
		juliet, e := s.login("juliet@capulet.lit/balcony", 0)
		for range 20 {
			s.send(juliet, `<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>`)
		}
		s.send(juliet, `<presence type='unavailable'/>`)
		juliet.Close(t.Context())
		got = append(got, e.end()...)
	}
	next := make(map[string]int)
	count := 0
	for _, xml := range got {
		if !strings.HasPrefix(xml, "<message") {
			continue
		}
		count++
		from := xml[strings.Index(xml, "from='")+6 : strings.Index(xml, "' to=")]
		var n int
		if _, err := fmt.Sscanf(xml[strings.Index(xml, "<body>"):], "<body>%d<", &n); err != nil {
			t.Fatal(err)
		}
		if n != next[from] {
			t.Fatalf("from %s: got message %d, want %d", from, n, next[from])
		}
		next[from]++
	}
	if count != senders*each {
		t.Errorf("%d messages arrived, want %d", count, senders*each)
	}
}

// TestPriorityNegativeAndBack: what is stored while the only resource has a
// negative priority is delivered when it takes messages again, before newer ones.
func TestPriorityNegativeAndBack(t *testing.T) {
	s := newStage(t)
	romeo, _ := s.login("romeo@montague.lit/orchard")
	juliet, got := s.login("juliet@capulet.lit/balcony", 0)
	become := func(priority int8) {
		s.presence.priority = priority
		s.send(juliet, "<presence/>")
	}
	become(-1)
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>1</body></message>`)
	s.want("RFC 6121 §8.5.2.1.1 a negative priority gets none", got)
	become(0)
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>2</body></message>`)
	const out = `<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat'><body>`
	s.want("XEP-0160 #flow", got, out+`1</body></message>`, out+`2</body></message>`)
}

// TestOverflowAndBack: a session whose exit could take no more gets what it
// missed, in order, when its client has come back.
func TestOverflowAndBack(t *testing.T) {
	s := newStage(t)
	romeo, _ := s.login("romeo@montague.lit/orchard")
	juliet, got := s.login("juliet@capulet.lit/balcony", 0)
	write := func(body, to string) {
		s.send(romeo, `<message to='juliet@capulet.lit`+to+`' type='chat'><body>`+body+`</body></message>`)
	}
	got.setFull(true)
	write("1", "/balcony")
	got.setFull(false) // room again, but 1 has to go first
	write("2", "/balcony")
	write("3", "")
	s.want("nothing overtakes", got)
	if err := juliet.Backlog(t.Context()); err != nil {
		t.Fatal(err)
	}
	write("4", "")
	var bodies string
	for _, xml := range got.take() {
		bodies += xml[strings.Index(xml, "<body>")+6 : strings.Index(xml, "</body>")]
	}
	if bodies != "1234" {
		t.Errorf("the client got %q", bodies)
	}
}

// TestFlushStopsWhenUnavailable: a client that goes while it is being given what
// waited does not get the rest, which waits for the next.
func TestFlushStopsWhenUnavailable(t *testing.T) {
	s := newStage(t)
	romeo, _ := s.login("romeo@montague.lit/orchard")
	for i := range 4 {
		s.send(romeo, fmt.Sprintf(`<message to='juliet@capulet.lit' type='chat'><body>%d%s</body></message>`, i, strings.Repeat(".", 100<<10)))
	}
	juliet, got := s.login("juliet@capulet.lit/balcony")
	got.setSilent(true) // takes, and does not tell: the window fills
	s.send(juliet, "<presence/>")
	s.send(juliet, `<presence type='unavailable'/>`)
	if n := len(got.take()); n != 2 {
		t.Errorf("%d messages fit the window, want 2", n)
	}
	got.tell(true)
	if n := len(got.take()); n != 0 {
		t.Errorf("%d messages went to an unavailable resource", n)
	}
	got.setSilent(false)
	s.send(juliet, "<presence/>")
	s.send(romeo, `<message to='juliet@capulet.lit' type='chat'><body>4</body></message>`)
	if n := len(got.take()); n != 3 {
		t.Errorf("%d messages at the next presence, want 3", n)
	}
}

// TestElsewhere: a session counts from when it took messages, not from when it
// was bound.
func TestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		account := jid.MustParse("juliet@capulet.lit")
		juliet, _ := s.login("juliet@capulet.lit/balcony")
		time.Sleep(time.Minute)
		if _, ok := s.Elsewhere(account); ok {
			t.Error("a session without presence takes messages")
		}
		s.send(juliet, "<presence/>")
		if since, ok := s.Elsewhere(account); !ok || time.Since(since) > time.Second {
			t.Errorf("since %v, %v", since, ok)
		}
	})
}

// TestInactive: RFC 6120 §7.6.2.2, nobody binds a resource of an account that is
// disabled or removed after it has logged in.
func TestInactive(t *testing.T) {
	s := newStage(t)
	_, err := s.Bind(t.Context(), jid.MustParse("tybalt@capulet.lit/sword"), &exit{})
	var fault *stanza.Error
	if !errors.As(err, &fault) || fault.Condition != stanza.NotAllowed {
		t.Errorf("bind gives %v", err)
	}
	if n, _ := s.Count(); n != 0 {
		t.Errorf("%d sessions are bound", n)
	}
}

// TestLeft: whoever asks learns of the end, before it and after.
func TestLeft(t *testing.T) {
	r := New(Config{Hosts: []string{"capulet.lit"}, Accounts: accounts{"juliet@capulet.lit": true}})
	juliet, err := r.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/balcony"), &sink{})
	if err != nil {
		t.Fatal(err)
	}
	before := juliet.Left()
	juliet.Unbind(t.Context())
	select {
	case <-before:
		t.Error("she has left while her stream is seen to its end")
	default:
	}
	juliet.Close(t.Context())
	juliet.Close(t.Context())
	<-before
	<-juliet.Left()
}
