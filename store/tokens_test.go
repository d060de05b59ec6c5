package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// tokenHouse has an app of each kind of use, and juliet.
type tokenHouse struct {
	*house
	rest, site bridge.App
}

func newTokenHouse(t *testing.T) *tokenHouse {
	t.Helper()
	h := &tokenHouse{house: newHouse(t)}
	h.furnish()
	return h
}

func (h *tokenHouse) furnish() {
	h.t.Helper()
	must(h.t, h.Accounts().Create(h.t.Context(), someAccount(juliet)))
	h.rest, _ = h.newApp(bridge.REST, capulet, "", "")
	h.site, _ = h.newApp(bridge.Site, capulet, "", "")
}

// grants has one of each use.
func (h *tokenHouse) grants() []bridge.Grant {
	end := time.Now().Add(time.Hour).UTC()
	return []bridge.Grant{
		{Use: bridge.AdminToken, Kind: bridge.REST, App: h.rest.ID, Expires: end},
		{Use: bridge.UserToken, Kind: bridge.REST, App: h.rest.ID, User: juliet},
		{Use: bridge.Code, Kind: bridge.Site, App: h.site.ID, User: juliet, Data: "challenge", Expires: end},
		{Use: bridge.AccessToken, Kind: bridge.Site, App: h.site.ID, User: juliet, Scope: "profile email", Expires: end, Family: "f"},
		{Use: bridge.RefreshToken, Kind: bridge.Site, App: h.site.ID, User: juliet, Expires: end, Family: "f"},
	}
}

func (h *tokenHouse) issue(g bridge.Grant) string {
	h.t.Helper()
	token, err := h.Tokens().Issue(h.t.Context(), g)
	must(h.t, err)
	return token
}

func (h *tokenHouse) want(use bridge.Use, token string, want error) {
	h.t.Helper()
	if g, err := h.Tokens().Grant(h.t.Context(), use, token); !errors.Is(err, want) {
		h.t.Errorf("%s token: %+v, %v; want %v", use, g, err, want)
	}
}

func TestTokensOfEachUse(t *testing.T) {
	h := newTokenHouse(t)
	for _, g := range h.grants() {
		token := h.issue(g)
		form := `^[0-9a-f]{32}$`
		if g.Use == bridge.AdminToken || g.Use == bridge.UserToken {
			form = `^YWMt[-_A-Za-z0-9]{32}$`
		}
		if !regexp.MustCompile(form).MatchString(token) {
			t.Errorf("%s token: %q", g.Use, token)
		}
		h.restart()
		got, err := h.Tokens().Grant(t.Context(), g.Use, token)
		if got.Family == "" || time.Since(got.Issued) > time.Minute || time.Since(got.Issued) < 0 {
			t.Errorf("%s token: %+v", g.Use, got)
		}
		want := g
		want.Host, want.Issued = capulet, got.Issued
		if want.Family == "" {
			want.Family = got.Family
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s token: got %+v, %v; want %+v", g.Use, got, err, want)
		}
		for _, other := range h.grants() {
			if other.Use != g.Use {
				h.want(other.Use, token, bridge.ErrTokenUnknown)
			}
		}
		for _, damaged := range []string{"", token[1:], token + "x", token[:len(token)-1] + ".", string(make([]byte, 1<<20))} {
			h.want(g.Use, damaged, bridge.ErrTokenUnknown)
		}
	}
}

