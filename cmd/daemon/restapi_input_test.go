package daemon

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// TestRESTBodies: the same JSON does the same whatever its type is said to be (wire §1.1 and
// part 6, check 4), and what is no good is refused with the documented body (check 27).
func TestRESTBodies(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		for i, kind := range []string{"application/json", "application/json; charset=UTF-8", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "application/octet-stream", ""} {
			w := b.send("POST", "/users", b.token, fmt.Sprintf("\n {\"username\":\"u%d\",\"password\":\"x\",\"more\":[1,{}]}\n", i), "Content-Type", kind)
			if w.Code != 200 {
				t.Errorf("%q: %d %s", kind, w.Code, w.Body)
			}
		}
		deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
		for _, bad := range []struct {
			what, kind, body string
			status           int
			code             string
		}{
			{"cut", "", `{"username":"x"`, 400, "json_parse"},
			{"typographic quotes", "", `{“username”:“x”}`, 400, "json_parse"},
			{"two values", "", `{"username":"x","password":"x"}{}`, 400, "json_parse"},
			{"twice the same name", "", `{"username":"x","username":"y","password":"x"}`, 400, "json_parse"},
			{"nested", "", deep, 400, "json_parse"},
			{"bomb", "", strings.Repeat("[", 100_000), 400, "json_parse"},
			{"no UTF-8", "", "{\"username\":\"\xff\",\"password\":\"x\"}", 400, "json_parse"},
			{"no JSON", "application/json", `username=x&password=y`, 400, "json_parse"},
			{"another type", "application/xml", `<user/>`, 415, "web_application"},
			{"a form", "application/x-www-form-urlencoded", `username=x&password=y`, 415, "web_application"},
			{"10 MB", "", `{"username":"` + strings.Repeat("x", 10<<20) + `"}`, 413, "web_application"},
			{"a string", "application/json", `"x"`, 400, "illegal_argument"},
			{"null", "application/json", `null`, 400, "illegal_argument"},
			{"a name that is a number", "", `{"username":1,"password":"x"}`, 400, "illegal_argument"},
			{"a password that is an object", "", `{"username":"x","password":{}}`, 400, "illegal_argument"},
			{"nothing", "", ``, 400, "illegal_argument"},
			{"an empty list", "", `[]`, 400, "illegal_argument"},
			{"a name of 1 MB", "", `{"username":"` + strings.Repeat("x", 200_000) + `","password":"x"}`, 400, "illegal_argument"},
		} {
			w := b.send("POST", "/users", b.token, bad.body, "Content-Type", bad.kind)
			if got := decoded(t, w.Body.String()); w.Code != bad.status || got["error"] != bad.code || len(got) != 5 || w.Body.Len() > 2000 {
				t.Errorf("%s: %d %.300s", bad.what, w.Code, w.Body)
			}
		}
		if n := b.ok("GET", "/users?limit=100", "")["count"]; fmt.Sprint(n) != "9" {
			t.Errorf("%v users instead of three and six", n)
		}
	})
}

// TestRESTNames: what a user may be called (wire part 6, checks 8 and 9).
func TestRESTNames(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		for _, name := range []string{"", "a b", "a#b", "a@b", "a@b.c", "中文", strings.Repeat("a", 65), "7f90f7ca-bb24-11e2-b2d0-6d8e359945e4", "a/b", "é", " a", "a\\u0000"} {
			w := b.send("POST", "/users", b.token, `{"username":"`+name+`","password":"x"}`)
			if w.Code != 400 || decoded(t, w.Body.String())["error"] != "illegal_argument" {
				t.Errorf("%q: %d %s", name, w.Code, w.Body)
			}
		}
		for _, user := range []string{`{"username":"p"}`, `{"username":"p","password":""}`, `{"password":"x"}`, `{"username":"p","password":"` + strings.Repeat("x", 65) + `"}`, `{"username":"p","password":"x","nickname":"` + strings.Repeat("é", 101) + `"}`} {
			if w := b.send("POST", "/users", b.token, user); w.Code != 400 {
				t.Errorf("%s: %d", user, w.Code)
			}
		}
		b.ok("POST", "/users", `{"username":"`+strings.Repeat("a", 64)+`","password":"`+strings.Repeat("é", 64)+`","nickname":"`+strings.Repeat("é", 100)+`"}`)
		b.ok("POST", "/users", `{"username":"AA._-9","password":"x"}`)
		if w := b.send("POST", "/users", b.token, `{"username":"aA._-9","password":"x"}`); w.Code != 400 || decoded(t, w.Body.String())["error"] != "duplicate_unique_property_exists" {
			t.Errorf("again: %d %s", w.Code, w.Body)
		}
		e, _ := b.ok("GET", "/users/aa._-9", "")["entities"].([]any)
		u, _ := e[0].(map[string]any)
		if u["username"] != "AA._-9" {
			t.Errorf("found as %v", u)
		}
		if again := b.ok("GET", fmt.Sprintf("/users/%v", u["uuid"]), "")["entities"]; fmt.Sprint(again) != fmt.Sprint(e) {
			t.Errorf("by its UUID: %v", again)
		}
		b.ok("DELETE", "/users/aA._-9", "")
	})
}

