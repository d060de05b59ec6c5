package daemon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A verona is a whole house in memory, in a bubble, and what pages do to its webim.
type verona struct {
	*house
	t *testing.T
}

const handoverSecret = "a secret that back ends share with the host"

func inVerona(t *testing.T, change func(*Config), test func(t *testing.T, v *verona)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Hosts, cfg.Data, cfg.Accounts.Iterations = []string{"capulet.lit"}, dir, 1
		cfg.Webim.Visitors = []string{"capulet.lit"}
		cfg.Webim.Secrets = []string{"capulet.lit = " + handoverSecret}
		cfg.Accounts.Hashes = cfg.Accounts.Hashes[:1]
		if change != nil {
			change(&cfg)
		}
		if faults := cfg.check(); len(faults) > 0 {
			t.Fatal(faults)
		}
		h, err := build(t.Context(), cfg, plan{edges: true, memory: true}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		v := &verona{h, t}
		for _, name := range []string{"juliet", "romeo", "nurse"} {
			if err := h.accounts.Create(t.Context(), jid.MustParse(name+"@capulet.lit"), "pencil"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); h.webim.Run(ctx) }() // stopped by cancel
		test(t, v)
		h.webim.Close(t.Context())
		cancel()
		<-done
		h.push.Close()
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A webPage is one browser with one tab.
type webPage struct {
	v      *verona
	jar    http.CookieJar
	ticket string
}

func (v *verona) page() *webPage {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return &webPage{v: v, jar: jar}
}

// another is a second tab of the same browser.
func (p *webPage) another() *webPage { return &webPage{v: p.v, jar: p.jar} }

// params are pairs of names and values.
func params(pairs ...string) url.Values {
	values := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// do sends a request as a browser does that shows a page of this host.
func (p *webPage) do(ctx context.Context, r *http.Request) *httptest.ResponseRecorder {
	at := &url.URL{Scheme: "http", Host: "capulet.lit", Path: "/"}
	for _, c := range p.jar.Cookies(at) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	p.v.webim.ServeHTTP(w, r.WithContext(ctx))
	p.jar.SetCookies(at, w.Result().Cookies())
	return w
}

func (p *webPage) post(name string, values url.Values) *httptest.ResponseRecorder {
	if p.ticket != "" && name != "online" {
		values.Set("ticket", p.ticket)
	}
	r := httptest.NewRequest(http.MethodPost, "http://capulet.lit/webim/"+name, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://capulet.lit")
	return p.do(p.v.t.Context(), r)
}

func (p *webPage) get(name string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://capulet.lit/webim/"+name+"?"+values.Encode(), nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Referer", "http://capulet.lit/")
	return p.do(p.v.t.Context(), r)
}

// ok wants "ok".
func (p *webPage) ok(name string, pairs ...string) {
	p.v.t.Helper()
	if w := p.post(name, params(pairs...)); w.Code != 200 || w.Body.String() != `"ok"` {
		p.v.t.Fatalf("%s: %d %s", name, w.Code, w.Body)
	}
}

// answerOf reads an answer.
func answerOf(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return o
}

// online goes online, and gives the answer.
func (p *webPage) online(pairs ...string) map[string]any {
	p.v.t.Helper()
	o := answerOf(p.v.t, p.post("online", params(append(pairs, "show", "available")...)))
	if o["success"] != true {
		p.v.t.Fatalf("not online: %v", o)
	}
	p.ticket = o["connection"].(map[string]any)["ticket"].(string)
	return o
}

func (p *webPage) as(name string, pairs ...string) map[string]any {
	p.v.t.Helper()
	return p.online(append(pairs, "username", name, "password", "pencil")...)
}

// poll polls once.
func (p *webPage) poll(ctx context.Context) *httptest.ResponseRecorder {
	return p.do(ctx, httptest.NewRequest(http.MethodGet, "http://capulet.lit/packets?domain=capulet.lit&ticket="+url.QueryEscape(p.ticket), nil))
}

// stay polls on and on, as the library does, and collects what comes, until the returned
// function is called.
func (p *webPage) stay() (pushed func() []string, leave func()) {
	ctx, cancel := context.WithCancel(p.v.t.Context())
	done := make(chan struct{})
	var (
		mu  sync.Mutex
		got []string
	)
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, text)
	}
	go func() { // stopped by leave
		defer close(done)
		for ctx.Err() == nil {
			w := p.poll(ctx)
			if ctx.Err() != nil {
				return
			}
			if w.Code != 200 {
				note(fmt.Sprint(w.Code))
				return
			}
			var reply map[string][]json.RawMessage
			_ = json.Unmarshal(w.Body.Bytes(), &reply) // status is no list
			for _, kind := range []string{"messages", "presences", "statuses"} {
				for _, o := range reply[kind] {
					wellFormed(p.v.t, kind, string(o))
					note(string(o))
				}
			}
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	return func() []string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			list := got
			got = nil
			return list
		}, func() {
			cancel()
			<-done
		}
}

// friends lets all three see each other.
func (v *verona) friends() {
	v.t.Helper()
	var cast []person
	for _, name := range []string{"juliet", "romeo", "nurse"} {
		cast = append(cast, person{jid: jid.MustParse(name + "@capulet.lit"), name: name})
	}
	for _, p := range cast {
		for _, other := range cast {
			if p != other {
				if err := v.befriend(v.t.Context(), p, other); err != nil {
					v.t.Fatal(err)
				}
			}
		}
	}
}

// has reports whether one of the texts has all the words.
func has(list []string, words ...string) bool {
	return slices.ContainsFunc(list, func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
}

// A page that is loaded again was never away; one that is closed is, after the grace and
// not before (wire §3.5, checks 11 and 12).
func TestWebimReload(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		v.friends()
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		seen, leave := romeo.stay()
		defer leave()
		juliet.as("juliet")
		_, close1 := juliet.stay()
		if got := seen(); !has(got, `"online"`, `"juliet"`) {
			t.Fatalf("romeo does not see her come: %v", got)
		}
		time.Sleep(time.Minute)
		close1() // the page is loaded again: the poll ends without a word
		time.Sleep(3 * time.Second)
		o := juliet.online("buddy_ids", "romeo")
		if len(o["new_messages"].([]any)) > 0 {
			t.Errorf("something is new: %v", o)
		}
		_, close2 := juliet.stay()
		time.Sleep(time.Minute)
		if got := seen(); len(got) > 0 {
			t.Errorf("romeo has noticed: %v", got)
		}
		close2()
		time.Sleep(10 * time.Second)
		if got := seen(); len(got) > 0 {
			t.Errorf("romeo has noticed too early: %v", got)
		}
		time.Sleep(15 * time.Second)
		if got := seen(); !has(got, `"offline"`, `"juliet"`, `"unavailable"`) {
			t.Errorf("romeo does not see her go: %v", got)
		}
		if w := juliet.poll(t.Context()); w.Code != 404 {
			t.Errorf("the ticket is good for ever: %d", w.Code)
		}
	})
}

// What is sent to a page that has been closed is not lost: it is new at the next log-in,
// once (check 21).
func TestWebimClosedPage(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		_, leave := romeo.stay()
		defer leave()
		juliet.as("juliet")
		_, closed := juliet.stay()
		closed()
		for i := range 3 {
			romeo.ok("message", "type", "chat", "to", "juliet", "body", fmt.Sprint("word ", i))
		}
		time.Sleep(time.Minute)
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "word 3")
		for _, want := range []string{"[word 0 word 1 word 2 word 3]", "[]"} {
			var bodies []string
			for _, m := range juliet.as("juliet")["new_messages"].([]any) {
				bodies = append(bodies, m.(map[string]any)["body"].(string))
			}
			if got := fmt.Sprint(bodies); got != want {
				t.Errorf("new: %s, want %s", got, want)
			}
			_, leave := juliet.stay()
			time.Sleep(time.Second)
			leave()
			juliet.ok("offline")
		}
	})
}

