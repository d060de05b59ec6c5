package register_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/register"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit/balcony")
	verona = netip.MustParseAddr("192.0.2.1")
)

// A house is a registration service on a real router and a store in memory.
type house struct {
	t        *testing.T
	accounts *account.Service
	router   *router.Router
	svc      *register.Service
}

func newHouse(t *testing.T, cfg register.Config) *house {
	t.Helper()
	st, err := store.Open(t.Context(), badger.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	a := account.New(st.Accounts(), account.Config{Hosts: []string{"capulet.lit"}, Iterations: 16})
	r := router.New(router.Config{Hosts: []string{"capulet.lit"}, Accounts: a})
	a.OnEnd(account.EndSessions(r))
	h := &house{t, a, r, register.New(a, r, account.NewAddressLimit(3, time.Minute), cfg)}
	if err := a.Create(t.Context(), juliet.Bare(), "pencil"); err != nil {
		t.Fatal(err)
	}
	return h
}

func query(inside string) []byte {
	return []byte("<query xmlns='jabber:iq:register'>" + inside + "</query>")
}

func (h *house) ask(typ stanza.Type, from, to jid.JID, inside string) (string, error) {
	out, err := h.svc.HandleIQ(h.t.Context(), stanza.New(stanza.IQ, typ, "1", from, to, query(inside)))
	return string(out), err
}

func (h *house) refuse(err error, want stanza.Condition) {
	h.t.Helper()
	var told *stanza.Error
	if !errors.As(err, &told) || told.Condition != want {
		h.t.Errorf("%v, want %s", err, want)
	}
}

func (h *house) right(name, password string) bool {
	h.t.Helper()
	d, err := h.accounts.Directory(h.t.Context(), "capulet.lit")
	if err != nil {
		h.t.Fatal(err)
	}
	ok, err := d.CheckPassword(h.t.Context(), name, password)
	if err != nil {
		h.t.Fatal(err)
	}
	return ok
}

var everything = register.Config{New: true, Password: true, Removal: true}

func TestCurrent(t *testing.T) { // XEP-0077 #usecases-register
	h := newHouse(t, everything)
	for _, to := range []jid.JID{{}, juliet.Host(), juliet.Bare()} {
		out, err := h.ask(stanza.Get, juliet, to, "")
		if err != nil || !strings.Contains(out, "<registered/>") || !strings.Contains(out, "<username>juliet</username>") || strings.Contains(out, "pencil") {
			t.Errorf("to %q: %s, %v", to, out, err)
		}
	}
	_, err := h.ask(stanza.Get, juliet, jid.MustParse("nurse@capulet.lit"), "")
	h.refuse(err, stanza.Forbidden)
	_, err = h.ask(stanza.Get, jid.MustParse("romeo@montague.lit/home"), juliet.Host(), "")
	h.refuse(err, stanza.ServiceUnavailable)
	_, err = h.ask(stanza.Set, jid.MustParse("romeo@montague.lit/home"), juliet.Host(), "<remove/>")
	h.refuse(err, stanza.RegistrationRequired)
}

func TestChangePassword(t *testing.T) { // XEP-0077 #usecases-changepw
	h := newHouse(t, everything)
	for _, tt := range []struct {
		inside string
		want   stanza.Condition // "" for success
	}{
		{"<username>juliet</username><password>one</password>", ""},
		{"<username>JULIET</username><password>two</password>", ""},
		{"<username>juliet@capulet.lit</username><password>three</password>", ""},
		{"<username>juliet</username><password/>", stanza.BadRequest},
		{"<username>juliet</username>", stanza.BadRequest},
		{"<password>x</password>", stanza.BadRequest},
		{"", stanza.BadRequest},
		{"<username>nurse</username><password>x</password>", stanza.NotAllowed},
		{"<username>a b@</username><password>x</password>", stanza.NotAllowed},
	} {
		_, err := h.ask(stanza.Set, juliet, juliet.Host(), tt.inside)
		if tt.want == "" && err == nil {
			continue
		}
		t.Log(tt.inside)
		h.refuse(err, tt.want)
	}
	if !h.right("juliet", "three") || h.right("juliet", "pencil") {
		t.Error("not the last good one is the password")
	}
	closed := newHouse(t, register.Config{})
	_, err := closed.ask(stanza.Set, juliet, juliet.Host(), "<username>juliet</username><password>x</password>")
	h.refuse(err, stanza.NotAllowed)
}

// puppet is the Exit of a session under test; it notes the order of things, and
// goes when it is told to.
type puppet struct {
	session *router.Session
	seen    []string
}

func (p *puppet) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	p.seen = append(p.seen, st.Type.String()+" "+st.ID())
	return nil, true
}

