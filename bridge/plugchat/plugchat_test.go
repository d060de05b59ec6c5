package plugchat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The rows of the document's tables, and what it leaves open as wire §6.2 and §6.5 decide it.
// An id that is no session's stands for USER. Checks 39, 40 and 44.
func TestAnswers(t *testing.T) {
	s := newStage(t, nil)
	p := s.open(url.Values{})
	other := s.open(url.Values{"publicKey": {"globe"}})
	foreign := newPageOf(s, "rose", "https://rose.lit")
	for _, tt := range []struct {
		query string
		code  int
		txt   string
		data  string
	}{
		{"action=login&apiKey=secret&user=USER&nick=James+T&avatar=http://static.plugchat.in/images/avatar.png", 200, "OK", "null"},
		{"action=logout&apiKey=secret&user=USER", 200, "OK", "null"},
		{"action=logout&apiKey=secret&user=USER&callbacks=x&_=123", 200, "OK", "null"}, // wire §6.3: unknown parameters
		{"action=getonline&publicKey=globe", 200, "OK", "4"},
		{"publicKey=globe", 200, "OK", "4"},
		{"publicKey=globe&_=1700000000000", 200, "OK", "4"},
		{"", 301, "Malformed request", "null"},
		{"apiKey=secret", 301, "Malformed request", "null"},
		{"apiKey=secret&publicKey=globe", 301, "Malformed request", "null"},
		{"action=&publicKey=globe", 301, "Malformed request", "null"},
		{"action=fly&apiKey=secret", 301, "Malformed request", "null"},
		{"action=LOGIN&apiKey=secret&user=USER&nick=x", 301, "Malformed request", "null"},
		{"action=login&action=logout&apiKey=secret&user=USER&nick=x", 301, "Malformed request", "null"},
		{"action=login&apiKey=secret&apiKey=x&user=USER&nick=x", 301, "Malformed request", "null"},
		{"action=login&apiKey=secret&user=USER&nick=%ff", 301, "Malformed request", "null"},
		{"action=login&apiKey=secret&user=USER&nick=a%00b", 301, "Malformed request", "null"},
		{"action=login&apiKey=secret&user=USER&nick=%", 301, "Malformed request", "null"},
		{"action=login&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&apiKey=&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&apiKey=wrong&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&apiKey=globe&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&apiKey=rest&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&apiKey=secret3&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=login&publicKey=globe&user=USER&nick=x", 300, "Invalid apiKey", "null"},
		{"action=getonline", 300, "Invalid publicKey", "null"},
		{"action=getonline&publicKey=", 300, "Invalid publicKey", "null"},
		{"action=getonline&publicKey=nobody", 300, "Invalid publicKey", "null"},
		{"action=getonline&publicKey=shut", 300, "Invalid publicKey", "null"},
		{"action=getonline&publicKey=secret", 300, "Invalid publicKey", "null"},
		{"action=login&apiKey=secret", 400, "Missing parameter: user", "null"},
		{"action=login&apiKey=secret&user=&nick=", 400, "Missing parameter: user", "null"},
		{"action=login&apiKey=secret&user=USER", 400, "Missing parameter: nick", "null"},
		{"action=login&apiKey=secret&user=USER&nick=+", 400, "Missing parameter: nick", "null"},
		{"action=logout&apiKey=secret&user=", 400, "Missing parameter: user", "null"},
		{"action=login&apiKey=secret&user=1", 400, "Missing parameter: nick", "null"}, // what is missing is said first
		{"action=login&apiKey=secret&user=1&nick=x", 401, "Invalid parameter: user", "null"},
		{"action=login&apiKey=secret&user=" + strings.Repeat("a", 5000) + "&nick=x", 401, "Invalid parameter: user", "null"},
		{"action=login&apiKey=secret&user=" + foreign.State.ID + "&nick=x", 401, "Invalid parameter: user", "null"},
		{"action=login&apiKey=secret2&user=USER&nick=x", 401, "Invalid parameter: user", "null"},
		{"action=logout&apiKey=secret2&user=USER", 401, "Invalid parameter: user", "null"},
		{"action=login&apiKey=secret&user=" + url.QueryEscape(p.Key) + "&nick=x", 401, "Invalid parameter: user", "null"},
		{"action=login&apiKey=secret&user=USER&nick=" + strings.Repeat("n", 5000), 401, "Invalid parameter: nick", "null"},
		{"action=login&apiKey=secret&user=USER&nick=a%0ab", 401, "Invalid parameter: nick", "null"},
		{"action=login&apiKey=secret&user=USER&nick=a%e2%80%aeb", 401, "Invalid parameter: nick", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=javascript:alert(1)", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=file:///etc/passwd", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=data:image/png,x", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=//rose.lit/a.png", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=http://", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=http://a:b@rose.lit/", 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=http://rose.lit/" + strings.Repeat("a", 2048), 401, "Invalid parameter: avatar", "null"},
		{"action=login&apiKey=secret&user=USER&nick=x&avatar=http://169.254.169.254/latest", 200, "OK", "null"}, // told, never fetched
	} {
		query := strings.ReplaceAll(tt.query, "USER", p.State.ID)
		g := s.get(query)
		if g.Code != tt.code || g.Txt != tt.txt || string(g.Data) != tt.data {
			t.Errorf("%.120s\n got %s\nwant %d %s %s", query, g.body, tt.code, tt.txt, tt.data)
		}
		if typ := g.head.Get("Content-Type"); typ != "application/json; charset=utf-8" {
			t.Errorf("%s: %s", query, typ)
		}
		if g.head.Get("X-Content-Type-Options") != "nosniff" || g.head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", query, g.head)
		}
	}
	if other.State.ID == p.State.ID || len(p.State.ID) != 32 || strings.Contains(p.State.ID, "@") {
		t.Errorf("ids %s %s", p.State.ID, other.State.ID)
	}
}