func TestTokensThatCannotBeIssued(t *testing.T) {
	h := newTokenHouse(t)
	must(t, h.Accounts().Create(t.Context(), someAccount(romeo)))
	good := h.grants()[2]
	for name, tc := range map[string]struct {
		change func(*bridge.Grant)
		want   error // nil is any
	}{
		"no use":                    {func(g *bridge.Grant) { g.Use = "" }, nil},
		"no app":                    {func(g *bridge.Grant) { g.App = "" }, nil},
		"an app that is not there":  {func(g *bridge.Grant) { g.App = "nobody" }, bridge.ErrTokenUnknown},
		"an app of another kind":    {func(g *bridge.Grant) { g.Kind = bridge.REST }, bridge.ErrTokenUnknown},
		"nobody's account":          {func(g *bridge.Grant) { g.User = nurse }, bridge.ErrTokenUnknown},
		"somebody of another host":  {func(g *bridge.Grant) { g.User = romeo }, nil},
		"another host":              {func(g *bridge.Grant) { g.Host = montague }, nil},
		"a zero byte in the family": {func(g *bridge.Grant) { g.Family = "a\x00b" }, nil},
		"much text":                 {func(g *bridge.Grant) { g.Data = string(make([]byte, 10_000)) }, nil},
	} {
		g := good
		tc.change(&g)
		token, err := h.Tokens().Issue(t.Context(), g)
		if err == nil || token != "" || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
}

// What ends tokens, and which of them: A of the app itself, U of a person by REST, S of a person by a site.
func TestTokensEnd(t *testing.T) {
	h := newTokenHouse(t)
	change := func(kind bridge.Kind, id string, disabled bool) error {
		_, err := h.Apps().Change(t.Context(), kind, id, func(a *bridge.App) error { a.Disabled = disabled; return nil })
		return err
	}
	update := func(f func(*account.Account)) error {
		return h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error { f(a); return nil })
	}
	for _, tc := range []struct {
		name      string
		do, undo  func() error
		left      string
		afterUndo string
	}{
		{"nothing", func() error { return nil }, nil, "AUS", "AUS"},
		{"the app is disabled", func() error { return change(bridge.REST, h.rest.ID, true) }, func() error { return change(bridge.REST, h.rest.ID, false) }, "S", "AUS"},
		{"the site is disabled", func() error { return change(bridge.Site, h.site.ID, true) }, func() error { return change(bridge.Site, h.site.ID, false) }, "AU", "AUS"},
		{"the app has another secret", func() error { _, _, err := h.Apps().Rotate(t.Context(), bridge.REST, h.rest.ID, ""); return err }, nil, "US", "US"},
		{"the site has another secret", func() error { _, _, err := h.Apps().Rotate(t.Context(), bridge.Site, h.site.ID, ""); return err }, nil, "AUS", "AUS"},
		{
			"the account is disabled", func() error { return update(func(a *account.Account) { a.Disabled = true }) },
			func() error { return update(func(a *account.Account) { a.Disabled = false }) }, "A", "AUS",
		},
		{
			"the account is leaving", func() error { return update(func(a *account.Account) { a.Leaving = true }) },
			func() error { return update(func(a *account.Account) { a.Leaving = false }) }, "A", "AUS",
		},
		{"the password is another", func() error { return update(func(a *account.Account) { a.Changed = a.Changed.Add(time.Second) }) }, nil, "A", "A"},
		{"key sets are made anew", func() error { return update(func(a *account.Account) { a.Keys = nil }) }, nil, "AUS", "AUS"},
		{"all of the person", func() error { return h.Tokens().RevokeOf(t.Context(), juliet, "", "") }, nil, "A", "A"},
		{"of one app", func() error { return h.Tokens().RevokeOf(t.Context(), juliet, bridge.REST, h.rest.ID) }, nil, "AS", "AS"},
		{"of somebody else", func() error { return h.Tokens().RevokeOf(t.Context(), jid.MustParse("julie@capulet.lit"), "", "") }, nil, "AUS", "AUS"},
		{"of the app itself", func() error { return h.Tokens().RevokeOf(t.Context(), jid.JID{}, bridge.REST, h.rest.ID) }, nil, "US", "US"},
		{"a family", func() error { return h.Tokens().Revoke(t.Context(), "g") }, nil, "AU", "AU"},
		{"another family", func() error { return h.Tokens().Revoke(t.Context(), "gg") }, nil, "AUS", "AUS"},
		{"the account is forgotten", func() error { return h.Forget(t.Context(), juliet) }, nil, "A", "A"},
		{"the consent is withdrawn", func() error { return h.Consents().Withdraw(t.Context(), juliet, bridge.Site, h.site.ID) }, nil, "AU", "AU"},
		{
			"the site is gone", func() error { return h.Apps().Delete(t.Context(), bridge.Site, h.site.ID) },
			func() error { h.newApp(bridge.Site, capulet, h.site.ID, ""); return nil }, "AU", "AU",
		},
	} {
		tokens := map[string]bridge.Grant{}
		end := time.Now().Add(time.Hour)
		for letter, g := range map[string]bridge.Grant{
			"A": {Use: bridge.AdminToken, Kind: bridge.REST, App: h.rest.ID, Expires: end},
			"U": {Use: bridge.UserToken, Kind: bridge.REST, App: h.rest.ID, User: juliet},
			"S": {Use: bridge.AccessToken, Kind: bridge.Site, App: h.site.ID, User: juliet, Expires: end, Family: "g"},
		} {
			g.Data = letter
			tokens[h.issue(g)] = g
		}
		left := func() string {
			var letters []string
			for token, g := range tokens {
				_, err := h.Tokens().Grant(t.Context(), g.Use, token)
				if err == nil {
					letters = append(letters, g.Data)
				} else if !errors.Is(err, bridge.ErrTokenUnknown) {
					t.Errorf("%s: %v", tc.name, err)
				}
			}
			slices.Sort(letters)
			return fmt.Sprint(letters)
		}
		spread := func(s string) string {
			letters := []rune(s)
			slices.Sort(letters)
			return fmt.Sprintf("%c", letters)
		}
		must(t, tc.do())
		if got := left(); got != spread(tc.left) {
			t.Errorf("%s: %s left, want %s", tc.name, got, tc.left)
		}
		if tc.undo != nil {
			must(t, tc.undo())
		}
		if got := left(); got != spread(tc.afterUndo) {
			t.Errorf("%s, and back: %s left, want %s", tc.name, got, tc.afterUndo)
		}
	}
}