// Two tabs: both get what comes; each shows what the other sends; one that goes does not
// take the account with it (checks 41 and 44).
func TestWebimTwoTabs(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		v.friends()
		romeo, one := v.page(), v.page()
		romeo.as("romeo")
		seen, leave := romeo.stay()
		defer leave()
		one.as("juliet")
		two := one.another()
		two.online()
		got1, leave1 := one.stay()
		defer leave1()
		got2, leave2 := two.stay()
		defer leave2()
		seen()
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "Lady")
		a, b := got1(), got2()
		if len(a) != 1 || len(b) != 1 || !has(a, "Lady") || !has(b, "Lady") {
			t.Errorf("the tabs got %v and %v", a, b)
		}
		one.ok("message", "type", "chat", "to", "romeo", "body", "Ay me")
		time.Sleep(time.Second)
		if a, b := got1(), got2(); len(a) != 0 || len(b) != 1 || !has(b, "Ay me", `"new":true`) {
			t.Errorf("the sender got %v, the other %v", a, b)
		}
		one.ok("offline")
		time.Sleep(time.Second)
		if got := got1(); fmt.Sprint(got) != "[404]" {
			t.Errorf("the poll of the tab that went: %v", got)
		}
		time.Sleep(time.Minute)
		if got := seen(); has(got, `"offline"`) {
			t.Errorf("she is seen to go: %v", got)
		}
		two.ok("offline")
		if got := seen(); !has(got, `"offline"`, "juliet") {
			t.Errorf("she is not seen to go: %v", got)
		}
	})
}

