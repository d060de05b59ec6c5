package push

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

var (
	juliet  = jid.MustParse("juliet@capulet.lit")
	romeo   = jid.MustParse("romeo@montague.lit/orchard")
	service = jid.MustParse("push.verona.lit")
)

// memory is a Store.
type memory struct {
	mu    sync.Mutex
	lists map[jid.JID][]Registration
	reads int
}

func (m *memory) Registrations(_ context.Context, owner jid.JID) ([]Registration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return slices.Clone(m.lists[owner]), nil
}

func (m *memory) Change(_ context.Context, owner jid.JID, change func([]Registration) ([]Registration, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := change(slices.Clone(m.lists[owner]))
	if err == nil {
		m.lists[owner] = list
	}
	return err
}

// An app is a push service that answers as it is told to.
type app struct {
	mu     sync.Mutex
	answer stanza.Condition // "" is a result
	silent bool             // no answer at all
	hold   chan struct{}    // if not nil, answers wait for it
	got    []string
}

func (a *app) IsHost(domain string) bool { return domain == "capulet.lit" }

func (a *app) Reaches(domain string) bool { return domain != "push.mantua.lit" }

func (a *app) Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	a.mu.Lock()
	a.got = append(a.got, string(iq.AppendTo(nil)))
	answer, silent, hold := a.answer, a.silent, a.hold
	a.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if answer != "" {
		return iq.ErrorReply(answer.Err("")), nil
	}
	return iq.Result(), nil
}

// take gives what was published since it was last asked.
func (a *app) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := a.got
	a.got = nil
	return got
}

func (a *app) set(answer stanza.Condition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

// A world is juliet's account and the push service of her phone.
type world struct {
	*Service
	t     *testing.T
	store *memory
	app   *app
	awake map[string]bool // by resource
}

func newWorld(t *testing.T, summary bool) *world {
	w := &world{t: t, store: &memory{lists: make(map[jid.JID][]Registration)}, app: &app{}, awake: make(map[string]bool)}
	w.Service = New(Config{
		Store: w.store, Router: w.app, Summary: summary, Failures: 3, Logger: slog.New(slog.DiscardHandler),
		Awake: func(full jid.JID) bool { return w.awake[full.Resource()] },
	})
	t.Cleanup(w.Close)
	return w
}

func (w *world) ask(from, to jid.JID, payload string) error {
	w.t.Helper()
	st, err := stanza.Parse([]byte("<iq type='set' id='1'>" + payload + "</iq>"))
	if err != nil {
		w.t.Fatal(err)
	}
	st.From, st.To = from, to
	_, err = w.HandleIQ(w.t.Context(), st)
	return err
}

// enable enables push for a device of juliet.
func (w *world) enable(device, node, options string) {
	w.t.Helper()
	full, err := juliet.WithResource(device)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.ask(full, juliet, "<enable xmlns='urn:xmpp:push:0' jid='push.verona.lit' node='"+node+"'>"+options+"</enable>"); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets a message of romeo to juliet pass.
func (w *world) pass(xml string) {
	w.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		w.t.Fatal(err)
	}
	st.From, st.To = romeo, juliet
	w.Follow(w.t.Context(), &router.Passing{Stanza: st, Verdict: router.Verdict{Action: router.Store, Copies: true}})
	synctest.Wait()
}

const hello = "<message type='chat'><body>Wherefore art thou?</body></message>"

func TestPublication(t *testing.T) {
	const options = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>" +
		"<field var='secret'><value>eruio</value></field></x>"
	for _, c := range []struct {
		name    string
		summary bool
		options string
		want    string
	}{
		{"that something came", false, "", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n1'><item><notification xmlns='urn:xmpp:push:0'>" +
			"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:push:summary</value></field>" +
			"<field var='message-count'><value>1</value></field></x></notification></item></publish></pubsub>"},
		{"who wrote and what, with a secret", true, options, "<field var='message-count'><value>1</value></field>" +
			"<field var='last-message-sender'><value>romeo@montague.lit/orchard</value></field>" +
			"<field var='last-message-body'><value>Wherefore art thou?</value></field></x></notification></item></publish>" +
			"<publish-options><x xmlns='jabber:x:data' type='submit'>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.summary)
				w.enable("phone", "n1", c.options)
				w.pass(hello)
				got := strings.Join(w.app.take(), "\n")
				if !strings.HasPrefix(got, "<iq from='capulet.lit' to='push.verona.lit' type='set'") || !strings.Contains(got, c.want) {
					t.Errorf("published %s\nwant in it %s", got, c.want)
				}
				if c.options != "" && !strings.Contains(got, "<field var='secret'><value>eruio</value></field>") {
					t.Errorf("published without the secret: %s", got)
				}
			})
		})
	}
}