// newPageOf opens the bar on a page of another site.
func newPageOf(s *stage, publicKey, from string) *page {
	form := url.Values{"publicKey": {publicKey}}
	r := httptest.NewRequest(http.MethodPost, "/plugchat/open", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", from)
	p := &page{stage: s}
	p.read(s.do(r))
	return p
}

// Callbacks are names, or the answer is plain JSON that does not have them in it. Check 41.
func TestCallbacks(t *testing.T) {
	s := newStage(t, nil)
	for _, name := range []string{"f", "jQuery1_2", "$._x.y", strings.Repeat("a", 64)} {
		g := s.get("publicKey=globe&callback=" + name)
		if want := "/**/" + name + `({"code":200,"txt":"OK","data":1});`; g.body != want {
			t.Errorf("%s instead of %s", g.body, want)
		}
		if g.head.Get("Content-Type") != "application/javascript; charset=utf-8" || g.head.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", g.head)
		}
	}
	for _, query := range []string{
		"callback=alert(1)//", "callback=%3C/script%3E", "callback=" + strings.Repeat("a", 10_000), "callback=" + strings.Repeat("a", 65),
		"callback=f&callback=g", "callback=", "callback=%C3%A9", "callback=a..b", "callback=.a", "callback=a.", "callback=1a", "callback=a.1",
		"callback=a%0d%0ab", "callback=a%00", "callback=a[0]", "callback=CWSMIKI0hCD0Up0IZUnnnnnnnn+", "callback=f&apiKey=secret&action=logout",
		"callback=f&apiKey=", "callback=f&%zz",
	} {
		g := s.get("publicKey=globe&" + query)
		if g.body != `{"code":301,"txt":"Malformed request","data":null}` || g.head.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%.80s: %s %v", query, g.body, g.head)
		}
	}
}

