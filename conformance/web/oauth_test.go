package web

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A person agrees that a program logs in as she: its access token does by OAUTHBEARER (RFC 7628
// §3.1), one that was granted without the scope xmpp does not, nor one that was revoked.
func TestLogInByAccessToken(t *testing.T) {
	const host = "capulet.lit"
	s := process.New(t, host, `admins = ["nurse@`+host+`"]`, "accounts.iterations = 4096")
	s.AddUsers(t, "juliet", "nurse")
	s.Start(t)
	id, secret := s.AddApp(t, "site", host, "--name", "Pocket", "--redirect", "https://pocket.lit/back")
	v := s.NewVisitor(t, "juliet")
	grant := func(scope string) (access string) {
		t.Helper()
		to, err := v.Arrive("/api/oauth2/authorize?response_type=code&client_id=" + id + "&scope=" + scope)
		if err != nil {
			t.Fatal(err)
		}
		_, body, err := v.Post("/api/oauth2/token", "grant_type", "authorization_code", "code", to.Query().Get("code"), "client_id", id, "client_secret", secret)
		var o struct {
			Access string `json:"access_token"`
		}
		if err != nil || json.Unmarshal([]byte(body), &o) != nil || o.Access == "" {
			t.Fatalf("%s %v", body, err)
		}
		return o.Access
	}
	enters := func(token string) bool {
		t.Helper()
		c, err := wire.Dial(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cfg := s.TLS()
		cfg.ServerName = host
		if _, err = c.Open(host); err == nil {
			if err = c.StartTLS(cfg); err == nil {
				_, err = c.Open(host)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		first := base64.StdEncoding.EncodeToString([]byte("n,a=juliet@" + host + ",\x01auth=Bearer " + token + "\x01\x01"))
		if err := c.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='OAUTHBEARER'>" + first + "</auth>"); err != nil {
			t.Fatal(err)
		}
		e, err := c.Next(wire.Patience)
		if err != nil || e.Name.Local != "success" && e.Name.Local != "challenge" && e.Name.Local != "failure" {
			t.Fatalf("%v %v", e, err)
		}
		return e.Name.Local == "success"
	}
	token := grant("xmpp")
	if !enters(token) {
		t.Error("the token does not log in")
	}
	if enters(grant("profile")) {
		t.Error("a token logs in that was not granted for it")
	}
	if enters(strings.ToUpper(token) + "x") {
		t.Error("a made-up token logs in")
	}
	if r, body, err := v.Post("/api/oauth2/revoke", "token", token, "client_id", id, "client_secret", secret); err != nil || r.StatusCode != 200 {
		t.Fatalf("%s %v", body, err)
	}
	if enters(token) {
		t.Error("a revoked token logs in")
	}
	v.CloseIdleConnections()
	s.Stop(t)
}
