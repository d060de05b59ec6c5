package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"causeway/bridge"
	"causeway/store"
	"causeway/xmpp/jid"
)

var (
	capulet  = jid.MustParse("capulet.lit")
	montague = jid.MustParse("montague.lit")
)

// newApp adds an app, and a name for it is all that is of no matter.
func (h *house) newApp(kind bridge.Kind, host jid.JID, id, given string) (bridge.App, string) {
	h.t.Helper()
	a, secret, err := h.Apps().Create(h.t.Context(), bridge.App{Kind: kind, ID: id, Host: host, Name: "The feud"}, given)
	must(h.t, err)
	return a, secret
}

func TestAppsOfEachKind(t *testing.T) {
	h := newHouse(t)
	for _, tc := range []struct {
		kind             bridge.Kind
		id, given        string
		wantID, wantText string
	}{
		{bridge.REST, "", "", `^YXA6[-_A-Za-z0-9]{22}$`, `^YXA6[-_A-Za-z0-9]{32}$`},
		{bridge.Site, "", "", `^[1-9][0-9]{13}$`, `^[0-9a-f]{32}$`},
		{bridge.Plugchat, "", "", `^[0-9a-f]{32}$`, `^[0-9a-f]{32}$`},
		{bridge.Plugchat, "", "the site has this one in its code", `^[0-9a-f]{32}$`, `^the site has this one in its code$`},
		{bridge.Flash, "default", "", `^default$`, `^[0-9a-f]{32}$`},
		{bridge.Flash, "verona", "3874-3459-9999-2199", `^verona$`, `^3874-3459-9999-2199$`},
	} {
		a, secret := h.newApp(tc.kind, capulet, tc.id, tc.given)
		if !regexp.MustCompile(tc.wantID).MatchString(a.ID) || !regexp.MustCompile(tc.wantText).MatchString(secret) {
			t.Errorf("%s: id %q, secret %q", tc.kind, a.ID, secret)
		}
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(a.UUID) {
			t.Errorf("%s: UUID %q", tc.kind, a.UUID) // RFC 9562 §5.4
		}
		h.restart()
		if got, ok, err := h.Apps().App(t.Context(), tc.kind, a.ID); err != nil || !ok || got != a {
			t.Errorf("%s: got %+v, %v, %v; want %+v", tc.kind, got, ok, err, a)
		}
		for range 2 { // the second time from what is remembered
			h.verify(a, secret, true)
			h.verify(a, secret+"x", false)
			h.verify(a, "", false)
		}
		if _, ok, err := h.Apps().Verify(t.Context(), tc.kind, a.ID+"x", secret); ok || err != nil {
			t.Errorf("%s: an app that is not there: %v, %v", tc.kind, ok, err)
		}
		if _, ok, err := h.Apps().Verify(t.Context(), "other", a.ID, secret); ok || err != nil {
			t.Errorf("%s: another kind: %v, %v", tc.kind, ok, err)
		}
		found, ok, err := h.Apps().AppOfSecret(t.Context(), tc.kind, secret)
		if err != nil || ok != (tc.kind == bridge.Plugchat) || ok && found != a {
			t.Errorf("%s by its secret: %+v, %v, %v", tc.kind, found, ok, err)
		}
	}
}

func (h *house) verify(a bridge.App, secret string, want bool) {
	h.t.Helper()
	if got, ok, err := h.Apps().Verify(h.t.Context(), a.Kind, a.ID, secret); err != nil || ok != want || ok && got != a {
		h.t.Errorf("%s %s with %q: %+v, %v, %v", a.Kind, a.ID, secret, got, ok, err)
	}
}

func TestAppsThatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.newApp(bridge.Flash, capulet, "default", "word")
	h.newApp(bridge.Plugchat, capulet, "p", "word")
	_, _, err := h.Apps().Create(t.Context(), bridge.App{Kind: bridge.REST, ID: "r", Host: capulet, Key: "feud#chat"}, "")
	must(t, err)
	for name, tc := range map[string]struct {
		app   bridge.App
		given string
		want  error
	}{
		"an id twice":                     {bridge.App{Kind: bridge.Flash, ID: "default", Host: montague}, "", store.ErrAppExists},
		"an id of another kind":           {bridge.App{Kind: bridge.Plugchat, ID: "default", Host: montague}, "", nil},
		"a secret that finds another":     {bridge.App{Kind: bridge.Plugchat, ID: "q", Host: montague}, "word", store.ErrSecretUsed},
		"a secret of another kind":        {bridge.App{Kind: bridge.Flash, ID: "q", Host: montague}, "word", nil},
		"the key of another host":         {bridge.App{Kind: bridge.REST, Host: montague, Key: "feud#chat"}, "", store.ErrKeyTaken},
		"a key of the same host":          {bridge.App{Kind: bridge.REST, Host: capulet, Key: "feud#chat"}, "", nil},
		"a secret longer than a password": {bridge.App{Kind: bridge.Flash, ID: "s", Host: capulet}, string(make([]byte, 1024)), store.ErrAppSecret},
	} {
		if _, _, err := h.Apps().Create(t.Context(), tc.app, tc.given); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, _, err := h.Apps().Create(t.Context(), bridge.App{Kind: bridge.Flash, ID: "a\x00b", Host: capulet}, ""); err == nil {
		t.Error("a zero byte in an id was taken")
	}
	won := 0
	for _, err := range together(20, func(int) error {
		_, _, err := h.Apps().Create(t.Context(), bridge.App{Kind: bridge.Flash, ID: "once", Host: capulet}, "word")
		return err
	}) {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrAppExists) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("made %d times", won)
	}
}

// An app is found by its appkey, one that is not disabled before one that is.
func TestAppOfKey(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"a", "b"} {
		_, _, err := h.Apps().Create(t.Context(), bridge.App{Kind: bridge.REST, ID: id, Host: capulet, Key: "feud#chat"}, "")
		must(t, err)
	}
	want := func(id string, found bool) {
		t.Helper()
		if a, ok, err := h.Apps().AppOfKey(t.Context(), "feud#chat"); err != nil || ok != found || a.ID != id {
			t.Errorf("got %q, %v, %v; want %q", a.ID, ok, err, id)
		}
	}
	disable := func(id string) {
		t.Helper()
		_, err := h.Apps().Change(t.Context(), bridge.REST, id, func(a *bridge.App) error { a.Disabled = true; return nil })
		must(t, err)
	}
	want("a", true)
	disable("a")
	want("b", true)
	disable("b")
	want("a", true)
	must(t, h.Apps().Delete(t.Context(), bridge.REST, "a"))
	want("b", true)
	must(t, h.Apps().Delete(t.Context(), bridge.REST, "b"))
	want("", false)
	for _, key := range []string{"", "feud#cha", "feud#chatt", "feud"} {
		if _, ok, err := h.Apps().AppOfKey(t.Context(), key); ok || err != nil {
			t.Errorf("%q: %v, %v", key, ok, err)
		}
	}
}

func TestAppsChange(t *testing.T) {
	h := newHouse(t)
	a, secret := h.newApp(bridge.Plugchat, capulet, "", "")
	changed, err := h.Apps().Change(t.Context(), a.Kind, a.ID, func(a *bridge.App) error {
		a.Name, a.Redirect, a.Website, a.Strict, a.Public, a.Disabled = "n", "https://r/", "w", true, true, true
		a.ID, a.Kind, a.Host, a.Key, a.UUID = "other", bridge.Flash, montague, "o#a", "u"
		return nil
	})
	want := a
	want.Name, want.Redirect, want.Website, want.Strict, want.Public, want.Disabled = "n", "https://r/", "w", true, true, true
	if err != nil || changed != want {
		t.Errorf("got %+v, %v; want %+v", changed, err, want)
	}
	// Who has the right secret may hear that the app is disabled.
	if got, ok, err := h.Apps().Verify(t.Context(), a.Kind, a.ID, secret); ok || err != nil || got != want {
		t.Errorf("disabled: %+v, %v, %v", got, ok, err)
	}
	if got, ok, err := h.Apps().AppOfSecret(t.Context(), a.Kind, secret); ok || err != nil || got != want {
		t.Errorf("disabled, by its secret: %+v, %v, %v", got, ok, err)
	}
	errOwn := errors.New("own error")
	if _, err := h.Apps().Change(t.Context(), a.Kind, a.ID, func(*bridge.App) error { return errOwn }); err != errOwn { //nolint:errorlint // promised as it is
		t.Errorf("got %v", err)
	}
	_, err = h.Apps().Change(t.Context(), a.Kind, a.ID, func(a *bridge.App) error { a.Disabled = false; return nil })
	must(t, err)

	rotated, fresh, err := h.Apps().Rotate(t.Context(), a.Kind, a.ID, "")
	if err != nil || fresh == secret || !rotated.Rotated.After(a.Rotated) {
		t.Errorf("rotated: %+v, %q, %v", rotated, fresh, err)
	}
	h.verify(rotated, secret, false)
	h.verify(rotated, fresh, true)
	if _, ok, err := h.Apps().AppOfSecret(t.Context(), a.Kind, secret); ok || err != nil {
		t.Errorf("found by its old secret: %v, %v", ok, err)
	}
	must(t, h.Apps().Delete(t.Context(), a.Kind, a.ID))
	h.verify(rotated, fresh, false)
	if _, ok, err := h.Apps().AppOfSecret(t.Context(), a.Kind, fresh); ok || err != nil {
		t.Errorf("found after it was removed: %v, %v", ok, err)
	}
	nothing := func(*bridge.App) error { return nil }
	_, changeErr := h.Apps().Change(t.Context(), a.Kind, a.ID, nothing)
	_, _, rotateErr := h.Apps().Rotate(t.Context(), a.Kind, a.ID, "")
	for _, err := range []error{changeErr, rotateErr, h.Apps().Delete(t.Context(), a.Kind, a.ID)} {
		if !errors.Is(err, store.ErrAppUnknown) {
			t.Errorf("of an app that is not there: %v", err)
		}
	}
	if n := h.Contains(t, a.ID); n != 0 {
		t.Errorf("%d records left of it", n)
	}
}