// One person on two pages logs in and out; the stanzas are those of doc/plugchat.md. Check 38.
func TestLogin(t *testing.T) {
	s := newStage(t, nil)
	p := s.open(url.Values{})
	second := s.open(url.Values{"key": {p.Key}})
	if second.State.ID != p.State.ID || p.State.Status != 1 || !strings.HasPrefix(p.State.Nick, "Guest ") {
		t.Fatalf("%+v %+v", p.State, second.State)
	}
	if !p.State.Room.Inside || p.State.Room.Count != 2 {
		t.Errorf("the room: %+v", p.State.Room)
	}
	if g := p.login("nick=James&avatar=http://static.plugchat.in/images/avatar.png"); g.Code != 200 {
		t.Fatal(g.body)
	}
	for _, page := range []*page{p, second} {
		page.poll()
		if st := page.State; st == nil || st.Status != 4 || st.Nick != "James" || st.Avatar != "http://static.plugchat.in/images/avatar.png" {
			t.Errorf("after the login: %+v", st)
		}
	}
	if !s.in("James (2)") { // XEP-0045 #changenick: the other James was there before
		t.Errorf("in the room are %v", s.nicks)
	}
	for account, card := range s.cards {
		if want := "<vCard xmlns='vcard-temp'><FN>James</FN><NICKNAME>James</NICKNAME><PHOTO><EXTVAL>http://static.plugchat.in/images/avatar.png</EXTVAL></PHOTO></vCard>"; card != want {
			t.Errorf("the vCard of %s is %s", account, card)
		}
	}
	before := len(s.sent)
	s.cards = nil // to write to it again would panic
	p.login("nick=James&avatar=http://static.plugchat.in/images/avatar.png")
	if len(s.sent) != before {
		t.Errorf("the same again sends %q", s.sent[before:])
	}
	s.cards = newWorld().cards
	if g := s.get("action=logout&apiKey=secret&user=" + second.State.ID); g.Code != 200 {
		t.Fatal(g.body)
	}
	p.poll()
	if st := p.State; st == nil || st.Status != 1 || !strings.HasPrefix(st.Nick, "Guest ") || st.Avatar != "" {
		t.Errorf("after the logout: %+v", st)
	}
	if s.in("James (2)") || len(s.nicks) != 2 {
		t.Errorf("in the room are %v", s.nicks)
	}
	before = len(s.sent)
	s.get("action=logout&apiKey=secret&user=" + p.State.ID)
	if len(s.sent) != before {
		t.Errorf("to log out again sends %q", s.sent[before:])
	}
}

// What is said goes as a stanza and comes back as text; to strangers nothing goes. Check 42.
func TestSay(t *testing.T) {
	s := newStage(t, nil)
	p, q := s.open(url.Values{}), s.open(url.Values{})
	const evil = `</script><img onerror=alert(1)>`
	if g := p.login("nick=" + url.QueryEscape(evil)); g.Code != 200 {
		t.Fatal(g.body)
	}
	if g := p.say("", evil); g.Code != 200 {
		t.Fatal(g.body)
	}
	raw := s.post("poll", url.Values{"key": {q.Key}, "after": {fmt.Sprint(q.After)}})
	if strings.ContainsAny(raw.body, "<>&") {
		t.Errorf("a page gets %s", raw.body)
	}
	q.read(raw)
	if len(q.Events) != 1 || q.Events[0].Text != evil || q.Events[0].Nick != evil || q.Events[0].Me || q.Events[0].With != "" {
		t.Errorf("%+v", q.Events)
	}
	p.poll()
	if len(p.Events) != 1 || !p.Events[0].Me {
		t.Errorf("%+v", p.Events)
	}
	for to, code := range map[string]int{
		"nurse@capulet.lit": 200, "lobby@conference.capulet.lit/James": 200, "romeo@capulet.lit": 401, "nurse@montague.lit": 401,
		"nurse@capulet.lit/web": 401, "lobby@conference.capulet.lit/Nobody": 401, "other@conference.capulet.lit": 401, "@": 401, "capulet.lit": 401,
		"lobby@conference.capulet.lit": 401,
	} {
		from := p
		if code == 401 {
			from = q // who may say ten things at once as well
		}
		if g := from.say(to, "soft"); g.Code != code {
			t.Errorf("to %s: %s", to, g.body)
		}
	}
	last := strings.Join(s.sent, "\n")
	for _, want := range []string{
		"<body>&lt;/script&gt;&lt;img onerror=alert(1)&gt;</body>",
		"to='nurse@capulet.lit' ", "<nick xmlns='http://jabber.org/protocol/nick'>&lt;/script&gt;",
		"<body>soft</body><x xmlns='http://jabber.org/protocol/muc#user'/>",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("%s was not sent:\n%s", want, last)
		}
	}
	for text, code := range map[string]int{"": 400, " \n": 400, strings.Repeat("x", 5000): 401} {
		if g := p.say("", text); g.Code != code {
			t.Errorf("%.10q: %s", text, g.body)
		}
	}
}

// The same said twice, as by a page that has not heard the answer, is said once; too much is
// refused.
func TestSayAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p := s.open(url.Values{})
		before := len(s.sent)
		for range 3 {
			if g := s.post("say", url.Values{"key": {p.Key}, "id": {"a1"}, "text": {"soft"}}); g.Code != 200 {
				t.Error(g.body)
			}
		}
		if n := len(s.sent) - before; n != 1 {
			t.Errorf("sent %d times", n)
		}
		codes := map[int]int{}
		for range 20 {
			codes[p.say("", "soft").Code]++
		}
		if codes[200] != 7 || codes[429] != 13 {
			t.Errorf("answered %v", codes)
		}
		time.Sleep(2 * time.Second)
		if g := p.say("", "soft"); g.Code != 200 {
			t.Error(g.body)
		}
	})
}