// An idle poll ends in time and with something in it; what comes between two polls is
// there for the next; the older of two polls ends (checks 36, 37, 40, 43).
func TestWebimPoll(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		juliet.as("juliet")
		began := time.Now()
		w := juliet.poll(t.Context())
		if took := time.Since(began); w.Body.String() != `{"status":"ok"}` || took != 25*time.Second || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("an idle poll: %s %v after %v", w.Body, w.Header(), took)
		}
		romeo.online()
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "between")
		if w := juliet.poll(t.Context()); !strings.Contains(w.Body.String(), "between") {
			t.Errorf("between two polls: %s", w.Body)
		}
		older := make(chan string, 1)
		go func() { older <- juliet.poll(t.Context()).Body.String() }() // ends with the next poll
		synctest.Wait()
		newer := make(chan string, 1)
		go func() { newer <- juliet.poll(t.Context()).Body.String() }() // ends with the message
		synctest.Wait()
		if got := <-older; got != `{"status":"stopped"}` {
			t.Errorf("the older poll: %s", got)
		}
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "once")
		if got := <-newer; strings.Count(got, "once") != 1 {
			t.Errorf("the newer poll: %s", got)
		}
		storm := map[int]int{}
		ctx, cancel := context.WithCancel(t.Context())
		for range 200 {
			go func() { juliet.poll(ctx) }() // stopped by cancel
			synctest.Wait()
		}
		for range 10 {
			storm[juliet.poll(t.Context()).Code]++
		}
		cancel()
		if storm[429] == 0 {
			t.Errorf("a storm of polls: %v", storm)
		}
	})
}

// The queue of a tab is bounded: a page that sends and never polls ends, and nobody else
// notices.
func TestWebimFullTab(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		juliet.as("juliet")
		for range 12 {
			romeo.ok("message", "type", "chat", "to", "juliet", "body", strings.Repeat("x", 30<<10))
		}
		if w := juliet.poll(t.Context()); w.Code != 404 {
			t.Errorf("the full tab: %d", w.Code)
		}
		time.Sleep(30 * time.Second)
		// The router hands out as much as a client may have without a word, and the rest when
		// the first poll has come.
		first := len(juliet.as("juliet")["new_messages"].([]any))
		got, leave := juliet.stay()
		time.Sleep(time.Second)
		if rest := len(got()); first+rest != 12 || first == 0 {
			t.Errorf("%d messages are new, and %d come after", first, rest)
		}
		leave()
	})
}