// Every read looks at the moment; the engine's own expiry comes later.
func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), badger.Options{Memory: true})
		must(t, err)
		defer closeOf(t, s)
		h := &tokenHouse{house: &house{Store: s, t: t}}
		h.furnish()
		end := time.Now().Add(time.Minute)
		code := bridge.Grant{Use: bridge.Code, Kind: bridge.Site, App: h.site.ID, User: juliet, Expires: end}
		token, spent, other := h.issue(code), h.issue(code), h.issue(code)
		g, _, err := h.Tokens().Trade(t.Context(), bridge.Code, spent)
		must(t, err)
		spentFamily := g.Family
		time.Sleep(time.Minute - 1)
		h.want(bridge.Code, token, nil)
		_, _, err = h.Tokens().Trade(t.Context(), bridge.Code, other)
		must(t, err)
		time.Sleep(time.Nanosecond)
		h.want(bridge.Code, token, bridge.ErrTokenExpired)
		if g, _, err := h.Tokens().Trade(t.Context(), bridge.Code, token); !errors.Is(err, bridge.ErrTokenExpired) || g.App != h.site.ID {
			t.Errorf("spent too late: %+v, %v", g, err)
		}
		if _, err := h.Apps().Change(t.Context(), bridge.Site, h.site.ID, func(a *bridge.App) error { a.Disabled = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if g, err := h.Tokens().Grant(t.Context(), bridge.Code, spent); !errors.Is(err, bridge.ErrAppDisabled) || g.App != h.site.ID {
			t.Errorf("of a disabled app: %+v, %v", g, err)
		}
		if _, err := h.Apps().Change(t.Context(), bridge.Site, h.site.ID, func(a *bridge.App) error { a.Disabled = false; return nil }); err != nil {
			t.Fatal(err)
		}
		h.want(bridge.Code, spent, bridge.ErrTokenSpent) // its family can still be revoked
		must(t, h.Tokens().Revoke(t.Context(), spentFamily))
		before := s.Keys(t, "\x01t")
		code.Expires = time.Now().Add(10*time.Second - 24*time.Hour)
		old := h.issue(code)
		h.want(bridge.Code, old, bridge.ErrTokenExpired)
		time.Sleep(11 * time.Second)
		h.want(bridge.Code, old, bridge.ErrTokenUnknown)
		if n := s.Keys(t, "\x01t"); n != before { // nobody had to look for it
			t.Errorf("%d records left of a token that has expired", n-before)
		}
	})
}

// Of a hundred at once, exactly one gets what a code is good for.
func TestTokenIsSpentOnce(t *testing.T) {
	h := newTokenHouse(t)
	for _, use := range []bridge.Use{bridge.Code, bridge.RefreshToken} {
		token := h.issue(bridge.Grant{Use: use, Kind: bridge.Site, App: h.site.ID, User: juliet, Family: "once"})
		won := 0
		for _, err := range together(100, func(int) error {
			g, _, err := h.Tokens().Trade(t.Context(), use, token)
			if g.Family != "once" {
				t.Errorf("got %+v, %v", g, err)
			}
			return err
		}) {
			if err == nil {
				won++
			} else if !errors.Is(err, bridge.ErrTokenSpent) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d got it", won)
		}
		h.restart()
		h.want(use, token, bridge.ErrTokenSpent)
		must(t, h.Tokens().Revoke(t.Context(), "once"))
		h.want(use, token, bridge.ErrTokenUnknown)
	}
}

