package badinput

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// Back ends that send what none should: the documented answer, nothing changed, and nobody
// else notices (doc/rest.md).
func TestREST(t *testing.T) {
	s := process.New(t, domain, append(settings, "rest.rate = -1")...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	id, secret := s.AddApp(t, "rest", domain, "--key", "bad#input")
	s.Start(t)
	others := newBystanders(t, s)
	send := func(method, path, token, body string, more ...string) string {
		head := method + " /bad/input" + path + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n" + strings.Join(more, "")
		if token != "" {
			head += "Authorization: Bearer " + token + "\r\n"
		}
		return head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	_, text := exchange(t, s, send("POST", "/token", "", `{"grant_type":"client_credentials","client_id":"`+id+`","client_secret":"`+secret+`"}`))
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %s", text)
	}
	token := answer.Token
	huge := strings.Repeat("x", 10<<20)
	for _, b := range []badRequest{
		{"a body of 10 MB", send("POST", "/users", token, `{"username":"`+huge+`"}`), 413},
		{"10 MB in pieces", "POST /bad/input/users HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\nTransfer-Encoding: chunked\r\n\r\n" +
			strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 1<<20, huge[:1<<20]), 10) + "0\r\n\r\n", 413},
		{"brackets without an end", send("POST", "/users", token, strings.Repeat("[", 100_000)), 400},
		{"objects without an end", send("POST", "/users", token, strings.Repeat(`{"a":`, 20_000)), 400},
		{"numbers without an end", send("POST", "/users", token, `{"username":`+strings.Repeat("9", 100_000)+`,"password":"x"}`), 400},
		{"a member twice", send("PUT", "/users/romeo", token, `{"nickname":"a","nickname":"b"}`), 400},
		{"no UTF-8", send("PUT", "/users/romeo", token, "{\"nickname\":\"\xff\"}"), 400},
		{"a NUL in a name", send("POST", "/users", token, `{"username":"a\u0000b","password":"x"}`), 400},
		{"a password that no stanza can hold", send("PUT", "/users/romeo/password", token, `{"newpassword":"\u0007"}`), 400},
		{"a nickname that is no XML", send("PUT", "/users/romeo", token, `{"nickname":{"a":1}}`), 400},
		{"another type", send("POST", "/users", token, "<user/>", "Content-Type: application/xml\r\n"), 415},
		{"a path up", send("GET", "/users/../../healthz", token, ""), 404},
		{"an escaped path up", send("GET", "/users/%2e%2e%2fromeo", token, ""), 404},
		{"an escaped NUL", send("GET", "/users/romeo%00", token, ""), 404},
		{"a name of 8 kB", send("GET", "/users/"+huge[:8000], token, ""), 404},
		{"a name in another host", send("GET", "/users/romeo@montague.lit", token, ""), 404},
		{"a name that is code", send("GET", "/users/%3Cscript%3E", token, ""), 404},
		{"a limit that is none", send("GET", "/users?limit=%00&cursor=%ff", token, ""), 400},
		{"a cursor of 8 kB", send("GET", "/users?cursor="+huge[:8000], token, ""), 400},
		{"a token of 8 kB", send("GET", "/users", huge[:8000], ""), 401},
		{"a token in the query", send("GET", "/users?access_token="+token, "", ""), 401},
		{"credentials of another kind", send("GET", "/users", "", "", "Authorization: Basic cm9tZW86cGVuY2ls\r\n"), 401},
		{"two parameters of one name", send("GET", "/token?grant_type=password&grant_type=client_credentials", "", ""), 400},
		{"a password that is wrong", send("POST", "/token", "", `{"grant_type":"password","username":"romeo","password":"wrong"}`), 400},
		{"101 users", send("POST", "/users/batch/status", token, `{"usernames":["`+strings.Repeat(`x","`, 100)+`x"]}`), 400},
		{"usernames that are none", send("POST", "/users/romeo/blocks/users", token, `{"usernames":[null,{},1]}`), 400},
		{"himself", send("POST", "/users/romeo/blocks/users", token, `{"usernames":["ROMEO"]}`), 400},
		{"a group of nobody", send("POST", "/chatgroups", token, `{"groupname":"g","owner":"nobody"}`), 404},
		{"a message to a page of users", send("POST", "/messages", token, `{"target_type":"users","target":["`+strings.Repeat(`x","`, 600)+`x"],"msg":{"type":"txt","msg":"x"}}`), 400},
		{"another method", send("PATCH", "/users", token, ""), 405},
		{"a password with a control character", send("POST", "/users", token, `{"username":"x","password":"a\u0001b"}`), 400},
	} {
		t.Run(b.name, func(t *testing.T) {
			status, body := exchange(t, s, b.send)
			if status != b.status || strings.Contains(body, `"entities"`) {
				t.Errorf("got %d, want %d: %.300s", status, b.status, body)
			}
			if status != http.StatusNotFound && body != "" && !json.Valid([]byte(body)) {
				t.Errorf("it is no JSON: %.300s", body)
			}
			others.chat(t)
		})
	}
	_, body := exchange(t, s, send("GET", "/users?limit=100", token, ""))
	var page struct{ Count int }
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.Count != 3 {
		t.Errorf("there are others now: %s", body)
	}
	s.Stop(t)
}
