package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

var (
	romeo  = jid.MustParse("romeo@montague.lit")
	juliet = jid.MustParse("juliet@capulet.lit")
	nurse  = jid.MustParse("nurse@capulet.lit")
)

// newService makes a service over a store in memory. Few iterations keep tests fast.
func newService(t *testing.T, change func(*account.Config)) (*account.Service, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), badger.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	cfg := account.Config{Hosts: []string{"montague.lit", "capulet.lit"}, Admins: []jid.JID{nurse}, Iterations: 16}
	if change != nil {
		change(&cfg)
	}
	return account.New(s.Accounts(), cfg), s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, s *account.Service, j jid.JID, password string) bool {
	t.Helper()
	d, err := s.Directory(t.Context(), j.Domain())
	must(t, err)
	ok, err := d.CheckPassword(t.Context(), j.Local(), password)
	must(t, err)
	return ok
}

func TestLifeOfAnAccount(t *testing.T) {
	s, _ := newService(t, nil)
	ctx := t.Context()
	must(t, s.Create(ctx, romeo, "pencil"))
	if err := s.Create(ctx, romeo, "other"); !errors.Is(err, account.ErrExists) {
		t.Errorf("second Create = %v, want ErrExists", err)
	}
	if known, err := s.Exists(ctx, romeo); err != nil || !known {
		t.Errorf("Exists = %v, %v", known, err)
	}
	if !check(t, s, romeo, "pencil") || check(t, s, romeo, "pen") {
		t.Error("the password that was set is not the one that is right")
	}
	must(t, s.SetPassword(ctx, romeo, "quill"))
	if check(t, s, romeo, "pencil") || !check(t, s, romeo, "quill") {
		t.Error("the old password is still right, or the new one is not")
	}

	ended := 0
	s.OnEnd(func(context.Context, jid.JID) { ended++ })
	must(t, s.Disable(ctx, romeo, "banished"))
	if check(t, s, romeo, "quill") {
		t.Error("a disabled account can log in")
	}
	if known, err := s.Exists(ctx, romeo); err != nil || !known {
		t.Error("a disabled account does not exist any more")
	}
	must(t, s.Enable(ctx, romeo))
	if !check(t, s, romeo, "quill") {
		t.Error("an account that was enabled again cannot log in")
	}

	must(t, s.Remove(ctx, romeo))
	if known, err := s.Exists(ctx, romeo); err != nil || known {
		t.Error("a removed account exists")
	}
	if ended != 2 {
		t.Errorf("sessions were ended %d times, want at disabling and at removal", ended)
	}
	if err := s.Remove(ctx, romeo); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("second Remove = %v, want ErrNotFound", err)
	}
}

func TestRemovalCanBeFinished(t *testing.T) {
	s, _ := newService(t, nil)
	ctx := t.Context()
	must(t, s.Create(ctx, romeo, "pencil"))
	broken := true
	s.OnRemove(func(context.Context, jid.JID) error {
		if broken {
			return errors.New("the disk is on fire")
		}
		return nil
	})
	if err := s.Remove(ctx, romeo); err == nil {
		t.Fatal("a removal that failed said that it had not")
	}
	if check(t, s, romeo, "pencil") {
		t.Error("an account that is half gone can log in")
	}
	if err := s.Create(ctx, romeo, "pencil"); !errors.Is(err, account.ErrExists) {
		t.Errorf("Create = %v: the name is free before the data of its owner is gone", err)
	}
	broken = false
	must(t, s.Remove(ctx, romeo))
	must(t, s.Create(ctx, romeo, "pencil"))
}

// A server that starts finishes the removals that its end has interrupted, and
// leaves everybody else alone.
func TestFinishRemovals(t *testing.T) {
	s, _ := newService(t, nil)
	ctx := t.Context()
	var removed []jid.JID
	s.OnRemove(func(_ context.Context, bare jid.JID) error {
		removed = append(removed, bare)
		return nil
	})
	must(t, s.FinishRemovals(ctx))
	for _, j := range []jid.JID{romeo, juliet, nurse} {
		must(t, s.Create(ctx, j, "pencil"))
	}
	must(t, s.Disable(ctx, nurse, ""))
	must(t, s.Leave(ctx, romeo))
	must(t, s.FinishRemovals(ctx))
	if len(removed) != 1 || removed[0] != romeo {
		t.Errorf("removed: %v", removed)
	}
	must(t, s.Create(ctx, romeo, "pencil"))
	must(t, s.Remove(ctx, juliet))
	removed = nil
	must(t, s.FinishRemovals(ctx))
	if len(removed) != 0 {
		t.Errorf("removed after all is done: %v", removed)
	}
}

func TestAddressesAndPasswords(t *testing.T) {
	s, _ := newService(t, nil)
	for _, tt := range []struct {
		jid, password string
		want          error
	}{
		{"juliet@capulet.lit", "", account.ErrPassword},
		{"juliet@capulet.lit", "a\x07b", account.ErrPassword}, // RFC 8265 §4.2.1: no control characters
		{"juliet@capulet.lit", string(make([]byte, 2000)), account.ErrPassword},
		{"capulet.lit", "pencil", account.ErrAddress},
		{"juliet@capulet.lit/balcony", "pencil", account.ErrAddress},
		{"juliet@verona.lit", "pencil", account.ErrAddress},
		{"juliet@capulet.lit", "correct horse\u3000battery", nil}, // RFC 8265 §4.2.2: spaces are mapped
	} {
		if err := s.Create(t.Context(), jid.MustParse(tt.jid), tt.password); !errors.Is(err, tt.want) {
			t.Errorf("Create(%s, %.20q) = %v, want %v", tt.jid, tt.password, err, tt.want)
		}
	}
	if !check(t, s, juliet, "correct horse battery") {
		t.Error("the prepared form of the password is not taken")
	}
}