// handover signs whom a back end vouches for.
func handover(secret string, fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, body) // a hash takes everything
	return body + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// A back end hands its people over: once, in time, for its own host, under its own
// signature. The account is made when it is needed.
func TestWebimHandover(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		time.Sleep(time.Second)
		good := func() map[string]any {
			return map[string]any{"domain": "capulet.lit", "uid": "34", "nick": "<b>Peter", "iat": time.Now().Unix(), "exp": time.Now().Unix() + 60, "nonce": "0123456789abcdef"}
		}
		p := v.page()
		token := handover(handoverSecret, good())
		o := p.online("handover", token)
		if user := o["user"].(map[string]any); user["id"] != "34" || user["nick"] != "&lt;b&gt;Peter" {
			t.Errorf("he is %v", user)
		}
		if ok, err := v.accounts.Exists(t.Context(), jid.MustParse("34@capulet.lit")); err != nil || !ok {
			t.Errorf("his account: %v %v", ok, err)
		}
		p.online("handover", token) // again from the same page, which has the cookie
		for name, tt := range map[string]string{
			"spent":               token,
			"forged":              handover("another secret that is long enough", good()),
			"late":                handover(handoverSecret, changed(good(), "exp", time.Now().Unix()-1, "nonce", "late0123456789abcdef")),
			"eternal":             handover(handoverSecret, changed(good(), "exp", time.Now().Unix()+3600, "nonce", "etern123456789abcdef")),
			"of before the start": handover(handoverSecret, changed(good(), "iat", time.Now().Unix()-3600, "nonce", "start123456789abcdef")),
			"of the future":       handover(handoverSecret, changed(good(), "iat", time.Now().Unix()+3600, "nonce", "futur123456789abcdef")),
			"another host":        handover(handoverSecret, changed(good(), "domain", "montague.lit", "nonce", "host0123456789abcdef")),
			"a visitor":           handover(handoverSecret, changed(good(), "uid", "vid:1", "nonce", "visi0123456789abcdef")),
			"elsewhere":           handover(handoverSecret, changed(good(), "uid", "romeo@montague.lit", "nonce", "else0123456789abcdef")),
			"no nonce":            handover(handoverSecret, changed(good(), "nonce", "")),
			"rubbish":             "a.b.c",
		} {
			o := answerOf(t, v.page().post("online", params("handover", tt)))
			if o["success"] != false || o["error_msg"] != "Not Authorized" {
				t.Errorf("%s: %v", name, o)
			}
		}
	})
}

func changed(fields map[string]any, pairs ...any) map[string]any {
	for i := 0; i+1 < len(pairs); i += 2 {
		fields[pairs[i].(string)] = pairs[i+1]
	}
	return fields
}

// Visitors have accounts that go with them.
func TestWebimVisitor(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, guest := v.page(), v.page()
		romeo.as("romeo")
		got, leave := romeo.stay()
		defer leave()
		id := guest.online("visitor", "true", "nick", "A <i>guest")["user"].(map[string]any)["id"].(string)
		if !strings.HasPrefix(id, "vid:") {
			t.Fatalf("the visitor is %s", id)
		}
		account := jid.MustParse(`vid\3a` + strings.TrimPrefix(id, "vid:") + "@capulet.lit")
		guest.ok("message", "type", "chat", "to", "romeo", "body", "Is anybody there?")
		if list := got(); !has(list, id, "anybody") {
			t.Errorf("romeo got %v", list)
		}
		if list := romeo.get("buddies", params("ids", id)).Body.String(); !strings.Contains(list, `"group":"visitor"`) {
			t.Errorf("he is %s", list)
		}
		time.Sleep(time.Minute) // never polled
		if ok, err := v.accounts.Exists(t.Context(), account); err != nil || ok {
			t.Errorf("the account is still there: %v", err)
		}
		if o := answerOf(t, v.page().post("online", params())); o["success"] != false {
			t.Errorf("somebody who says nothing is let in: %v", o)
		}
		for i := range 12 {
			o := answerOf(t, v.page().post("online", params("visitor", "true")))
			if _, allowed := o["connection"]; allowed != (i < 10) {
				t.Errorf("visitor %d: %v", i+2, o)
			}
		}
	})
}

