package crash

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"causeway/conformance/process"
)

// Logins that were answered, words that were said, and the server killed: a page that comes
// back with its key has the login and the words; until then its session is unknown, by the
// code that says so (plugchat #2.2, doc/adr/0023-guests-of-sites.md).
func TestKillAfterLogins(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 2
	}
	s := process.New(t, domain, append(settings, `admins = ["nurse@`+domain+`"]`)...)
	s.AddUsers(t, "nurse")
	publicKey, apiKey := s.AddApp(t, "plugchat", domain)
	s.Start(t)
	bars := make([]*process.Bar, 8)
	for i := range bars {
		bars[i] = s.NewBar(t, publicKey)
		bars[i].Open(t)
	}
	login := func(b *process.Bar, action, nick string) process.BarAnswer {
		t.Helper()
		a, err := b.Call("", url.Values{"action": {action}, "apiKey": {apiKey}, "user": {b.ID}, "nick": {nick}})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	kept := 0
	for round := range rounds {
		said := fmt.Sprintf("round %d", round)
		if a, err := bars[0].Call("say", url.Values{"text": {said}}); err != nil || a.Code != 200 {
			t.Fatalf("say: %+v %v", a, err)
		}
		for i, b := range bars {
			action, nick := "login", fmt.Sprintf("Romeo %d %d", round, i)
			if (i+round)%3 == 2 {
				action = "logout"
			}
			if a := login(b, action, nick); a.Code != 200 {
				t.Fatalf("%s: %+v", action, a)
			}
			b.Status, b.Nick = 4, nick
			if action == "logout" {
				b.Status, b.Nick = 1, ""
			}
		}
		s.Kill(t)
		s.Start(t)
		for _, b := range bars {
			if a := login(b, "login", "nobody"); a.Code != 401 || a.Txt != "Invalid parameter: user" {
				t.Errorf("round %d: a login before the page is back: %+v", round, a)
			}
			id, status, nick := b.ID, b.Status, b.Nick
			b.Open(t)
			if b.ID != id || b.Status != status || nick != "" && b.Nick != nick {
				t.Errorf("round %d: %s %d %q became %s %d %q", round, id, status, nick, b.ID, b.Status, b.Nick)
			}
			kept++
		}
		bars[1].Open(t)
		if !slices.Contains(bars[1].Texts, said) {
			t.Errorf("round %d: %q is not in %q", round, said, bars[1].Texts)
		}
	}
	for _, b := range bars {
		if a, err := b.Call("close", url.Values{}); err != nil || a.Code != 200 {
			t.Errorf("close: %+v %v", a, err)
		}
	}
	s.Stop(t)
	s.Start(t)
	b := bars[0]
	id := b.ID
	if b.Open(t); b.ID == id {
		t.Error("a session that was closed is back")
	}
	s.Stop(t)
	t.Logf("crash of sites: %d rounds, %d logins and logouts kept", rounds, kept)
}
