package router

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// numbers is a Keeper that numbers the messages of each account, as an archive
// does, and a Follower that remembers what became of them.
type numbers struct {
	refuse stanza.Condition // instead of keeping anything
	mu     sync.Mutex
	last   map[jid.JID]int
	passed []string
}

func (n *numbers) Keep(_ context.Context, p *Passing) (Ticket, error) {
	if n.refuse != "" {
		return nil, n.refuse.Err("")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last[p.To.Bare()]++
	p.Extra = fmt.Appendf(p.Extra, "<stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='%d'/>", p.To.Bare(), n.last[p.To.Bare()])
	return nil, nil
}

func (n *numbers) Follow(_ context.Context, p *Passing) {
	n.mu.Lock()
	defer n.mu.Unlock()
	took := make([]string, len(p.Took))
	for i, s := range p.Took {
		took[i] = s.JID().Resource()
	}
	slices.Sort(took)
	n.passed = append(n.passed, p.Verdict.Action.String()+" "+strings.Join(took, " "))
}

func withNumbers(t *testing.T) (*stage, *numbers) {
	s := newStage(t)
	n := &numbers{last: make(map[jid.JID]int)}
	s.AddKeeper(n)
	s.AddFollower(n)
	return s, n
}

// TestTurns: however many write to juliet at once, her devices get the messages in
// the order in which they were numbered.
func TestTurns(t *testing.T) {
	s, _ := withNumbers(t)
	_, balcony := s.login("juliet@capulet.lit/balcony", 0)
	_, tomb := s.login("juliet@capulet.lit/tomb", 0)
	const senders, each = 8, 200
	var wg sync.WaitGroup
	for i := range senders {
		from, _ := s.login(fmt.Sprintf("romeo@montague.lit/%d", i))
		wg.Go(func() {
			for range each {
				st, err := stanza.Parse([]byte(`<message to='juliet@capulet.lit' type='chat'><body>hi</body></message>`))
				if err == nil {
					_, err = from.Route(t.Context(), st)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for name, e := range map[string]*exit{"balcony": balcony, "tomb": tomb} {
		got := e.take()
		if len(got) != senders*each {
			t.Fatalf("%s got %d messages, want %d", name, len(got), senders*each)
		}
		for i, xml := range got {
			if want := fmt.Sprintf(" id='%d'/></message>", i+1); !strings.HasSuffix(xml, want) {
				t.Fatalf("%s: message %d is %s", name, i+1, xml)
			}
		}
	}
}

func TestFollowers(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"one resource", "<message to='juliet@capulet.lit/tomb' type='chat'><body>a</body></message>", "deliver tomb"},
		{"all that are ready", "<message to='juliet@capulet.lit' type='chat'><body>a</body></message>", "deliver-all balcony tomb"},
		{"nobody there", "<message to='nurse@capulet.lit' type='chat'><body>a</body></message>", "store "},
		{"bounced", "<message to='tybalt@capulet.lit' type='chat'><body>a</body></message>", ""},
		{"dropped", "<message to='nurse@capulet.lit' type='headline'><body>a</body></message>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, n := withNumbers(t)
			romeo, _ := s.login("romeo@montague.lit/orchard")
			s.login("juliet@capulet.lit/balcony", 0)
			s.login("juliet@capulet.lit/tomb", 0)
			s.send(romeo, c.message)
			if got := strings.Join(n.passed, ","); got != c.want {
				t.Errorf("passed %q, want %q", got, c.want)
			}
		})
	}
}

// TestKeptOnce: what was routed before is delivered, and neither kept nor followed.
func TestKeptOnce(t *testing.T) {
	s, n := withNumbers(t)
	_, juliet := s.login("juliet@capulet.lit/balcony", 0)
	st := stanza.New(stanza.Message, stanza.Chat, "1", jid.MustParse("romeo@montague.lit/orchard"), jid.MustParse("juliet@capulet.lit"))
	st.Kept = true
	if _, err := s.Emit(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	s.want("it is delivered", juliet, "<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat' id='1'/>")
	if len(n.passed) > 0 || len(n.last) > 0 {
		t.Errorf("it was kept (%v) or followed (%v)", n.last, n.passed)
	}
}

// TestNotKept: what cannot be kept goes back, and nobody gets it.
func TestNotKept(t *testing.T) {
	s, n := withNumbers(t)
	n.refuse = stanza.ResourceConstraint
	romeo, back := s.login("romeo@montague.lit/orchard")
	_, juliet := s.login("juliet@capulet.lit/balcony", 0)
	s.send(romeo, "<message to='juliet@capulet.lit' type='chat' id='1'><body>a</body></message>")
	s.want("it is not on the disk", juliet)
	s.want("its sender knows", back, "<message from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='1'>"+
		"<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
	if len(n.passed) > 0 {
		t.Errorf("followed: %v", n.passed)
	}
}

// TestFullQueueKept: a message that is in the archive is not refused because it does
// not fit into the queue as well.
func TestFullQueueKept(t *testing.T) {
	s, _ := withNumbers(t)
	s.SetOffline(fullQueue{s.queue})
	romeo, back := s.login("romeo@montague.lit/orchard")
	s.send(romeo, "<message to='nurse@capulet.lit' type='chat' id='1'><body>a</body></message>")
	s.want("the archive has it", back)
	forged := stanza.New(stanza.Message, stanza.Chat, "2", romeo.JID(), jid.MustParse("nurse@capulet.lit"),
		[]byte("<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.lit' id='1'/>"))
	forged.Kept = true
	if _, err := s.Emit(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	s.want("the id of another archive proves nothing", back, "<message from='nurse@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='2'>"+
		"<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
}

// A fullQueue takes nothing.
type fullQueue struct{ *queue }

func (fullQueue) Store(context.Context, *stanza.Stanza, func() bool) (Ticket, bool, error) {
	return nil, false, stanza.ServiceUnavailable.Err("")
}

// TestGateMayRoute: a gate is called when the turn is over, and may route messages of
// the same people.
func TestGateMayRoute(t *testing.T) {
	s, n := withNumbers(t)
	romeo, back := s.login("romeo@montague.lit/orchard", 0)
	s.SetGate("room.montague.lit", echo{s.Router})
	s.send(romeo, "<message to='room.montague.lit' type='chat' id='1'><body>a</body></message>")
	if got := back.take(); len(got) != 1 {
		t.Errorf("romeo got %q", got)
	}
	if got, want := strings.Join(n.passed, ","), "forward ,deliver orchard"; got != want {
		t.Errorf("passed %q, want %q", got, want)
	}
}

// An echo sends each message back.
type echo struct{ router *Router }

func (e echo) Accept(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	answer := st.Clone()
	answer.From, answer.To = st.To, st.From
	return e.router.Emit(ctx, answer)
}

// TestCameMeanwhile: who has come, or gone, while a message waited for its turn counts.
func TestCameMeanwhile(t *testing.T) {
	s, n := withNumbers(t)
	ctx := t.Context()
	_, balcony := s.login("juliet@capulet.lit/balcony", 0)
	st := stanza.New(stanza.Message, stanza.Chat, "1", jid.MustParse("romeo@montague.lit/orchard"), jid.MustParse("juliet@capulet.lit"))
	d := s.locate(ctx, st.To)
	_, tomb := s.login("juliet@capulet.lit/tomb", 0)
	if _, err := s.pass(ctx, st, d, decide(head{st.Kind, st.Type}, d.target)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(n.passed, ","); got != "deliver-all balcony tomb" {
		t.Errorf("passed %q", got)
	}
	if a, b := balcony.take(), tomb.take(); len(a) != 1 || len(b) != 1 {
		t.Errorf("balcony has %q, tomb %q", a, b)
	}
}

// TestRefusedBehindGate: the error for a sender behind a gate leaves when the turn is
// over, since the gate may route messages because of it.
func TestRefusedBehindGate(t *testing.T) {
	s, n := withNumbers(t)
	s.SetOffline(nil)
	_, nurse := s.login("nurse@capulet.lit/home", 0)
	s.SetGate("room.montague.lit", complainer{s.Router})
	st := stanza.New(stanza.Message, stanza.Chat, "1", jid.MustParse("room.montague.lit"), jid.MustParse("juliet@capulet.lit"), []byte("<body>a</body>"))
	if _, err := s.Emit(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	if got := nurse.take(); len(got) != 1 || !strings.Contains(got[0], "service-unavailable") {
		t.Errorf("the nurse got %q", got)
	}
	if got, want := strings.Join(n.passed, ","), "deliver-all home"; got != want {
		t.Errorf("passed %q, want %q", got, want)
	}
}

// A complainer tells the nurse of each error that it gets.
type complainer struct{ router *Router }

func (c complainer) Accept(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	told, ok := st.AsError()
	if !ok {
		return nil, nil
	}
	_, err := c.router.Emit(ctx, stanza.New(stanza.Message, stanza.Chat, "2", st.To, jid.MustParse("nurse@capulet.lit"),
		fmt.Appendf(nil, "<body>%s</body>", told.Condition)))
	return nil, err
}
