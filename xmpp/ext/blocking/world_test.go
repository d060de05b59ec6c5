package blocking

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A verona is a server in memory: a real router, with people whose streams
// write down what they are given.
type verona struct {
	t        *testing.T
	router   *router.Router
	service  *Service
	lists    memory
	sessions map[string]*router.Session // by full JID
	exits    map[string]*exit
}

// memory is a Store.
type memory map[jid.JID][]jid.JID

func (m memory) Blocked(_ context.Context, owner jid.JID) ([]jid.JID, error) {
	return slices.Clone(m[owner]), nil
}

func (m memory) Blockers(_ context.Context, blocked jid.JID) (owners []jid.JID, err error) {
	for owner, list := range m {
		if slices.Contains(list, blocked) {
			owners = append(owners, owner)
		}
	}
	return owners, nil
}

func (m memory) Change(_ context.Context, owner jid.JID, change func([]jid.JID) ([]jid.JID, error)) error {
	list, err := change(slices.Clone(m[owner]))
	if err == nil {
		m[owner] = list
	}
	return err
}

// friends are the subscribers of each account.
type friends map[jid.JID][]jid.JID

func (f friends) Subscribers(_ context.Context, owner jid.JID) ([]jid.JID, error) {
	return f[owner], nil
}

// everybody exists.
type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

// An exit is a client that writes down what it is given.
type exit struct{ got []string }

func (e *exit) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	e.got = append(e.got, string(st.AppendTo(nil)))
	return nil, true
}

func (e *exit) End(*stream.Error) {}

func newVerona(t *testing.T, f friends) *verona {
	v := &verona{
		t:        t,
		lists:    memory{},
		sessions: map[string]*router.Session{},
		exits:    map[string]*exit{},
	}
	log := slog.New(slog.DiscardHandler)
	v.router = router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: log})
	v.service = New(Config{Store: v.lists, Subscribers: f, Router: v.router, Items: 4, Logger: log})
	v.router.HandleIQ(router.AtAccount, NS, v.service)
	v.router.SetGuard(v.service)
	return v
}

// login binds a resource, and makes it available if there is a status.
func (v *verona) login(full, status string) {
	v.t.Helper()
	e := &exit{}
	s, err := v.router.Bind(v.t.Context(), jid.MustParse(full), e)
	if err != nil {
		v.t.Fatal(err)
	}
	if status != "" {
		p, err := stanza.Parse([]byte("<presence><status>" + status + "</status></presence>"))
		if err != nil {
			v.t.Fatal(err)
		}
		s.SetAvailable(p, 0)
		if err := s.Backlog(v.t.Context()); err != nil {
			v.t.Fatal(err)
		}
	}
	v.sessions[full], v.exits[full] = s, e
}

// says lets a client send a stanza.
func (v *verona) says(full, raw string) {
	v.t.Helper()
	st, err := stanza.Parse([]byte(raw))
	if err != nil {
		v.t.Fatalf("bad stanza in the play: %v", err)
	}
	if _, err := v.sessions[full].Route(v.t.Context(), st); err != nil {
		v.t.Fatal(err)
	}
}

// hears checks all that a client was given since the last time. An id of a push
// may be anything.
func (v *verona) hears(why, full string, want ...string) {
	v.t.Helper()
	e := v.exits[full]
	got := e.got
	e.got = nil
	for i, st := range got {
		if at := strings.Index(st, "id='block-"); at >= 0 {
			end := at + 4 + strings.IndexByte(st[at+4:], '\'')
			got[i] = st[:at] + "id='*" + st[end:]
		}
	}
	if !slices.Equal(got, want) {
		v.t.Errorf("%s: %s heard\n  %s\nwant\n  %s", why, full, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
