package web

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
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
	grant := func(v *process.Visitor, scope string) (access string) {
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
	enter := func(name, token string) (c *wire.Conn, entered bool) {
		t.Helper()
		c, err := wire.Dial(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
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
		first := base64.StdEncoding.EncodeToString([]byte("n,a=" + name + "@" + host + ",\x01auth=Bearer " + token + "\x01\x01"))
		if err := c.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='OAUTHBEARER'>" + first + "</auth>"); err != nil {
			t.Fatal(err)
		}
		e, err := c.Next(wire.Patience)
		if err != nil || e.Name.Local != "success" && e.Name.Local != "challenge" && e.Name.Local != "failure" {
			t.Fatalf("%v %v", e, err)
		}
		return c, e.Name.Local == "success"
	}
	enters := func(token string) bool {
		t.Helper()
		c, entered := enter("juliet", token)
		c.Close()
		return entered
	}
	token := grant(v, "xmpp")
	if !enters(token) {
		t.Error("the token does not log in")
	}
	if enters(grant(v, "profile")) {
		t.Error("a token logs in that was not granted for it")
	}
	if enters(strings.ToUpper(token) + "x") {
		t.Error("a made-up token logs in")
	}
	if _, entered := enter("nurse", grant(s.NewVisitor(t, "nurse"), "xmpp")); entered {
		t.Error("a site logs in as an administrator")
	}
	if r, body, err := v.Post("/api/oauth2/revoke", "token", token, "client_id", id, "client_secret", secret); err != nil || r.StatusCode != 200 {
		t.Fatalf("%s %v", body, err)
	}
	if enters(token) {
		t.Error("a revoked token logs in")
	}

	// Who takes it back is rid of the program at once.
	c, entered := enter("juliet", grant(v, "xmpp"))
	if !entered {
		t.Fatal("the next token does not log in")
	}
	if _, err := c.Open(host); err != nil {
		t.Fatal(err)
	}
	if err := c.Send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"); err != nil {
		t.Fatal(err)
	}
	if e, err := c.Next(wire.Patience); err != nil || !strings.Contains(e.Raw, "<jid>juliet@") {
		t.Fatalf("%v %v", e, err)
	}
	_, page, err := v.Fetch("/api/oauth/consents")
	if err != nil {
		t.Fatal(err)
	}
	csrf := regexp.MustCompile(`name="csrf" value="([^"]*)"`).FindStringSubmatch(page)
	if csrf == nil {
		t.Fatalf("no form in %s", page)
	}
	if r, body, err := v.Post("/api/oauth/consents", "csrf", csrf[1], "do", "withdraw", "app", id); err != nil || r.StatusCode != 200 {
		t.Fatalf("%s %v", body, err)
	}
	if e, err := c.Next(wire.Patience); err != nil || !strings.Contains(e.Raw, "<not-authorized") {
		t.Errorf("the session goes on: %v %v", e, err)
	}
	v.CloseIdleConnections()
	s.Stop(t)
}
