package daemon

import (
	"testing"
	"time"

	"causeway/bridge"
	"causeway/bridge/oauth"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// Which tokens let whom log in at which host, and by what.
func TestLoginTokens(t *testing.T) {
	h := roomyHouse(t)
	h.cfg.HTTP.URL, h.oauth = "https://chat.capulet.lit", &oauth.Handler{}
	apps := map[bridge.Kind]bridge.App{}
	for _, a := range []bridge.App{{Kind: bridge.Flash, ID: "default"}, {Kind: bridge.REST, Key: "a#b"}, {Kind: bridge.Site}} {
		if tokens, _, _, err := h.tokensOf(t.Context(), "capulet.lit"); err != nil || (tokens != nil) != (apps[bridge.REST].ID != "") {
			t.Errorf("with %v: %v, %v", apps, tokens, err)
		}
		a.Host = capulet
		made, _, err := h.apps.Create(t.Context(), a, "")
		if err != nil {
			t.Fatal(err)
		}
		apps[a.Kind] = made
	}
	tokens, scope, issuer, err := h.tokensOf(t.Context(), "capulet.lit")
	if tokens == nil || err != nil || scope != "xmpp" || issuer != "https://chat.capulet.lit/.well-known/oauth-authorization-server" {
		t.Fatalf("%v, %q, %q, %v", tokens, scope, issuer, err)
	}
	juliet, end := jid.MustParse("juliet@capulet.lit"), time.Now().Add(time.Hour)
	rest, site := apps[bridge.REST].ID, apps[bridge.Site].ID
	nurse := jid.MustParse("nurse@capulet.lit") // administers the host
	const ok, invalid, scopeless = sasl.TokenFault(""), sasl.TokenInvalid, sasl.TokenScope
	for _, tt := range []struct {
		name          string
		g             bridge.Grant
		bearer, plain sasl.TokenFault
	}{
		{"a person's", bridge.Grant{Use: bridge.UserToken, Kind: bridge.REST, App: rest, User: juliet, Expires: end}, ok, ok},
		{"a person's of yesterday", bridge.Grant{Use: bridge.UserToken, Kind: bridge.REST, App: rest, User: juliet, Expires: time.Now().Add(-time.Hour)}, invalid, invalid},
		{"a back end's", bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: rest, Expires: end}, invalid, invalid},
		{"a site's for XMPP", bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: site, User: juliet, Scope: "profile xmpp", Expires: end}, ok, invalid},
		{"a site's for the vCard", bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: site, User: juliet, Scope: "profile xmpp2", Expires: end}, scopeless, invalid},
		{"a site's of yesterday", bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: site, User: juliet, Scope: "xmpp", Expires: time.Now().Add(-time.Hour)}, invalid, invalid},
		{"a site's for XMPP, of an administrator", bridge.Grant{Use: bridge.AccessToken, Kind: bridge.Site, App: site, User: nurse, Scope: "xmpp", Expires: end}, scopeless, invalid},
		{"a code", bridge.Grant{Use: bridge.Code, Kind: bridge.Site, App: site, User: juliet, Scope: "xmpp", Expires: end}, invalid, invalid},
		{"a refresh token", bridge.Grant{Use: bridge.RefreshToken, Kind: bridge.Site, App: site, User: juliet, Scope: "xmpp", Expires: end}, invalid, invalid},
	} {
		token, err := h.tokens.Issue(t.Context(), tt.g)
		if err != nil {
			t.Fatal(err)
		}
		for mechanism, want := range map[string]sasl.TokenFault{"OAUTHBEARER": tt.bearer, "PLAIN": tt.plain} {
			holder, why, err := tokens.Holder(t.Context(), mechanism, "", token)
			if err != nil || why != want || (holder.Username == "juliet") != (want == ok) {
				t.Errorf("%s by %s: %v, %q, %v; want %q", tt.name, mechanism, holder, why, err, want)
			}
			if want == ok && (holder.Program != "") != (tt.g.Kind == bridge.Site) {
				t.Errorf("%s by %s: the program is %q", tt.name, mechanism, holder.Program)
			}
			// At another host it is nobody's.
			holder, why, err = loginTokens{h.tokens, "montague.lit", h.accounts.IsAdmin}.Holder(t.Context(), mechanism, "juliet", token)
			if holder.Username != "" || why == ok && err == nil {
				t.Errorf("%s by %s at montague.lit: %v, %q, %v", tt.name, mechanism, holder, why, err)
			}
		}
	}
	// It ends with what it rests on.
	token, err := h.tokens.Issue(t.Context(), bridge.Grant{Use: bridge.UserToken, Kind: bridge.REST, App: rest, User: juliet})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.accounts.SetPassword(t.Context(), juliet, "another"); err != nil { // within the second in which the account was made
		t.Fatal(err)
	}
	if holder, why, err := tokens.Holder(t.Context(), "PLAIN", "juliet", token); holder.Username != "" || why != invalid || err != nil {
		t.Errorf("after a new password: %v, %q, %v", holder, why, err)
	}
}
