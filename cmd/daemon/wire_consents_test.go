package daemon

import (
	"errors"
	"strings"
	"testing"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// Everybody of the host sees what he has allowed, and nobody else does.
func TestConsentCommand(t *testing.T) {
	const juliet, nurse, romeo = "juliet@capulet.lit", "nurse@capulet.lit", "romeo@montague.lit"
	h := roomyHouse(t)
	site, _, err := h.apps.Create(t.Context(), bridge.App{Kind: bridge.Site, Host: capulet, Name: "The <feud>", Website: "feud.example.org"}, "")
	if err != nil {
		t.Fatal(err)
	}
	person := jid.MustParse(juliet)
	if err := h.consents.Allow(t.Context(), person, bridge.Consent{Kind: bridge.Site, App: site.ID, Scope: "profile"}); err != nil {
		t.Fatal(err)
	}
	token, err := h.tokens.Issue(t.Context(), bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: site.ID, User: person})
	if err != nil {
		t.Fatal(err)
	}
	want := func(who, text string, fields ...string) {
		t.Helper()
		if got := h.runs(t, who, nodeConsents, fields...); !strings.Contains(got, text) {
			t.Errorf("%s: %s, want %s", who, got, text)
		}
	}
	want(juliet, "<value>site "+site.ID+"</value>")
	want(juliet, "The &lt;feud&gt; (feud.example.org), since ")
	want(nurse, "You have allowed no site anything.")
	want(romeo, "<forbidden")
	want(nurse, "type='result'", "withdraw=site "+site.ID) // her own, of which there is none
	want(juliet, "<not-acceptable", "withdraw=site")
	want(juliet, "<value>profile</value>", "withdraw=")
	if _, err := h.tokens.Grant(t.Context(), bridge.AccessToken, token); err != nil {
		t.Errorf("the token ended too soon: %v", err)
	}
	want(juliet, "type='result'", "withdraw=site "+site.ID)
	want(juliet, "You have allowed no site anything.")
	if _, err := h.tokens.Grant(t.Context(), bridge.AccessToken, token); !errors.Is(err, bridge.ErrTokenUnknown) {
		t.Errorf("the token goes on: %v", err)
	}
}
