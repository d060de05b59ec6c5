package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// What a person got from the REST API lets it log in on each way that a browser has, as a
// bearer token (RFC 7628) and in the place of the password.
func TestTokens(t *testing.T) {
	s := newServer(t)
	s.AddApp(t, "rest", domain, "--key", "feud#chat")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+domain+"/feud/chat/token",
		strings.NewReader(`{"grant_type":"password","username":"romeo","password":"`+process.Password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer := get(t, s, r)
	var given struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&given); err != nil || given.Token == "" {
		t.Fatalf("no token: %d, %v", answer.StatusCode, err)
	}
	const dummy = "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AQ==</response>"
	const told, denied = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>.*", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"
	shown := func(mechanism, token string) string {
		text := "n,a=romeo@" + domain + ",\x01auth=Bearer " + token + "\x01\x01"
		if mechanism == "PLAIN" {
			text = "\x00romeo\x00$t$" + token
		}
		return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" + base64.StdEncoding.EncodeToString([]byte(text)) + "</auth>"
	}
	for _, mechanism := range []string{"OAUTHBEARER", "PLAIN"} {
		c := dial(t, s)
		c.open()
		c.want("features", strings.Replace(features, ".*", ".*<mechanism>OAUTHBEARER</mechanism>.*", 1))
		c.send(shown(mechanism, "stolen"))
		if mechanism == "OAUTHBEARER" {
			c.want("what is wrong", told)
			c.send(dummy)
		}
		c.want("the failure", denied)
		c.send(shown(mechanism, given.Token))
		c.want("to be let in", success)

		b := newBinder(t, s)
		b.create("")
		b.want("to be let in", b.send("", shown(mechanism, given.Token)), ".*"+success+"</body>")
		b.want("features", b.send("xmpp:restart='true' to='"+domain+"'", ""), ".*<stream:features.*urn:ietf:params:xml:ns:xmpp-bind.*")
		b.want("a resource", b.send("", bind("orchard")), ".*romeo@"+domain+"/orchard.*")
		b.leave()
	}
}
