package bridge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
)

// Only what names a property calls anything.
func TestCallback(t *testing.T) {
	for query, want := range map[string]string{
		"": "", "callback=jsonp1": "jsonp1", "callback=parent.jsonp1": "parent.jsonp1", "callback=$_": "$_",
		"callback=": "!", "callback=a(": "!", "callback=1a": "!", "callback=.a": "!", "callback=a;b": "!", "callback=a%3Cb": "!",
		"callback=a%0Ab": "!", "callback=a&callback=b": "!", "callback=%C3%A9": "!", "callback=" + strings.Repeat("a", 101): "!",
	} {
		name, err := Callback(httptest.NewRequest(http.MethodGet, "/x?"+query, nil))
		if problem, known := ProblemOf(err); err != nil && (!known || problem.Status != 400) {
			t.Errorf("%s: %v", query, err)
		}
		if err != nil {
			name = "!"
		}
		if name != want {
			t.Errorf("%s: %q", query, name)
		}
	}
}

func TestAnswer(t *testing.T) {
	for _, tt := range []struct {
		callback string
		value    any
		typ      string
		body     string
	}{
		{"", "ok", "application/json; charset=utf-8", `"ok"`},
		{"cb.x", "ok", "application/javascript; charset=utf-8", `/**/cb.x("ok");`},
		{"cb", []byte("[\"a\u2028b\u2029c\"]"), "application/javascript; charset=utf-8", `/**/cb(["a\u2028b\u2029c"]);`},
		{"", "</script><!--", "application/json; charset=utf-8", `"\u003c/script\u003e\u003c!--"`},
	} {
		w := httptest.NewRecorder()
		Answer(w, http.StatusOK, tt.callback, tt.value)
		if w.Body.String() != tt.body || w.Header().Get("Content-Type") != tt.typ || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v: %s %v", tt, w.Body, w.Header())
		}
	}
}