func (p *puppet) End(reason *stream.Error) {
	p.seen = append(p.seen, string(reason.Condition))
	p.session.Close(context.Background())
}

func TestRemove(t *testing.T) { // XEP-0077 #usecases-cancel
	synctest.Test(t, testRemove)
}

func testRemove(t *testing.T) {
	h := newHouse(t, everything)
	here, there := &puppet{}, &puppet{}
	for full, p := range map[jid.JID]*puppet{juliet: here, jid.MustParse("juliet@capulet.lit/chamber"): there} {
		var err error
		if p.session, err = h.router.Bind(t.Context(), full, p); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.ask(stanza.Set, juliet, juliet.Host(), "<remove/><username>juliet</username>")
	h.refuse(err, stanza.BadRequest)
	_, err = h.ask(stanza.Set, juliet, juliet.Host(), "<remove/><key>x</key>")
	h.refuse(err, stanza.BadRequest)
	if _, err := h.ask(stanza.Set, juliet, jid.JID{}, "<remove/>"); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if got := strings.Join(here.seen, ", "); got != "result 1, not-authorized" {
		t.Errorf("the one who asked saw: %s", got)
	}
	if got := strings.Join(there.seen, ", "); got != "not-authorized" {
		t.Errorf("the other session saw: %s", got)
	}
	if known, err := h.accounts.Exists(t.Context(), juliet.Bare()); known || err != nil {
		t.Errorf("the account exists: %v, %v", known, err)
	}
	closed := newHouse(t, register.Config{})
	_, err = closed.ask(stanza.Set, juliet, juliet.Host(), "<remove/>")
	h.refuse(err, stanza.NotAllowed)
}

func TestStrangers(t *testing.T) { // XEP-0077 #usecases-register-server
	h := newHouse(t, everything)
	do := func(typ stanza.Type, to jid.JID, inside string) (string, error) {
		out, err := h.svc.HandleStream(t.Context(), verona, "capulet.lit", stanza.New(stanza.IQ, typ, "1", jid.JID{}, to, query(inside)))
		return string(out), err
	}
	out, err := do(stanza.Get, juliet.Host(), "")
	if err != nil || !strings.Contains(out, "<username/><password/>") || strings.Contains(out, "<registered/>") {
		t.Errorf("fields: %s, %v", out, err)
	}
	for _, tt := range []struct {
		name, inside string
		want         stanza.Condition // "" for success
	}{
		{"new", "<username>Nurse</username><password>pencil</password>", ""},
		{"taken", "<username>juliet</username><password>pencil</password>", stanza.Conflict},
		{"taken as well", "<username>nurse</username><password>pencil</password>", stanza.Conflict},
		{"not a password", "<username>peter</username><password>\u200b</password>", stanza.NotAcceptable},
		{"no password", "<username>peter</username><password/>", stanza.NotAcceptable},
		{"no name", "<username/><password>pencil</password>", stanza.NotAcceptable},
		{"nothing", "", stanza.NotAcceptable},
		{"not a name", "<username>pe ter</username><password>pencil</password>", stanza.NotAcceptable},
		{"removal", "<remove/>", stanza.UnexpectedRequest},
		{"second", "<username>peter</username><password>pencil</password>", ""},
		{"third: what failed does not count", "<username>gregory</username><password>pencil</password>", ""},
		{"too many", "<username>sampson</username><password>pencil</password>", stanza.ResourceConstraint},
	} {
		_, err := do(stanza.Set, jid.JID{}, tt.inside)
		if tt.want == "" && err == nil {
			continue
		}
		if tt.want == "" || err == nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		t.Log(tt.name)
		h.refuse(err, tt.want)
	}
	if !h.right("nurse", "pencil") || h.right("sampson", "pencil") {
		t.Error("not the right accounts were made")
	}
	_, err = do(stanza.Get, jid.MustParse("verona.lit"), "")
	h.refuse(err, stanza.NotAllowed)
	closed := newHouse(t, register.Config{Password: true})
	if closed.svc.Open() {
		t.Error("a closed host offers registration")
	}
	_, err = closed.svc.HandleStream(t.Context(), verona, "capulet.lit", stanza.New(stanza.IQ, stanza.Get, "1", jid.JID{}, jid.JID{}, query("")))
	h.refuse(err, stanza.ServiceUnavailable)
}