// TestRESTBatch: a batch is of 60 at most, and what is wrong with one leaves the others
// (wire part 6, checks 6 and 7).
func TestRESTBatch(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		batch := func(n int) string {
			users := make([]string, n)
			for i := range users {
				users[i] = fmt.Sprintf(`{"username":"N%d","password":"x"}`, (i*7)%n)
			}
			return "[" + strings.Join(users, ",") + "]"
		}
		if w := b.send("POST", "/users", b.token, batch(61)); w.Code != 400 {
			t.Errorf("61: %d %s", w.Code, w.Body)
		}
		if n := b.ok("GET", "/users?limit=100", "")["count"]; fmt.Sprint(n) != "3" {
			t.Errorf("%v users", n)
		}
		made, _ := b.ok("POST", "/users", batch(60))["entities"].([]any)
		all, _ := b.ok("GET", "/users?limit=100", "")["entities"].([]any)
		if len(made) != 60 || fmt.Sprint(all[3:]) != fmt.Sprint(made) {
			t.Errorf("made %v\nlisted %v", made, all)
		}
		if u, _ := made[1].(map[string]any); u["username"] != "N7" {
			t.Errorf("the second is %v", u)
		}
	})
}

// TestRESTRace: of many who register one name at once, exactly one wins.
func TestRESTRace(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		codes := make([]int, 20)
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() { codes[i] = b.send("POST", "/users", b.token, `{"username":"Tybalt","password":"x"}`).Code })
		}
		all.Wait()
		won := 0
		for _, code := range codes {
			if code == 200 {
				won++
			} else if code != 400 {
				t.Errorf("one was told %d", code)
			}
		}
		if won != 1 {
			t.Errorf("%d have made Tybalt", won)
		}
	})
}

// TestRESTOpen: who may register without a token (wire part 6, check 10).
func TestRESTOpen(t *testing.T) {
	one := `{"username":"u","password":"x"}`
	withBackend(t, nil, func(t *testing.T, b *backend) {
		same(t, "closed", b.send("POST", "/users", "", one), 401, `{"error":"unauthorized",`+times+`,"exception":"org.apache.usergrid.rest.exceptions.SecurityException","error_description":"registration is not open, please contact the app admin"}`)
	})
	withBackend(t, func(cfg *Config) {
		cfg.Register.New = true
		cfg.REST.Open, cfg.Admins = []string{"capulet.lit"}, []string{"friar@capulet.lit"}
	}, func(t *testing.T, b *backend) {
		// A name with which one is an administrator is for nobody who just comes along.
		friar := `{"username":"Friar","password":"x"}`
		if w := b.send("POST", "/users", "", friar); w.Code != 400 || decoded(t, w.Body.String())["error"] != "duplicate_unique_property_exists" {
			t.Errorf("an administrator: %d %s", w.Code, w.Body)
		}
		st, err := stanza.Parse([]byte("<iq type='set' id='1'><query xmlns='jabber:iq:register'><username>friar</username><password>x</password></query></iq>"))
		if err != nil {
			t.Fatal(err)
		}
		var told *stanza.Error
		if _, err := b.register.HandleStream(t.Context(), netip.MustParseAddr("192.0.2.1"), "capulet.lit", st); !errors.As(err, &told) || told.Condition != stanza.Conflict {
			t.Errorf("an administrator, in band: %v", err)
		}
		b.ok("POST", "/users", friar)
		if w := b.send("POST", "/users", "", one); w.Code != 200 {
			t.Errorf("one: %d %s", w.Code, w.Body)
		}
		if w := b.send("POST", "/users", "", "["+one+"]"); w.Code != 401 {
			t.Errorf("a list: %d %s", w.Code, w.Body)
		}
		if w := b.send("POST", "/users", "wrong", `{"username":"v","password":"x"}`); w.Code != 401 {
			t.Errorf("a wrong token: %d %s", w.Code, w.Body)
		}
	})
}