// A question besides the password has to be answered (webim #online).
func TestWebimQuestion(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		// PBKDF2-HMAC-SHA-256 of "rosaline", "salt", 1000 rounds.
		key := pbkdf2Of(t, "rosaline", "salt", 1000)
		payload := "<query xmlns='jabber:iq:private'><verification xmlns='urn:causeway:webim' question='Who before me?' salt='" +
			base64.StdEncoding.EncodeToString([]byte("salt")) + "' iterations='1000'>" + key + "</verification></query>"
		romeo := jid.MustParse("romeo@capulet.lit")
		if _, err := v.port.Ask(t.Context(), romeo, romeo, stanza.Set, []byte(payload)); err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct {
			question, answer string
			success          bool
		}{{"", "", false}, {"Who before me?", "juliet", false}, {"Who?", "rosaline", false}, {"Who before me?", " Rosaline ", true}} {
			time.Sleep(time.Minute)
			o := answerOf(t, v.page().post("online", params("username", "romeo", "password", "pencil", "question", tt.question, "answer", tt.answer)))
			if o["success"] != tt.success {
				t.Errorf("%d: %v", i, o["error_msg"])
			}
		}
		// One without a hash opens nothing: it is not as if there were none.
		payload = strings.Replace(payload, key, "", 1)
		if _, err := v.port.Ask(t.Context(), romeo, romeo, stanza.Set, []byte(payload)); err != nil {
			t.Fatal(err)
		}
		if o := answerOf(t, v.page().post("online", params("username", "romeo", "password", "pencil"))); o["success"] != false {
			t.Errorf("without a hash: %v", o)
		}
	})
}

// A cookie and a ticket end when the password is changed or the account is disabled, and
// a cookie when its browser logs out.
func TestWebimRevoked(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		ctx := t.Context()
		romeo, juliet, nurse := v.page(), v.page(), v.page()
		romeo.as("romeo")
		juliet.as("juliet")
		nurse.as("nurse")
		time.Sleep(2 * time.Second)
		if err := v.accounts.SetPassword(ctx, jid.MustParse("romeo@capulet.lit"), "sword"); err != nil {
			t.Fatal(err)
		}
		romeo.ticket = ""
		if w := romeo.get("buddies", params()); w.Code != 401 {
			t.Errorf("after another password: %d", w.Code)
		}
		if err := v.accounts.Disable(ctx, jid.MustParse("juliet@capulet.lit"), ""); err != nil {
			t.Fatal(err)
		}
		if w := juliet.poll(ctx); w.Code != 404 {
			t.Errorf("the poll of somebody disabled: %d", w.Code)
		}
		juliet.ticket = ""
		if w := juliet.get("buddies", params()); w.Code != 401 {
			t.Errorf("a call of somebody disabled: %d", w.Code)
		}
		copied := nurse.another()
		copied.jar, _ = cookiejar.New(nil)
		at := &url.URL{Scheme: "http", Host: "capulet.lit", Path: "/"}
		copied.jar.SetCookies(at, nurse.jar.Cookies(at))
		nurse.ok("logout")
		for _, p := range []*webPage{nurse.another(), copied} {
			if w := p.get("buddies", params()); w.Code != 401 {
				t.Errorf("after the log-out: %d", w.Code)
			}
		}
	})
}