// Who asks for tokens again and again has the newest ones.
func TestTokensAreThinnedOut(t *testing.T) {
	h := newTokenHouse(t)
	for _, tc := range []struct {
		g    bridge.Grant
		most int
	}{
		{bridge.Grant{Use: bridge.UserToken, Kind: bridge.REST, App: h.rest.ID, User: juliet}, 100},
		{bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: h.rest.ID}, 500},
	} {
		tokens := make([]string, tc.most+5)
		other := h.issue(bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: h.site.ID, User: juliet})
		for i := range tokens[:5] {
			tokens[i] = h.issue(tc.g)
		}
		for _, err := range together(tc.most, func(i int) (err error) {
			tokens[5+i], err = h.Tokens().Issue(t.Context(), tc.g)
			return err
		}) {
			must(t, err)
		}
		for i, token := range tokens {
			var want error
			if i < 5 {
				want = bridge.ErrTokenUnknown
			}
			h.want(tc.g.Use, token, want)
		}
		h.want(bridge.AccessToken, other, nil)
	}
}

// Codes that were traded do not push out what they were traded for.
func TestSpentTokensGoFirst(t *testing.T) {
	h := newTokenHouse(t)
	refresh := h.issue(h.grants()[4])
	code := h.grants()[2]
	for i := range 130 {
		if code.Expires = time.Now().Add(time.Hour); i%2 == 0 {
			code.Expires = time.Now().Add(-time.Hour)
		}
		if token := h.issue(code); i%2 == 1 {
			_, _, err := h.Tokens().Trade(t.Context(), bridge.Code, token)
			must(t, err)
		}
	}
	h.want(bridge.RefreshToken, refresh, nil)
	last := h.issue(h.grants()[2])
	h.want(bridge.Code, last, nil)
}

// A trade is one step, also for somebody with as many tokens as he may have: the code is spent and what it was traded for
// is there, or nothing has happened; and then a code is known for spent until it expires, whatever else is issued.
func TestTrade(t *testing.T) {
	h := newTokenHouse(t)
	g := h.grants()[2]
	access, refresh := bridge.Grant{Use: bridge.AccessToken, Scope: "profile", Expires: g.Expires}, bridge.Grant{Use: bridge.RefreshToken, Expires: g.Expires}
	one := h.grants()[3]
	one.Family = ""
	for range 100 {
		h.issue(one)
	}
	code := h.issue(g)
	huge := access
	huge.Data = strings.Repeat("x", 9<<10)
	if _, made, err := h.Tokens().Trade(t.Context(), bridge.Code, code, access, huge); err == nil || made != nil {
		t.Errorf("made %q, %v", made, err)
	}
	h.want(bridge.Code, code, nil)
	from, made, err := h.Tokens().Trade(t.Context(), bridge.Code, code, access, refresh)
	must(t, err)
	if len(made) != 2 || from.Use != bridge.Code || from.Data != "challenge" {
		t.Fatalf("%+v, %q", from, made)
	}
	got, err := h.Tokens().Grant(t.Context(), bridge.AccessToken, made[0])
	must(t, err)
	if got.Family != from.Family || got.App != h.site.ID || got.Kind != bridge.Site || got.User != juliet || got.Scope != "profile" || got.Data != "" {
		t.Errorf("%+v", got)
	}
	for range 100 {
		h.issue(one)
	}
	h.want(bridge.Code, code, bridge.ErrTokenSpent)
	if g, _, err := h.Tokens().Trade(t.Context(), bridge.Code, code, access); !errors.Is(err, bridge.ErrTokenSpent) || g.Family != from.Family {
		t.Errorf("again: %+v, %v", g, err)
	}
}