// Somebody writes to a guest, who can answer then.
func TestPrivate(t *testing.T) {
	s := newStage(t, nil)
	p := s.open(url.Values{})
	for full, exit := range s.lines {
		st, err := stanza.Parse([]byte("<message from='romeo@capulet.lit/a' to='" + full.Bare().String() + "' type='chat' id='1'><body>hark</body></message>"))
		if err != nil {
			t.Fatal(err)
		}
		exit.Deliver(st)
	}
	p.poll()
	if len(p.Events) != 1 || p.Events[0].With != "romeo@capulet.lit" || p.Events[0].Nick != "romeo" || p.Events[0].Text != "hark" {
		t.Fatalf("%+v", p.Events)
	}
	if g := p.say("romeo@capulet.lit", "I hear"); g.Code != 200 {
		t.Error(g.body)
	}
}

// A poll waits and is answered when something comes; sessions nobody polls for end, and
// nothing is left.
func TestPollAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, q := s.open(url.Values{}), s.open(url.Values{})
		time.Sleep(2 * time.Second)
		p.poll() // what has happened while the other came
		began := time.Now()
		p.poll()
		if took := time.Since(began); took != 5*time.Second || p.State != nil || len(p.Events) != 0 {
			t.Errorf("a poll for nothing took %v: %+v", took, p)
		}
		time.AfterFunc(time.Second, func() { q.say("", "hark") })
		began = time.Now()
		p.poll()
		if took := time.Since(began); took != time.Second || len(p.Events) != 1 {
			t.Errorf("took %v: %+v", took, p.Events)
		}
		ctx := t.Context()
		go s.h.Run(ctx) // ends with the test
		for range 20 {
			p.poll()
		}
		if n := s.counts(); n != [3]int{1, 2, 1} { // q has not polled for a minute
			t.Errorf("accounts, occupants, lines: %v", n)
		}
		if g := s.get("action=login&apiKey=secret&user=" + q.State.ID + "&nick=x"); g.Code != 401 {
			t.Errorf("the login of one who is gone: %s", g.body)
		}
		if g := s.post("say", url.Values{"key": {q.Key}, "text": {"x"}}); g.Code != 401 {
			t.Errorf("a word of one who is gone: %s", g.body)
		}
		if g := s.post("close", url.Values{"key": {p.Key}}); g.Code != 200 {
			t.Error(g.body)
		}
		if n := s.counts(); n != [3]int{0, 1, 0} || len(s.h.hall.from) != 0 || len(s.h.hall.faces) != 0 {
			t.Errorf("left are %v", n)
		}
	})
}

// There is an end to how many guests there are, and how many of one address.
func TestBounds(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Guests, c.Each = 3, 2 })
	from := func(addr string) got {
		r := httptest.NewRequest(http.MethodPost, "/plugchat/open", strings.NewReader("publicKey=globe"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		r.RemoteAddr = addr
		return s.do(r)
	}
	for i, tt := range []struct {
		addr string
		code int
	}{
		{"192.0.2.1:1", 200},
		{"192.0.2.1:2", 200},
		{"192.0.2.1:3", 503},
		{"[2001:db8::1]:1", 200},
		{"192.0.2.2:1", 503},
	} {
		if g := from(tt.addr); g.Code != tt.code {
			t.Errorf("%d: %s", i, g.body)
		}
	}
	for range 30 {
		from("192.0.2.9:1")
	}
	if g := from("192.0.2.9:1"); g.Code != 429 {
		t.Errorf("the 31st: %s", g.body)
	}
}

// Pages of others get nothing, nor can they read it.
func TestOrigins(t *testing.T) {
	s := newStage(t, nil)
	for _, tt := range []struct {
		origin, fetch, key string
		code               int
		allow              string
	}{
		{"https://www.capulet.lit", "cross-site", "globe", 200, "https://www.capulet.lit"},
		{"http://dev.capulet.lit:8000", "cross-site", "globe", 200, "http://dev.capulet.lit:8000"},
		{"http://example.com", "same-origin", "globe", 200, "http://example.com"}, // the host that is asked
		{"http://www.capulet.lit", "cross-site", "globe", 300, "*"},
		{"https://www.capulet.lit.evil.lit", "cross-site", "globe", 300, "*"},
		{"https://rose.lit", "cross-site", "globe", 300, "*"},
		{"null", "cross-site", "globe", 300, "*"},
		{"https://www.capulet.lit", "cross-site", "nobody", 300, "*"},
		{"https://www.capulet.lit", "cross-site", "shut", 300, "*"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/plugchat/open", strings.NewReader("publicKey="+tt.key))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", tt.origin)
		r.Header.Set("Sec-Fetch-Site", tt.fetch)
		g := s.do(r)
		if allow := g.head.Get("Access-Control-Allow-Origin"); g.Code != tt.code || allow != tt.allow || g.head.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %s, readable for %q", tt.origin, g.body, allow)
		}
	}
	if g := s.do(httptest.NewRequest(http.MethodGet, "/plugchat/open?publicKey=globe", nil)); g.Code != 301 {
		t.Errorf("a session by GET: %s", g.body)
	}
}