// A ticket from before a restart is good for a minute after it; one that went offline is
// not, nor one of somebody who was removed (check 39).
func TestWebimRestart(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		romeo, juliet := v.page(), v.page()
		romeo.as("romeo")
		juliet.as("juliet")
		v.webim.Close(t.Context())
		time.Sleep(5 * time.Second)
		if err := v.openWebim(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, leave := juliet.stay()
		romeo.ok("message", "type", "chat", "to", "juliet", "body", "still there")
		if list := got(); !has(list, "still there") {
			t.Errorf("after the restart: %v", list)
		}
		leave()
		juliet.ok("offline")
		if w := juliet.poll(t.Context()); w.Code != 404 {
			t.Errorf("a ticket that is over: %d", w.Code)
		}
		time.Sleep(2 * time.Minute)
		v.webim.Close(t.Context())
		if err := v.openWebim(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if w := romeo.poll(t.Context()); w.Code != 404 {
			t.Errorf("a ticket from long before: %d", w.Code)
		}
	})
}

// Who was invisible before a restart is after it; who was not last is not.
func TestWebimRestartUnseen(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		v.friends()
		romeo, juliet := v.page(), v.page()
		restart := func() {
			v.webim.Close(t.Context())
			time.Sleep(5 * time.Second)
			if err := v.openWebim(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, show := range []string{"invisible", "away"} {
			juliet.as("juliet")
			juliet.ok("presence", "show", show)
			restart()
			romeo.as("romeo")
			got, leave := romeo.stay()
			_, part := juliet.stay()
			if list := got(); has(list, `"from":"juliet"`) != (show != "invisible") {
				t.Errorf("she was %s: he sees %v", show, list)
			}
			leave()
			part()
			juliet.ok("offline")
			romeo.ok("offline")
		}
	})
}

// A log-out ends the tabs of its browser also after a restart, and no other's.
func TestWebimRestartLogout(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		one, elsewhere := v.page(), v.page()
		one.as("juliet")
		two := one.another()
		two.online()
		elsewhere.as("juliet")
		v.webim.Close(t.Context())
		time.Sleep(time.Second)
		if err := v.openWebim(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, leave := two.stay()
		defer leave()
		others, part := elsewhere.stay()
		defer part()
		if list := append(got(), others()...); len(list) > 0 { // they poll now
			t.Errorf("after the restart: %v", list)
		}
		one.ok("logout")
		time.Sleep(time.Second)
		if list := got(); fmt.Sprint(list) != "[404]" {
			t.Errorf("the other tab: %v", list)
		}
		if list := others(); len(list) > 0 {
			t.Errorf("another browser: %v", list)
		}
	})
}

// An announcement comes as a message that the library shows, and as a notification; the
// history of the host has it, since no archive does (check 50).
func TestWebimAnnouncement(t *testing.T) {
	inVerona(t, func(c *Config) { c.Admins = []string{"nurse@capulet.lit"} }, func(t *testing.T, v *verona) {
		juliet, nurse := v.page(), v.page()
		juliet.as("juliet")
		got, leave := juliet.stay()
		defer leave()
		nurse.as("nurse")
		if w := juliet.get("notification", params()); w.Body.String() != "[]" {
			t.Errorf("no notifications: %s", w.Body)
		}
		nurse.ok("message", "type", "broadcast", "to", "", "body", "<Supper> is ready")
		if list := got(); !has(list, `"type":"chat"`, `"from":"capulet.lit"`, "Supper") || has(list, "broadcast") {
			t.Errorf("juliet got %v", list)
		}
		if w := juliet.get("notification", params()); !strings.Contains(w.Body.String(), "Supper") || strings.Contains(w.Body.String(), "<Supper") {
			t.Errorf("notifications: %s", w.Body)
		}
		if w := juliet.get("history", params("type", "chat", "id", "capulet.lit")); !strings.Contains(w.Body.String(), "Supper") {
			t.Errorf("history: %s", w.Body)
		}
		juliet.ok("clear_history", "type", "chat", "id", "capulet.lit")
		if w := juliet.get("history", params("type", "chat", "id", "capulet.lit")); w.Body.String() != "[]" {
			t.Errorf("history: %s", w.Body)
		}
	})
}