// TestWhoIsWoken: devices that listen are left alone, and nobody is woken for
// nothing.
func TestWhoIsWoken(t *testing.T) {
	for _, c := range []struct {
		name, message string
		awake         bool
		want          int
	}{
		{"a message", hello, false, 1},
		{"the device is there", hello, true, 0},
		{"encrypted", "<message type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>", false, 1},
		{"a call", "<message type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='1'/></message>", false, 1},
		{"a chat state", "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", false, 0},
		{"a receipt", "<message><received xmlns='urn:xmpp:receipts' id='1'/></message>", false, 0},
		{"a headline", "<message type='headline'><body>news</body></message>", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, false)
				w.enable("phone", "n1", "")
				w.awake["phone"] = c.awake
				w.pass(c.message)
				if got := len(w.app.take()); got != c.want {
					t.Errorf("woken %d times, want %d", got, c.want)
				}
			})
		})
	}
}

// TestMissed: when the connection of one device is lost, that device is woken for
// what it has not got, whatever else is awake.
func TestMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.enable("phone", "n1", "")
		w.enable("tablet", "n2", "")
		st, err := stanza.Parse([]byte(hello))
		if err != nil {
			t.Fatal(err)
		}
		st.From, st.To = romeo, juliet
		w.Missed(t.Context(), jid.MustParse("juliet@capulet.lit/tablet"), st)
		synctest.Wait()
		if got := w.app.take(); len(got) != 1 || !strings.Contains(got[0], "node='n2'") {
			t.Errorf("published %q", got)
		}
	})
}

// TestOneAtATime: what comes while a service has not answered is told together.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.app.hold = make(chan struct{})
		w.enable("phone", "n1", "")
		for range 5 {
			w.pass(hello)
		}
		close(w.app.hold)
		synctest.Wait()
		got := w.app.take()
		if len(got) != 2 || !strings.Contains(got[0], "<value>1</value>") || !strings.Contains(got[1], "<value>4</value>") {
			t.Errorf("published %d times: %q", len(got), got)
		}
	})
}

// TestFailures: a service that fails three times in a row rests for a day; a success
// in between forgives (XEP-0357 #publishing).
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.enable("phone", "n1", "")
		step := func(answer stanza.Condition, told int, failures int, off bool) {
			t.Helper()
			w.app.set(answer)
			w.pass(hello)
			if got := len(w.app.take()); got != told {
				t.Errorf("told %d times, want %d", got, told)
			}
			list, err := w.Registrations(t.Context(), juliet)
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			if r := list[0]; r.Failures != failures || r.Off.IsZero() == off || r.Refused != "" && r.Refused != string(answer) && told > 0 {
				t.Errorf("registration is %+v; want %d failures, off %v", r, failures, off)
			}
		}
		step(stanza.ItemNotFound, 1, 1, false)
		step(stanza.ItemNotFound, 1, 2, false)
		step("", 1, 0, false)
		step(stanza.RemoteServerNotFound, 1, 1, false)
		step(stanza.RemoteServerNotFound, 1, 2, false)
		step(stanza.Forbidden, 1, 3, true)
		step("", 0, 3, true)
		time.Sleep(rest)
		step("", 1, 0, false)
	})
}