// The count is asked of the server once a second at most. Check 45.
func TestCountIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		for range 10_000 {
			if g := s.get("action=getonline&publicKey=globe"); g.Code != 200 {
				// The server is asked from afar: it may have had enough.
				if g.Code != 429 {
					t.Fatal(g.body)
				}
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/plugchat/?publicKey=globe", nil)
		r.RemoteAddr = "127.0.0.1:1"
		for range 10_000 {
			if g := s.do(r.Clone(t.Context())); g.Code != 200 {
				t.Fatal(g.body)
			}
		}
		if s.counted != 1 {
			t.Errorf("the host was asked %d times", s.counted)
		}
		time.Sleep(time.Second)
		s.do(r)
		if s.counted != 2 {
			t.Errorf("the host was asked %d times", s.counted)
		}
	})
}

// A page comes back after the server has: with the login that was answered.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, q := s.open(url.Values{}), s.open(url.Values{})
		p.login("nick=Juliet&avatar=https://capulet.lit/j.png")
		for _, name := range []string{`bar\3aromeo`, `bar\3aabcdefghijkl0123456789`} {
			s.people[jid.MustParse(name+"@capulet.lit")] = time.Time{} // who has such an account is no guest
		}
		time.Sleep(time.Second)
		cfg := s.h.cfg
		s.lines, s.nicks = newWorld().lines, newWorld().nicks
		s.h = New(cfg) // the old one was killed
		go s.h.Run(t.Context())
		if g := p.login("nick=Juliet"); g.Code != 401 {
			t.Errorf("before the page is back: %s", g.body)
		}
		p.poll()
		if st := p.State; !p.Gap || st == nil || st.Status != 4 || st.Nick != "Juliet" || st.Avatar != "https://capulet.lit/j.png" || !st.Room.Inside {
			t.Errorf("after the restart: %+v", st)
		}
		if !s.in("Juliet") {
			t.Error("she is not in the room")
		}
		for range 13 {
			p.poll()
		}
		if n := s.counts(); n[0] != 3 { // the other has not come back
			t.Errorf("there are %d accounts", n[0])
		}
		if g := s.post("poll", url.Values{"key": {q.Key}, "after": {"0"}}); g.Code != 401 {
			t.Errorf("too late: %s", g.body)
		}
	})
}

// Forged keys, and those of another purpose or site.
func TestKeys(t *testing.T) {
	s := newStage(t, nil)
	p := s.open(url.Values{})
	rose := newPageOf(s, "rose", "https://rose.lit")
	for _, key := range []string{
		"", "x", ".", p.State.ID, p.Key[:len(p.Key)-1], p.Key + "A", "A" + p.Key, rose.Key, strings.Repeat("a", 10_000),
		s.h.cfg.Sealer.Seal("webim ticket", "a 1 romeo@capulet.lit globe"), s.h.cfg.Sealer.Seal(forPage, "a b c globe"), s.h.cfg.Sealer.Seal(forPage, "globe"),
		pass{"0", time.Now().Add(-time.Hour), s.h.cfg.Contacts[0], "globe"}.seal(s.h.cfg.Sealer),
	} {
		for _, call := range []string{"poll", "say", "close"} {
			if g := s.post(call, url.Values{"key": {key}, "after": {"0"}, "text": {"x"}}); g.Code != 401 || g.Txt != "Invalid parameter: key" {
				t.Errorf("%s by %.40q: %s", call, key, g.body)
			}
		}
	}
	if n := s.post("open", url.Values{"key": {"x"}}); n.Code != 200 {
		t.Errorf("a page with an old key: %s", n.body)
	}
}