// Who refreshes without end fills no disk and costs the other log-ins of the person nothing; and however often it was
// done meanwhile, the token that was stolen first gives the family away (RFC 9700 §4.14.2).
func TestRefreshWithoutEnd(t *testing.T) {
	h := newTokenHouse(t)
	end := time.Now().Add(time.Hour)
	access, refresh := bridge.Grant{Use: bridge.AccessToken, Expires: end}, bridge.Grant{Use: bridge.RefreshToken, Expires: end}
	_, other, err := h.Tokens().Trade(t.Context(), bridge.Code, h.issue(h.grants()[2]), access, refresh)
	must(t, err)
	from, made, err := h.Tokens().Trade(t.Context(), bridge.Code, h.issue(h.grants()[2]), access, refresh)
	must(t, err)
	first := made[1]
	for range 300 {
		_, made, err = h.Tokens().Trade(t.Context(), bridge.RefreshToken, made[1], access, refresh)
		must(t, err)
		h.want(bridge.AccessToken, made[0], nil)
		h.want(bridge.RefreshToken, made[1], nil)
	}
	h.want(bridge.AccessToken, other[0], nil)
	h.want(bridge.RefreshToken, other[1], nil)
	if n := h.Keys(t, "\x01ti"); n > 110 {
		t.Errorf("%d tokens are kept", n)
	}
	g, _, err := h.Tokens().Trade(t.Context(), bridge.RefreshToken, first)
	if !errors.Is(err, bridge.ErrTokenSpent) || g.Family != from.Family || g.App != h.site.ID || g.User != juliet {
		t.Fatalf("%+v, %v", g, err)
	}
	must(t, h.Tokens().Revoke(t.Context(), g.Family))
	h.want(bridge.AccessToken, made[0], bridge.ErrTokenUnknown)
	h.want(bridge.RefreshToken, made[1], bridge.ErrTokenUnknown)
	h.want(bridge.RefreshToken, first, bridge.ErrTokenUnknown) // nothing is left to give away
	h.want(bridge.RefreshToken, other[1], nil)
	h.want(bridge.RefreshToken, strings.Repeat("0", 64), bridge.ErrTokenUnknown)
}

// What one person has given to apps that are there, and takes back.
func TestConsents(t *testing.T) {
	h := newTokenHouse(t)
	allowed := func(want ...string) {
		t.Helper()
		list, err := h.Consents().Allowed(t.Context(), juliet)
		must(t, err)
		var got []string
		for _, c := range list {
			if time.Since(c.Given) > time.Minute {
				t.Errorf("given %v", c.Given)
			}
			got = append(got, string(c.Kind)+" "+c.App+": "+c.Scope)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	allow := func(kind bridge.Kind, app, scope string) error {
		return h.Consents().Allow(t.Context(), juliet, bridge.Consent{Kind: kind, App: app, Scope: scope})
	}
	allowed()
	must(t, allow(bridge.Site, h.site.ID, "profile"))
	must(t, allow(bridge.REST, h.rest.ID, "chat"))
	must(t, allow(bridge.Site, h.site.ID, "profile email"))
	for _, err := range []error{allow(bridge.Site, "nobody", ""), h.Consents().Allow(t.Context(), nurse, bridge.Consent{Kind: bridge.Site, App: h.site.ID})} {
		if !errors.Is(err, bridge.ErrTokenUnknown) {
			t.Errorf("got %v", err)
		}
	}
	h.restart()
	allowed("rest "+h.rest.ID+": chat", "site "+h.site.ID+": profile email")
	token := h.issue(h.grants()[3])
	must(t, h.Consents().Withdraw(t.Context(), juliet, bridge.Site, strings.Repeat("x", 70_000))) // longer than any key
	must(t, h.Consents().Withdraw(t.Context(), juliet, bridge.Kind(strings.Repeat("x", 70_000)), "x"))
	must(t, h.Consents().Withdraw(t.Context(), juliet, bridge.Site, h.site.ID))
	must(t, h.Consents().Withdraw(t.Context(), juliet, bridge.Site, h.site.ID))
	h.want(bridge.AccessToken, token, bridge.ErrTokenUnknown)
	allowed("rest " + h.rest.ID + ": chat")
	// Another app with the same id was never allowed anything.
	must(t, h.Apps().Delete(t.Context(), bridge.REST, h.rest.ID))
	allowed()
	h.newApp(bridge.REST, capulet, h.rest.ID, "")
	allowed()
	must(t, allow(bridge.REST, h.rest.ID, "chat"))
	must(t, h.Forget(t.Context(), juliet))
	allowed()
}