func TestAppsList(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"c", "a", "b"} {
		h.newApp(bridge.Flash, capulet, id, "word")
	}
	h.newApp(bridge.Site, capulet, "z", "")
	h.newApp(bridge.Flash, montague, "m", "word")
	h.newApp(bridge.Flash, jid.MustParse("capulet.li"), "n", "word")
	var got []string
	kind, id := bridge.Kind(""), ""
	for {
		list, err := h.Apps().List(t.Context(), capulet, kind, id, 3)
		must(t, err)
		for _, a := range list {
			got = append(got, string(a.Kind)+" "+a.ID)
		}
		if len(list) < 3 {
			break
		}
		kind, id = list[2].Kind, list[2].ID
	}
	if want := []string{"flash a", "flash b", "flash c", "site z"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	has := func(want bool, domain string, kinds ...bridge.Kind) {
		t.Helper()
		if is, err := h.Apps().Has(t.Context(), domain, kinds...); err != nil || is != want {
			t.Errorf("%s has %v: %v, %v", domain, kinds, is, err)
		}
	}
	has(true, "capulet.lit", bridge.REST, bridge.Site)
	has(false, "capulet.lit", bridge.REST)
	has(false, "montague.lit", bridge.REST, bridge.Site)
	_, err := h.Apps().Change(t.Context(), bridge.Site, "z", func(a *bridge.App) error { a.Disabled = true; return nil })
	must(t, err)
	has(false, "capulet.lit", bridge.REST, bridge.Site)
}

// Neither a secret nor a token is anywhere in the files of the store.
func TestSecretsAreNotKept(t *testing.T) {
	h := newHouse(t)
	must(t, h.Accounts().Create(t.Context(), someAccount(juliet)))
	var secrets []string
	for _, kind := range []bridge.Kind{bridge.REST, bridge.Site, bridge.Plugchat, bridge.Flash} {
		a, secret := h.newApp(kind, capulet, "", "")
		h.verify(a, secret, true)
		_, fresh, err := h.Apps().Rotate(t.Context(), kind, a.ID, "")
		must(t, err)
		secrets = append(secrets, secret, fresh)
		for _, use := range []bridge.Use{bridge.AdminToken, bridge.UserToken, bridge.Code, bridge.AccessToken, bridge.RefreshToken} {
			g := bridge.Grant{Use: use, Kind: kind, App: a.ID, User: juliet}
			if use == bridge.AdminToken {
				g.User = jid.JID{}
			}
			token, err := h.Tokens().Issue(t.Context(), g)
			must(t, err)
			_, _, err = h.Tokens().Trade(t.Context(), use, token)
			must(t, err)
			secrets = append(secrets, token)
		}
	}
	must(t, h.Close())
	found := false // what is there, so that the search can be believed
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(content, []byte(s)) {
				t.Errorf("%s has %q", path, s)
			}
		}
		found = found || bytes.Contains(content, []byte("The feud"))
		return err
	})
	if err != nil || !found {
		t.Errorf("searched nothing: %v", err)
	}
	h.open()
}
