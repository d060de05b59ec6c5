package page

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
)

var cast = []Person{{"romeo", "romeo@localhost", "a password"}, {"juliet", "juliet@localhost", "another"}}

func get(h http.Handler, url string) *httptest.ResponseRecorder {
	return getFrom(h, "127.0.0.1:40000", url)
}

func getFrom(h http.Handler, addr, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.RemoteAddr = addr
	h.ServeHTTP(w, r)
	return w
}

// Each part of the page is there, with its type, and what it names is there as well;
// scripts of others are not let in.
func TestParts(t *testing.T) {
	h := New(nil)
	files, err := fs.Glob(static, "static/*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		url := Prefix + path.Base(file)
		if path.Base(file) == "index.html" {
			url = "/"
		}
		w := get(h, "http://localhost"+url)
		if w.Code != 200 || w.Header().Get("Content-Type") != types[path.Ext(file)] {
			t.Errorf("%s: %d %v", url, w.Code, w.Header())
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", url, policy)
		}
		body := w.Body.String()
		if strings.Contains(body, "https://") && !strings.Contains(body, "http://jabber.org") {
			t.Errorf("%s loads something from elsewhere", url)
		}
		for _, inline := range []string{" onclick=", " style=", "javascript:", "<script>"} {
			if strings.Contains(body, inline) {
				t.Errorf("%s has %s", url, inline)
			}
		}
	}
	for _, url := range []string{"/nothing", Prefix, Prefix + "../page.go", Prefix + "static/main.js", "/page/cast.json/x"} {
		if w := get(h, "http://localhost"+url); w.Code != 404 {
			t.Errorf("%s: %d", url, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// The passwords of a throw-away server are for pages of this machine only, whatever name
// somebody lets lead here.
func TestCast(t *testing.T) {
	for host, known := range map[string]bool{
		"localhost:5281": true, "127.0.0.1:5281": true, "[::1]:5281": true, "localhost": true,
		"mantua.lit": false, "mantua.lit:5281": false, "127.0.0.1.mantua.lit": false, "192.0.2.1:5281": false, "localhost.mantua.lit:80": false,
	} {
		w := get(New(cast), "http://"+host+Prefix+"cast.json")
		if got := strings.Contains(w.Body.String(), "a password"); got != known || w.Code != 200 {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
	for addr, known := range map[string]bool{"[::1]:40000": true, "192.0.2.1:40000": false, "[2001:db8::1]:40000": false, "": false} {
		w := getFrom(New(cast), addr, "http://localhost"+Prefix+"cast.json")
		if got := strings.Contains(w.Body.String(), "a password"); got != known || w.Code != 200 {
			t.Errorf("from %q: %d %s", addr, w.Code, w.Body)
		}
	}
	if w := get(New(nil), "http://localhost"+Prefix+"cast.json"); strings.TrimSpace(w.Body.String()) != "[]" {
		t.Errorf("without a cast: %s", w.Body)
	}
}
