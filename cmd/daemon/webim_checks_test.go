package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"causeway/xmpp/jid"
)

// wellFormed wants a pushed object as the library can take it: ids are strings, the type
// is one that it knows, the body is text (wire §3.3, check 50).
func wellFormed(t *testing.T, kind, text string) {
	t.Helper()
	types := map[string]string{
		"messages": " chat grpchat ", "presences": " online offline show join leave grponline grpoffline invite ", "statuses": "  ",
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	for _, name := range []string{"from", "to", "nick"} {
		if _, ok := o[name].(string); !ok {
			t.Errorf("%s: %s is %T", text, name, o[name])
		}
	}
	typ, _ := o["type"].(string)
	if !strings.Contains(types[kind], " "+typ+" ") {
		t.Errorf("%s: type %q", text, typ)
	}
	if _, ok := o["body"].(string); kind == "messages" && !ok {
		t.Errorf("%s: body is %T", text, o["body"])
	}
	if kind == "presences" && typ == "offline" && o["show"] != "unavailable" {
		t.Errorf("%s: offline is not unavailable", text)
	}
}

// The log-in box: what people type arrives as it was (check 3).
func TestWebimLoginBox(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		if err := v.accounts.Create(t.Context(), jid.MustParse("bénédict@capulet.lit"), "a & b+c=100% ☃"); err != nil {
			t.Fatal(err)
		}
		p := v.page()
		o := p.online("username", "Bénédict", "password", "a & b+c=100% ☃")
		if id := o["user"].(map[string]any)["id"]; id != "bénédict" {
			t.Errorf("he is %v", id)
		}
		p.ticket = ""
		if w := p.get("buddies", params()); w.Code != 200 || w.Body.String() != "[]" {
			t.Errorf("by the cookie: %d %s", w.Code, w.Body)
		}
	})
}

// Who logs in invisible is seen by nobody, and gets what is sent (checks 5 and 20).
func TestWebimInvisible(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		v.friends()
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		got, leave := romeo.stay()
		defer leave()
		o := answerOf(t, juliet.post("online", params("username", "juliet", "password", "pencil", "show", "invisible")))
		juliet.ticket = o["connection"].(map[string]any)["ticket"].(string)
		if o["user"].(map[string]any)["show"] != "invisible" {
			t.Errorf("she is %v", o["user"])
		}
		hers, part := juliet.stay()
		defer part()
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "Lady?", "offline", "true")
		if list := hers(); !has(list, "Lady?") {
			t.Errorf("she gets %v", list)
		}
		if list := got(); len(list) > 0 {
			t.Errorf("he has noticed: %v", list)
		}
		juliet.ok("presence", "show", "available")
		if list := got(); !has(list, `"online"`, "juliet") {
			t.Errorf("he does not see her come: %v", list)
		}
	})
}

// Who is invisible is in no room, whatever the page does; the rooms come when they can be
// seen (XEP-0186 #invisible-server).
func TestWebimInvisibleRoom(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		got, leave := romeo.stay()
		defer leave()
		if w := romeo.post("join", params("id", "ball")); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		juliet.as("juliet")
		_, part := juliet.stay()
		defer part()
		juliet.ok("presence", "show", "invisible")
		for _, call := range []string{"join", "block", "unblock"} {
			if w := juliet.post(call, params("id", "ball")); w.Code != 200 {
				t.Errorf("%s: %d %s", call, w.Code, w.Body)
			}
		}
		if list := got(); len(list) > 0 {
			t.Errorf("he sees her: %v", list)
		}
		if w := juliet.get("rooms", params()); !strings.Contains(w.Body.String(), `"id":"ball"`) || strings.Contains(w.Body.String(), `"blocked":true`) {
			t.Errorf("her rooms: %s", w.Body)
		}
		juliet.ok("presence", "show", "available")
		if list := got(); !has(list, `"grponline"`, "juliet") {
			t.Errorf("he does not see her come: %v", list)
		}
	})
}

// A burst arrives in one reply, in order; and whoever asks for the history when it has
// come finds it there (checks 15 and 22).
func TestWebimBurst(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		juliet.as("juliet")
		want := ""
		for i := range 10 {
			want += fmt.Sprintf("<%d>", i)
			romeo.ok("message", "type", "chat", "to", "juliet", "body", fmt.Sprintf("<%d>", i))
		}
		var reply struct{ Messages []struct{ Body string } }
		if err := json.Unmarshal(juliet.poll(t.Context()).Body.Bytes(), &reply); err != nil {
			t.Fatal(err)
		}
		var past []struct{ Body string }
		if err := json.Unmarshal(juliet.get("history", params("type", "chat", "id", "romeo")).Body.Bytes(), &past); err != nil {
			t.Fatal(err)
		}
		for name, list := range map[string][]struct{ Body string }{"poll": reply.Messages, "history": past} {
			got := ""
			for _, m := range list {
				got += m.Body
			}
			if got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// Many tabs of one account: as many as may be all work, and one more ends the one that has
// not polled for longest (check 42).
func TestWebimManyTabs(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo := v.page()
		romeo.as("romeo")
		first := v.page()
		first.as("juliet")
		tabs := []*webPage{first}
		for range 16 {
			time.Sleep(time.Millisecond)
			p := first.another()
			p.online()
			tabs = append(tabs, p)
		}
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "to all of you")
		for i, p := range tabs {
			w := p.poll(t.Context())
			if i == 0 && w.Code != 404 || i > 0 && !strings.Contains(w.Body.String(), "to all of you") {
				t.Errorf("tab %d: %d %s", i, w.Code, w.Body)
			}
		}
	})
}