// TestRESTTokens: the ways to ask for one, and for how long it is good (wire part 6, check 11).
func TestRESTTokens(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		form := "grant_type=client_credentials&client_id=" + appID + "&client_secret=" + appSecret
		inJSON := `{"grant_type":"client_credentials","client_id":"` + appID + `","client_secret":"` + appSecret + `"`
		wants := func(what string, w *httptest.ResponseRecorder) {
			t.Helper()
			if got := masked(t, w.Body.String()); w.Code != 200 || got != `{"access_token":"TOKEN","application":"APP","expires_in":5184000}` {
				t.Errorf("%s: %d %s", what, w.Code, w.Body)
			}
		}
		wants("a form", b.send("POST", "/token", "", form, "Content-Type", "application/x-www-form-urlencoded"))
		wants("a form of no type", b.send("POST", "/token", "", form))
		wants("GET", b.send("GET", "/token?"+form, "", ""))
		wants("with an empty Bearer", b.send("POST", "/token", "", inJSON+"}", "Authorization", "Bearer "))
		for ttl, want := range map[string]string{`""`: "5184000", `"60"`: "60", `60`: "60", `0`: "0"} {
			w := b.send("POST", "/token", "", inJSON+`,"ttl":`+ttl+"}")
			if got := decoded(t, w.Body.String()); w.Code != 200 || fmt.Sprint(got["expires_in"]) != want {
				t.Errorf("ttl %s: %d %s", ttl, w.Code, w.Body)
			}
		}
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", inJSON+`,"ttl":60}`).Body.String())["access_token"])
		time.Sleep(59 * time.Second)
		if w := b.send("GET", "/users", token, ""); w.Code != 200 {
			t.Errorf("after 59 s: %d", w.Code)
		}
		time.Sleep(2 * time.Second)
		same(t, "after 61 s", b.send("GET", "/users", token, ""), 401, `{"error":"unauthorized",`+times+`,"exception":"org.apache.usergrid.rest.exceptions.SecurityException","error_description":"Unable to authenticate due to expired access token"}`)
		for _, bad := range []string{`{}`, `{"grant_type":"refresh_token"}`, inJSON + `,"ttl":-1}`, inJSON + `,"ttl":"x"}`, inJSON + `,"ttl":[]}`, `{"grant_type":"client_credentials","client_id":1}`, `[]`, form + "&client_id=x"} {
			if w := b.send("POST", "/token", "", bad); w.Code != 400 {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
		if w := b.send("POST", "//chat-demo/other/token", "", inJSON+"}"); w.Code != 400 {
			t.Errorf("at another app: %d", w.Code)
		}
		for _, header := range []string{"Bearer " + b.token, "bearer  " + b.token, "BEARER " + b.token + " "} {
			if w := b.send("GET", "/users", "", "", "Authorization", header); w.Code != 200 {
				t.Errorf("%q: %d", header, w.Code)
			}
		}
	})
}