func TestParams(t *testing.T) {
	for _, tt := range []struct {
		query, typ, body string
		status           int // 0 if it is read
		want             string
	}{
		{"a=1", "application/x-www-form-urlencoded", "b=x+y%26", 0, "map[a:1 b:x y&]"},
		{"a=1", "application/x-www-form-urlencoded; charset=UTF-8", "b=%E2%98%83", 0, "map[a:1 b:☃]"},
		{"a=1", "application/x-www-form-urlencoded", "a=2", 400, ""},
		{"", "application/x-www-form-urlencoded", "a=1&a=1", 400, ""},
		{"", "application/x-www-form-urlencoded", "a[]=1&a[]=2", 400, ""},
		{"", "application/x-www-form-urlencoded", "a=%00", 400, ""},
		{"", "application/x-www-form-urlencoded", "a=%FF", 400, ""},
		{"", "application/x-www-form-urlencoded", "a=%zz", 400, ""},
		{"a=%zz", "application/x-www-form-urlencoded", "a=1", 400, ""},
		{"", "application/json", `{"a":1}`, 415, ""},
		{"", "multipart/form-data; boundary=x", "--x--", 415, ""},
		{"", "", "a=1", 415, ""},
		{"", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 2000), 413, ""},
		{"", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 100)[:399], 400, ""},
	} {
		for _, sized := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, "/x?"+tt.query, strings.NewReader(tt.body))
			if !sized {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", tt.typ)
			p, err := ReadParams(httptest.NewRecorder(), r, 1000)
			if problem, _ := ProblemOf(err); err != nil && problem.Status != tt.status || err == nil && tt.status != 0 {
				t.Errorf("%.60s %.60s: %v", tt.query, tt.body, err)
			}
			if err == nil && fmt.Sprint(p) != tt.want {
				t.Errorf("%s %s: %v", tt.query, tt.body, p)
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/x", io.MultiReader(strings.NewReader("a="), broken{}))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := ReadParams(httptest.NewRecorder(), r, 1000); err == nil {
		t.Error("half a body is read")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// torn is the writer of a client that has gone, which shows at once or when its buffer is
// written.
type torn struct {
	*httptest.ResponseRecorder
	write, flush error
}

func (w torn) Write(p []byte) (int, error) { return len(p), w.write }
func (w torn) FlushError() error           { return w.flush }

// An answer that its client cannot have got does not count.
func TestAnswerWritten(t *testing.T) {
	for _, tt := range []struct {
		write, flush error
		want         bool
	}{
		{nil, nil, true},
		{nil, http.ErrNotSupported, true},
		{io.ErrClosedPipe, nil, false},
		{nil, io.ErrClosedPipe, false},
	} {
		if got := Answer(torn{httptest.NewRecorder(), tt.write, tt.flush}, http.StatusOK, "", "soft"); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// What a browser says of where a request comes from.
func TestForeign(t *testing.T) {
	for _, tt := range []struct {
		origin, referer, site string
		foreign               bool
	}{
		{"", "", "", false},
		{"https://capulet.lit", "", "same-origin", false},
		{"http://capulet.lit", "", "", true}, // made by somebody on the way
		{"http://capulet.lit", "", "cross-site", true},
		{"", "http://capulet.lit/page", "", true},
		{"", "https://capulet.lit/page", "", false},
		{"", "", "same-origin", false},
		{"", "", "none", false},
		{"https://www.capulet.lit", "", "same-site", false}, // allowed
		{"", "https://www.capulet.lit/page", "same-site", false},
		{"https://mantua.lit", "", "cross-site", true},
		{"https://mantua.lit", "", "", true},
		{"", "https://mantua.lit/page", "", true},
		{"", "", "cross-site", true},
		{"", "", "same-site", true},
		{"null", "", "", true},
		{"null", "", "same-origin", true},
		{"https://capulet.lit.mantua.lit", "", "", true},
		{"https://capulet.lit:444", "", "", true},
		{"ftp://capulet.lit", "", "", true},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://capulet.lit/webim/online", nil)
		for name, value := range map[string]string{"Origin": tt.origin, "Referer": tt.referer, "Sec-Fetch-Site": tt.site} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := Foreign(r, []string{"https://www.capulet.lit"}); got != tt.foreign {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	// A proxy that ends TLS may not have said so.
	for _, origin := range []string{"http://capulet.lit", "https://capulet.lit"} {
		r := httptest.NewRequest(http.MethodPost, "http://capulet.lit/webim/online", nil)
		r.Header.Set("Origin", origin)
		if Foreign(r, nil) {
			t.Errorf("%s is foreign to a request in the clear", origin)
		}
	}
}

func TestCookie(t *testing.T) {
	for _, tt := range []struct {
		scheme string
		cookie Cookie
		want   string
	}{
		{"https", Cookie{Name: "c"}, "__Host-c=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"https", Cookie{Name: "c", Elsewhere: true, Life: time.Minute}, "__Host-c=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None"},
		{"http", Cookie{Name: "c", Elsewhere: true}, "c=v; Path=/; HttpOnly; SameSite=Lax"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Scheme = tt.scheme
		w := httptest.NewRecorder()
		tt.cookie.Set(w, r, "v")
		if got := w.Header().Get("Set-Cookie"); got != tt.want {
			t.Errorf("%s", got)
		}
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
		if got := tt.cookie.Get(r); got != "v" {
			t.Errorf("%q", got)
		}
	}
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRates[string](3, time.Second, 2)
		allowed := func(who string, times int) (n int) {
			for range times {
				if r.Allow(who) == 0 {
					n++
				}
			}
			return n
		}
		if n := allowed("romeo", 10); n != 3 {
			t.Errorf("%d at once", n)
		}
		if n := allowed("juliet", 10); n != 3 {
			t.Errorf("%d of somebody else", n)
		}
		time.Sleep(2 * time.Second)
		if n := allowed("romeo", 10); n != 2 {
			t.Errorf("%d after two seconds", n)
		}
		for i := range 100 {
			allowed(fmt.Sprint(i), 1)
		}
		if len(r.full) > 2 {
			t.Errorf("%d are remembered", len(r.full))
		}
	})
}

func TestProblemOf(t *testing.T) {
	for err, status := range map[error]int{
		stanza.ServiceUnavailable.Err(""):                             503,
		stanza.JIDMalformed.Err(""):                                   400,
		fmt.Errorf("ask: %w", stanza.ItemNotFound.Err("")):            404,
		fmt.Errorf("call: %w", Wrong(http.StatusTeapot, "no coffee")): 418,
		ErrEnded: 410,
	} {
		if p, known := ProblemOf(err); p.Status != status || !known {
			t.Errorf("%v: %d", err, p.Status)
		}
	}
	if p, known := ProblemOf(errors.New("password is pencil")); known || p.Status != 500 || strings.Contains(p.Error(), "pencil") {
		t.Errorf("%v", p)
	}
}

// A token opens for nothing but what it was made for, and not when anything in it has
// changed.
func FuzzSealer(f *testing.F) {
	s := NewSealer([]byte("0123456789abcdef0123456789abcdef"))
	f.Add("ticket", "juliet", s.Seal("ticket", "juliet"))
	f.Add("ticket", "", ".")
	f.Fuzz(func(t *testing.T, purpose, text, token string) {
		sealed := s.Seal(purpose, text)
		if got, ok := s.Open(purpose, sealed); !ok || got != text {
			t.Errorf("%q: %q %v", sealed, got, ok)
		}
		if got, ok := s.Open(purpose, token); ok && s.Seal(purpose, got) != token {
			t.Errorf("%q opens", token)
		}
		if _, ok := s.Open(purpose+"x", sealed); ok {
			t.Errorf("%q opens for something else", sealed)
		}
		if _, ok := NewSealer([]byte("another key")).Open(purpose, sealed); ok {
			t.Errorf("%q opens with another key", sealed)
		}
	})
}

// Whatever a request has, it is read or refused.
func FuzzParams(f *testing.F) {
	f.Add("a=1&callback=x", "b=2", "application/x-www-form-urlencoded")
	f.Fuzz(func(t *testing.T, query, body, typ string) {
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", typ)
		p, err := ReadParams(httptest.NewRecorder(), r, 100)
		if problem, known := ProblemOf(err); err != nil && (!known || problem.Status < 400 || problem.Status > 499) {
			t.Errorf("%v", err)
		}
		for name, value := range p {
			if !isText(name) || !isText(value) {
				t.Errorf("%q: %q", name, value)
			}
		}
		if name, err := Callback(r); err == nil && name != "" && strings.ContainsAny(name, "()<>;'\" \n/*") {
			t.Errorf("a callback %q", name)
		}
	})
}