// A room that lets no guests in.
func TestRoomIsClosed(t *testing.T) {
	s := newStage(t, nil)
	s.closed = true
	p := s.open(url.Values{})
	if p.State.Room.Inside || p.State.Room.Why != "The room is closed to guests." {
		t.Errorf("%+v", p.State.Room)
	}
	if g := p.say("", "x"); g.Code != 401 {
		t.Error(g.body)
	}
	if g := p.say("nurse@capulet.lit", "x"); g.Code != 200 {
		t.Error(g.body)
	}
	if g := p.login("nick=x"); g.Code != 200 {
		t.Error(g.body)
	}
}

// The files, and who gets the keys of the page that shows them.
func TestFiles(t *testing.T) {
	for _, demo := range []*Demo{nil, {"globe", "secret"}} {
		s := newStage(t, func(c *Config) { c.Demo = demo })
		for _, tt := range []struct {
			path, host, from string
			status, thrown   int // without and with a demo
		}{
			{"/plugchat/bar.js", "capulet.lit", "192.0.2.1:1", 200, 200},
			{"/plugchat/demo", "127.0.0.1:5281", "127.0.0.1:1", 404, 200},
			{"/plugchat/demo.css", "127.0.0.1:5281", "127.0.0.1:1", 404, 200},
			{"/plugchat/demo.json", "127.0.0.1:5281", "127.0.0.1:1", 404, 200},
			{"/plugchat/demo.json", "evil.lit", "127.0.0.1:1", 404, 404},
			{"/plugchat/demo.json", "localhost", "192.0.2.1:1", 404, 404},
			{"/plugchat/../static/bar.js", "capulet.lit", "192.0.2.1:1", 404, 404},
			{"/plugchat/static", "capulet.lit", "192.0.2.1:1", 404, 404},
		} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			r.Host, r.RemoteAddr = tt.host, tt.from
			s.h.ServeHTTP(w, r)
			want := tt.status
			if demo != nil {
				want = tt.thrown
			}
			if w.Code != want {
				t.Errorf("%s of %s from %s: %d", tt.path, tt.host, tt.from, w.Code)
			}
		}
	}
}

// Asked tells what is meant for the API at "/" from what is not.
func TestAsked(t *testing.T) {
	for query, want := range map[string]bool{"": false, "action=login": true, "publicKey=x&_=1": true, "apiKey=": true, "x=action": false, "q=1": false, "publickey=1": false} {
		if got := Asked(httptest.NewRequest(http.MethodGet, "/?"+query, nil)); got != want {
			t.Errorf("%q: %t", query, got)
		}
	}
}

// FuzzAPI: whatever is asked, the answer has the status 200 and is JSON, or a call of a
// name, with a code that is one.
func FuzzAPI(f *testing.F) {
	for _, seed := range []string{
		"action=login&apiKey=secret&user=USER&nick=James&avatar=http://static.plugchat.in/a.png", "publicKey=globe&callback=jQuery1", "action=logout&apiKey=secret&user=USER",
		"callback=alert(1)//", "action=login&action=x", "%", "a=%00", "nick=%E2%80%AE&action=login&apiKey=secret&user=USER",
	} {
		f.Add(seed)
	}
	s := newStage(nil, nil)
	p := &page{stage: s}
	f.Fuzz(func(t *testing.T, query string) {
		s.t = t
		if p.State == nil {
			p = s.open(url.Values{})
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.URL.RawQuery = strings.ReplaceAll(query, "USER", p.State.ID)
		g := s.do(r)
		switch g.Code {
		case done, badKey, malformed, missing, invalid, often:
		default:
			t.Errorf("%q: %s", query, g.body)
		}
		if strings.ContainsAny(g.body[4:], "<>&") && !strings.HasPrefix(g.body, "/**/") || !json.Valid([]byte(g.body)) && !strings.HasPrefix(g.body, "/**/") {
			t.Errorf("%q: %s", query, g.body)
		}
	})
}

var _ bridge.Apps = sites(nil)