// TestRESTPaging: pages, their cursors, and limits that make no sense (wire part 6, checks 14
// to 16).
func TestRESTPaging(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		users := make([]string, 22) // and three that are there
		for i := range users {
			users[i] = fmt.Sprintf(`{"username":"u%d","password":"x"}`, i)
		}
		b.ok("POST", "/users", "["+strings.Join(users, ",")+"]")
		for _, limit := range []string{"0", "-1", "abc", "", "10"} {
			if n := b.ok("GET", "/users?limit="+limit+"&cursor=", "")["count"]; fmt.Sprint(n) != "10" {
				t.Errorf("limit=%s: %v", limit, n)
			}
		}
		for _, limit := range []string{"100000", "99999999999999999999999"} {
			if n := b.ok("GET", "/users?limit="+limit, "")["count"]; fmt.Sprint(n) != "25" {
				t.Errorf("limit=%s: %v", limit, n)
			}
		}
		var seen []string
		cursor := ""
		for _, want := range []string{"10", "10", "4"} { // one is removed before it is seen
			page := b.ok("GET", "/users?limit=10&cursor="+cursor, "")
			if fmt.Sprint(page["count"]) != want {
				t.Errorf("a page of %v instead of %s", page["count"], want)
			}
			list, _ := page["entities"].([]any)
			for _, e := range list {
				u, _ := e.(map[string]any)
				seen = append(seen, fmt.Sprint(u["username"]))
			}
			cursor, _ = page["cursor"].(string)
			if len(seen) == 10 {
				b.ok("DELETE", "/users/u2", "") // seen
				b.ok("DELETE", "/users/u7", "") // where the cursor points
			}
		}
		if got := strings.Join(seen, " "); cursor != "" || got != "juliet romeo nurse u0 u1 u2 u3 u4 u5 u6 u8 u9 u10 u11 u12 u13 u14 u15 u16 u17 u18 u19 u20 u21" {
			t.Errorf("seen %s, and then %q", got, cursor)
		}
		for _, bad := range []string{"x", "LTgzNDAxMjM3OTo", "LTgzNDAxMjM3OTp4", "%00"} {
			if w := b.send("GET", "/users?cursor="+bad, b.token, ""); w.Code != 400 {
				t.Errorf("cursor %s: %d", bad, w.Code)
			}
		}
		rounds := 0
		for more := true; more; rounds++ {
			_, more = b.ok("DELETE", "/users?limit=5", "")["cursor"]
		}
		if n := b.ok("GET", "/users", "")["count"]; rounds != 5 || fmt.Sprint(n) != "0" {
			t.Errorf("after %d rounds there are %v", rounds, n)
		}
	})
}

// TestRESTSettings: what forms settings may have, and what is not changed by them (wire part
// 6, checks 19 and 20).
func TestRESTSettings(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		for _, body := range []string{`{"notification_no_disturbing":true}`, `{"notification_no_disturbing":"true"}`, `{"notification_no_disturbing":1}`, `{"notification_no_disturbing":"1"}`} {
			b.ok("PUT", "/users/juliet", `{"notification_no_disturbing":false}`)
			if got := fmt.Sprint(b.ok("PUT", "/users/juliet", body)["entities"]); !strings.Contains(got, "notification_no_disturbing:true") {
				t.Errorf("%s: %s", body, got)
			}
		}
		for _, body := range []string{
			`{"notification_display_style":2}`, `{"notification_display_style":"x"}`, `{"notification_display_style":1.5}`, `{"notification_display_style":[]}`,
			`{"notification_no_disturbing_start":25}`, `{"notification_no_disturbing_end":"-1"}`, `{"notification_no_disturbing":"maybe"}`, `{"nickname":7}`, `[]`,
		} {
			if w := b.send("PUT", "/users/juliet", b.token, body); w.Code != 400 || decoded(t, w.Body.String())["error"] != "illegal_argument" {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
		got := fmt.Sprint(b.ok("PUT", "/users/juliet%20%20", `{"notification_ignore_63112447328257":true,"device_token":"d","notifier_name":"n","username":"x","password":"x","activated":false,"notification_no_disturbing_start":null}`)["entities"])
		for _, want := range []string{"notification_ignore_63112447328257:true", "device_token:d", "notifier_name:n", "username:juliet", "activated:true"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
		if ok, err := (people{b.accounts}).Check(t.Context(), jid.MustParse("juliet@capulet.lit"), "pencil"); !ok || err != nil {
			t.Errorf("her password is another one, %v", err)
		}
		b.send("PUT", "/users/nobody", b.token, `{"nickname":"n","password":"p"}`)
		if w := b.send("GET", "/users/nobody", b.token, ""); w.Code != 404 {
			t.Errorf("a change has made somebody: %d", w.Code)
		}
	})
}

// TestRESTRates: a call too many is told so, and other apps are not (wire part 6, check 28).
func TestRESTRates(t *testing.T) {
	withBackend(t, func(cfg *Config) { cfg.REST.Rate = 100 }, func(t *testing.T, b *backend) {
		for i := range 100 {
			if w := b.send("GET", "/users/juliet", b.token, ""); w.Code != 200 {
				t.Fatalf("call %d: %d", i, w.Code)
			}
		}
		w := b.send("GET", "/users/juliet", b.token, "")
		same(t, "call 101", w, 429, `{"error":"reach_limit",`+times+`,"exception":"org.apache.usergrid.rest.exceptions.ReachLimitException","error_description":"This request has reached api limit"}`)
		if w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After: %q", w.Header().Get("Retry-After"))
		}
		token, err := b.safe.Issue(t.Context(), bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: "other", Host: jid.MustParse("capulet.lit")})
		if err != nil {
			t.Fatal(err)
		}
		if w := b.send("GET", "//chat-demo/other/users/juliet", token, ""); w.Code != 200 {
			t.Errorf("another app: %d", w.Code)
		}
		time.Sleep(time.Second)
		if w := b.send("GET", "/users/juliet", b.token, ""); w.Code != 200 {
			t.Errorf("a second later: %d", w.Code)
		}
		// Strangers do not use up what the app may do, and are slowed down themselves.
		time.Sleep(time.Second)
		b.from = "203.0.113.7:5000"
		for i := range 60 {
			want := map[bool]int{true: 401, false: 429}[i < 50]
			if w := b.send("GET", "/users/juliet", "", ""); w.Code != want {
				t.Errorf("stranger's call %d: %d", i, w.Code)
			}
		}
		for i := range 100 {
			if w := b.send("GET", "/users/juliet", b.token, ""); w.Code != 200 {
				t.Fatalf("call %d beside strangers: %d", i, w.Code)
			}
		}
	})
}