// TestTransient: a service that is away for a while has not failed.
func TestTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.enable("phone", "n1", "")
		w.app.set(stanza.RemoteServerTimeout)
		for range 5 {
			w.pass(hello)
		}
		list, err := w.Registrations(t.Context(), juliet)
		if err != nil || len(list) != 1 || list[0].Failures != 0 || !list[0].Off.IsZero() || len(w.app.take()) != 5 {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// TestSilence: a service that does not answer counts as one that fails.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.enable("phone", "n1", "")
		w.app.silent = true
		w.pass(hello)
		time.Sleep(patience)
		synctest.Wait()
		list, err := w.Registrations(t.Context(), juliet)
		if err != nil || len(list) != 1 || list[0].Refused != "remote-server-timeout" {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// TestEnabledAnew: enabling again replaces, and forgives what failed before.
func TestEnabledAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.enable("phone", "n1", "")
		w.app.set(stanza.ItemNotFound)
		for range 3 {
			w.pass(hello)
		}
		w.enable("phone", "n1", "")
		w.enable("tablet", "n2", "")
		list, err := w.Registrations(t.Context(), juliet)
		if err != nil || len(list) != 2 || list[0].Failures != 0 || !list[0].Off.IsZero() {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func TestDisable(t *testing.T) {
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"one node", "<disable xmlns='urn:xmpp:push:0' jid='push.verona.lit' node='n1'/>", 1},
		{"all of a service", "<disable xmlns='urn:xmpp:push:0' jid='push.verona.lit'/>", 0},
		{"another service", "<disable xmlns='urn:xmpp:push:0' jid='push.mantua.lit'/>", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, false)
			w.enable("phone", "n1", "")
			w.enable("phone", "n2", "")
			if err := w.ask(juliet, juliet, c.request); err != nil {
				t.Fatal(err)
			}
			if list, err := w.Registrations(t.Context(), juliet); err != nil || len(list) != c.want {
				t.Errorf("%v, %v; want %d", list, err, c.want)
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	w := newWorld(t, false)
	for i := range maxRegistrations {
		w.enable("phone", fmt.Sprint(i), "")
	}
	for _, c := range []struct {
		name    string
		from    jid.JID
		request string
		want    stanza.Condition
	}{
		{"of somebody else", romeo, "<enable xmlns='urn:xmpp:push:0' jid='push.verona.lit'/>", stanza.Forbidden},
		{"without a service", juliet, "<enable xmlns='urn:xmpp:push:0'/>", stanza.BadRequest},
		{"with no address", juliet, "<enable xmlns='urn:xmpp:push:0' jid='@'/>", stanza.BadRequest},
		{"a foreign form", juliet, "<enable xmlns='urn:xmpp:push:0' jid='a.lit'><x xmlns='jabber:x:data' type='submit'/></enable>", stanza.BadRequest},
		{"out of reach", juliet, "<enable xmlns='urn:xmpp:push:0' jid='push.mantua.lit'/>", stanza.RemoteServerNotFound},
		{"a long node", juliet, "<enable xmlns='urn:xmpp:push:0' jid='a.lit' node='" + strings.Repeat("a", 2000) + "'/>", stanza.PolicyViolation},
		{"one too many", juliet, "<enable xmlns='urn:xmpp:push:0' jid='a.lit' node='more'/>", stanza.ResourceConstraint},
		{"something else", juliet, "<enabled xmlns='urn:xmpp:push:0' jid='a.lit'/>", stanza.FeatureNotImplemented},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told *stanza.Error
			err := w.ask(c.from, juliet, c.request)
			if ok := errors.As(err, &told); !ok || told.Condition != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestColdAccounts: for most accounts the disk is read once.
func TestColdAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		for range 100 {
			w.pass(hello)
		}
		if w.store.reads != 1 {
			t.Errorf("the store was read %d times", w.store.reads)
		}
	})
}