// TestUnknownLooksLikeKnown: what a stranger can see of a key set tells nothing.
func TestUnknownLooksLikeKnown(t *testing.T) {
	s, _ := newService(t, nil)
	must(t, s.Create(t.Context(), romeo, "pencil"))
	d, err := s.Directory(t.Context(), "montague.lit")
	must(t, err)
	for _, h := range sasl.Hashes() {
		real, known, err := d.Keys(t.Context(), "romeo", h)
		if err != nil || !known {
			t.Fatalf("%s: Keys = %v, %v", h, known, err)
		}
		fake, known, err := d.Keys(t.Context(), "mercutio", h)
		if err != nil || known {
			t.Fatalf("%s: Keys of an unknown user = %v, %v", h, known, err)
		}
		again, _, _ := d.Keys(t.Context(), "mercutio", h)
		other, _, _ := d.Keys(t.Context(), "benvolio", h)
		if fmt.Sprint(fake) != fmt.Sprint(again) || bytes.Equal(fake.Salt, other.Salt) {
			t.Errorf("%s: fake keys are not stable, or the same for all", h)
		}
		if fake.Iterations != real.Iterations || len(fake.Salt) != len(real.Salt) ||
			len(fake.StoredKey) != len(real.StoredKey) || len(fake.ServerKey) != len(real.ServerKey) {
			t.Errorf("%s: a fake key set differs in shape", h)
		}
	}
	for _, name := range []string{"", "a b", "mercutio"} {
		if ok, err := d.CheckPassword(t.Context(), name, "pencil"); ok || err != nil {
			t.Errorf("CheckPassword(%q) = %v, %v", name, ok, err)
		}
	}
}

// TestUpgrade: an account from elsewhere with one old key set gets the others at
// its next login with a password.
func TestUpgrade(t *testing.T) {
	s, st := newService(t, nil)
	k, err := sasl.DeriveKeys(sasl.SHA1, "pencil", []byte("salt"), 8)
	must(t, err)
	must(t, st.Accounts().Create(t.Context(), account.Account{JID: romeo, Keys: []sasl.Keys{k}}))
	if check(t, s, romeo, "pen") {
		t.Fatal("a wrong password is right")
	}
	if a, _ := s.Get(t.Context(), romeo); len(a.Keys) != 1 {
		t.Error("a wrong password changed the key sets")
	}
	if !check(t, s, romeo, "pencil") {
		t.Fatal("the password is not right")
	}
	a, err := s.Get(t.Context(), romeo)
	must(t, err)
	for _, h := range sasl.Hashes() {
		if k, ok := a.KeysFor(h); !ok || k.Iterations != 16 || !k.Verify("pencil") {
			t.Errorf("no key set for %s, or an old one", h)
		}
	}
}

func TestIsAdmin(t *testing.T) {
	s, _ := newService(t, nil)
	must(t, s.Create(t.Context(), nurse, "pencil"))
	must(t, s.Create(t.Context(), juliet, "pencil"))
	capulet, montague := nurse.Host(), romeo.Host()
	for _, tt := range []struct {
		who, host string
		want      bool
	}{
		{"nurse@capulet.lit/kitchen", "capulet.lit", true},
		{"nurse@capulet.lit/kitchen", "montague.lit", false},
		{"juliet@capulet.lit/balcony", "capulet.lit", false},
		{"capulet.lit", "capulet.lit", true},
		{"capulet.lit", "montague.lit", false},
		{"capulet.lit/x", "capulet.lit", false},
	} {
		host := capulet
		if tt.host == "montague.lit" {
			host = montague
		}
		if got := s.IsAdmin(t.Context(), jid.MustParse(tt.who), host); got != tt.want {
			t.Errorf("IsAdmin(%s, %s) = %v", tt.who, tt.host, got)
		}
	}
	must(t, s.Disable(t.Context(), nurse, ""))
	if s.IsAdmin(t.Context(), nurse, capulet) {
		t.Error("a disabled account administers")
	}
}

// puppet is the Exit of a session under test; it goes when it is told to.
type puppet struct {
	session *router.Session
	got     []*stanza.Stanza
	ended   *stream.Error
	over    bool
}

func (p *puppet) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	p.got = append(p.got, st.Clone())
	return nil, !p.over
}

func (p *puppet) End(reason *stream.Error) {
	p.ended, p.over = reason, true
	p.session.Close(context.Background())
}

func bind(t *testing.T, r *router.Router, full string) *puppet {
	t.Helper()
	p := &puppet{}
	var err error
	p.session, err = r.Bind(t.Context(), jid.MustParse(full), p)
	must(t, err)
	return p
}

func BenchmarkKeysWarm(b *testing.B) {
	s, err := store.Open(b.Context(), badger.Options{Memory: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	accounts := account.New(s.Accounts(), account.Config{Hosts: []string{"montague.lit"}, Iterations: 16})
	if err := accounts.Create(b.Context(), romeo, "pencil"); err != nil {
		b.Fatal(err)
	}
	d, err := accounts.Directory(b.Context(), "montague.lit")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, known, err := d.Keys(b.Context(), "romeo", sasl.SHA256); !known || err != nil {
			b.Fatal(known, err)
		}
	}
}