// TestRESTPaths: whose paths are whose, and what is none.
func TestRESTPaths(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		for _, c := range []struct {
			path   string
			status int // 0: left to others
		}{
			{"//CHAT-Demo/TestApp/users/juliet", 200},
			{"//chat-demo/testapp/users/juliet/", 200},
			{"//chat-demo/testapp/users/juliet%20", 200},
			{"//chat-demo/testapp/users/jul%69et", 200},
			{"//chat-demo/testapp/nothing", 404},
			{"//chat-demo/testapp/users/juliet/nothing", 404},
			{"//chat-demo/testapp/users/..%2fusers%2fjuliet", 0},
			{"//chat-demo/testapp/users/../users", 0},
			{"//chat-demo/testapp/users//juliet", 0},
			{"//chat-demo/testapp/users/%00", 0},
			{"//chat-demo/testapp/users/%ff", 0},
			{"//chat-demo/testapp/users/a%5cb", 0},
			{"//chat-demo/testapp/users/" + strings.Repeat("x", 3000), 0},
			{"//chat-demo/testapp", 0},
			{"//chat-demo", 0},
			{"//webim/online/x", 0},
			{"//no/app/users", 404},
			{"//no/app/token", 404},
			{"//a_b/app/users", 0},
			{"//" + strings.Repeat("x", 33) + "/app/users", 0},
		} {
			if w := b.send("GET", c.path, b.token, ""); w.Code != c.status {
				t.Errorf("%s: %d instead of %d", c.path, w.Code, c.status)
			}
		}
		same(t, "no app", b.send("POST", "//o/a/token", "", "{}"), 404, `{"error":"organization_application_not_found",`+times+`,"exception":"org.apache.usergrid.rest.exceptions.OrganizationApplicationNotFoundException","error_description":"Could not find application for o/a from URI: o/a/token"}`)
		for _, method := range []string{"PATCH", "TRACE", "HEAD", "PUT"} {
			if w := b.send(method, "/users", b.token, ""); w.Code != 405 {
				t.Errorf("%s: %d", method, w.Code)
			}
		}
		w := b.send("OPTIONS", "/users/juliet/status", "", "", "Origin", "https://www.capulet.lit", "Access-Control-Request-Headers", "authorization")
		if w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "authorization") {
			t.Errorf("OPTIONS: %d %v", w.Code, w.Header())
		}
	})
}