// With the option jsonp every call is a GET: of the same origin with bare JSON, of another
// with a callback, and then with the token or from a page that is allowed (checks 45 to 47).
func TestWebimJSONP(t *testing.T) {
	inVerona(t, func(c *Config) { c.Webim.Origins = []string{"https://www.capulet.lit"} }, func(t *testing.T, v *verona) {
		juliet := v.page()
		token := juliet.as("juliet")["csrf_token"].(string)
		call := func(name string, header http.Header, pairs ...string) *httptest.ResponseRecorder {
			values := params(append(pairs, "_", "1")...)
			r := httptest.NewRequest(http.MethodGet, "http://capulet.lit/webim/"+name+"?"+values.Encode(), nil)
			r.Header = header
			return juliet.do(t.Context(), r)
		}
		here := func() http.Header {
			return http.Header{"Referer": {"http://capulet.lit/"}, "Sec-Fetch-Site": {"same-origin"}}
		}
		site := func(referer string) http.Header {
			return http.Header{"Referer": {referer}, "Sec-Fetch-Site": {"cross-site"}}
		}
		ticket := []string{"ticket", juliet.ticket}
		for _, tt := range []struct {
			name  string
			pairs []string
		}{
			{"buddies", nil},
			{"rooms", nil},
			{"history", []string{"type", "chat", "id", "romeo"}},
			{"notification", nil},
			{"setting", []string{"data", "{}"}},
			{"clear_history", []string{"type", "chat", "id", "romeo"}},
			{"search", []string{"nick", "rom"}},
			{"remove_buddy", []string{"id", "nobody"}},
			{"presence", append(ticket, "show", "away", "status", "")},
			{"status", append(ticket, "to", "romeo", "show", "typing")},
			{"message", append(ticket, "type", "chat", "to", "romeo", "body", "soft")},
			{"join", append(ticket, "id", "ball", "nick", "")},
			{"members", append(ticket, "id", "ball")},
			{"invite", append(ticket, "id", "ball", "members", "romeo", "nick", "")},
			{"block", append(ticket, "id", "ball")},
			{"unblock", append(ticket, "id", "ball")},
			{"leave", append(ticket, "id", "ball", "temporary", "undefined")},
			{"online", []string{"show", "available"}},
		} {
			w := call(tt.name, here(), tt.pairs...)
			if tt.name != "remove_buddy" && (w.Code != 200 || !json.Valid(w.Body.Bytes())) {
				t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
			}
			w = call(tt.name, site("https://www.capulet.lit/page"), append(tt.pairs, "callback", "jsonp1")...)
			if body := w.Body.String(); !strings.HasPrefix(body, "/**/jsonp1(") || !strings.HasSuffix(body, ");") || w.Header().Get("Content-Type") != "application/javascript; charset=utf-8" {
				t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
			}
			if tt.name == "online" || tt.pairs != nil && tt.pairs[0] == "ticket" {
				continue
			}
			if w = call(tt.name, site("https://mantua.lit/"), append(tt.pairs, "callback", "jsonp1")...); w.Code != 403 {
				t.Errorf("%s from elsewhere: %d %s", tt.name, w.Code, w.Body)
			}
			if w = call(tt.name, site("https://mantua.lit/"), append(tt.pairs, "callback", "jsonp1", "csrf_token", token)...); w.Code == 403 {
				t.Errorf("%s with the token: %d %s", tt.name, w.Code, w.Body)
			}
		}
		romeo := v.page()
		romeo.as("romeo")
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "Lady?")
		r := httptest.NewRequest(http.MethodGet, "http://im.capulet.lit/packets?domain=capulet.lit&callback=jsonp2&ticket="+url.QueryEscape(juliet.ticket), nil)
		w := httptest.NewRecorder()
		v.webim.ServeHTTP(w, r)
		if body := w.Body.String(); !strings.HasPrefix(body, "/**/jsonp2({") || !strings.Contains(body, "Lady?") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the poll: %s %v", body, w.Header())
		}
		if w := call("refresh", here(), ticket...); w.Body.String() != `"ok"` {
			t.Errorf("refresh: %s", w.Body)
		}
	})
}
