// Package xep0363 checks uploads over HTTP: the slots by XMPP, the files by HTTPS.
package xep0363

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns     = "urn:xmpp:http:upload:0"
	nsInfo = "http://jabber.org/protocol/disco#info"
)

// A slot is where a file can be put and got.
type slot struct {
	put, get string
	header   http.Header
}

// ask asks for a slot.
func ask(t *run.T, c *run.Client, name string, size int) *oracle.Element {
	return c.Ask("get", t.Offers.Upload, "<request xmlns='%s' filename='%s' size='%d' content-type='text/plain'/>", ns, oracle.Escape(name), size)
}

// granted wants a slot for a file of five bytes.
func granted(t *run.T, name string) slot {
	e := ask(t, t.Login("romeo"), name, len("hello"))
	put, get := e.Find(ns, "put"), e.Find(ns, "get")
	t.True(e.Attr("type") == "result" && put != nil && get != nil, "wanted a slot, came %.400s", e.Raw)
	s := slot{put: put.Attr("url"), get: get.Attr("url"), header: http.Header{}}
	for _, h := range put.All(ns, "header") {
		s.header.Add(h.Attr("name"), strings.NewReplacer("\n", "", "\r", "").Replace(h.Text))
	}
	return s
}

// do sends a request over HTTPS.
func (s slot) do(t *run.T, method, address string, body []byte) (int, []byte, http.Header) {
	req, err := http.NewRequestWithContext(t.Context, method, address, bytes.NewReader(body))
	if err != nil {
		t.Failf("%s: %v", address, err)
	}
	if method == http.MethodPut {
		req.Header = s.header.Clone()
		req.Header.Set("Content-Type", "text/plain")
	}
	conf := t.Target.TLS()
	conf.ServerName = "" // that of the address
	transport := &http.Transport{TLSClientConfig: conf}
	defer transport.CloseIdleConnections()
	t.Note("%s %s, %d bytes", method, address, len(body))
	res, err := (&http.Client{Transport: transport, Timeout: t.Patience}).Do(req)
	if err != nil {
		t.Failf("%s %s: %v", method, address, err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Failf("%s %s: %v", method, address, err)
	}
	t.Note("%d", res.StatusCode)
	return res.StatusCode, got, res.Header
}

// Checks gives the checks of XEP-0363.
func Checks() []run.Check {
	needs := []string{"upload"}
	return []run.Check{
		{ID: "0363/disco/feature", Level: run.Must, Text: "the service says in discovery that it is one", Needs: needs, Run: run.Answers("get", "{upload}", "<query xmlns='"+nsInfo+"'/>", "<feature xmlns='"+nsInfo+"' var='"+ns+"'/>")},
		{ID: "0363/disco/identity", Level: run.Should, Text: "it is of the category store and the type file", Needs: needs, Run: run.Answers("get", "{upload}", "<query xmlns='"+nsInfo+"'/>", "<identity xmlns='"+nsInfo+"' category='store' type='file'/>")},
		{ID: "0363/disco/limit", Level: run.May, Text: "it tells the largest size of a file as a number", Needs: needs, Run: func(t *run.T) {
			limit(t, t.Login("romeo"))
		}},
		{ID: "0363/request/slot", Level: run.Must, Text: "a request is answered with two addresses", Needs: needs, Run: func(t *run.T) { granted(t, "a.txt") }},
		{ID: "0363/request/https", Level: run.Must, Text: "both begin with https", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			for _, address := range []string{s.put, s.get} {
				u, err := url.Parse(address)
				t.True(err == nil && u.Scheme == "https" && u.Host != "", "%q", address)
			}
		}},
		{ID: "0363/request/name-kept", Level: run.Should, Text: "the end of the file's name is kept", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			t.True(strings.HasSuffix(s.get, ".txt"), "%q", s.get)
		}},
		{ID: "0363/request/ascii", Level: run.Must, Text: "characters that are not ASCII are escaped in the addresses", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "très joli.txt")
			for _, c := range s.put + s.get {
				t.True(c > ' ' && c < 0x7f, "%q", s.get)
			}
		}},
		{ID: "0363/request/headers", Level: run.Must, Text: "only the headers Authorization, Cookie and Expires are asked for", Needs: needs, Run: func(t *run.T) {
			for name := range granted(t, "a.txt").header {
				t.True(name == "Authorization" || name == "Cookie" || name == "Expires", "%q", name)
			}
		}},
		{ID: "0363/request/no-name", Level: run.Must, Text: "a request without the name of a file is refused", Needs: needs, Run: run.Refuses("get", "{upload}", "<request xmlns='"+ns+"' size='5'/>")},
		{ID: "0363/request/no-size", Level: run.Must, Text: "one without a size is refused", Needs: needs, Run: run.Refuses("get", "{upload}", "<request xmlns='"+ns+"' filename='a.txt'/>")},
		{ID: "0363/errors/too-large", Level: run.Must, Text: "a file that is too large is refused with not-acceptable", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Refused(ask(t, c, "a.txt", 1<<50), "not-acceptable")
		}},
		{ID: "0363/errors/too-large-told", Level: run.May, Text: "and the error says how large a file may be", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Refused(ask(t, c, "a.txt", 1<<50))
			t.True(e.Find(ns, "file-too-large") != nil && e.Find(ns, "max-file-size") != nil, "came %.400s", e.Raw)
		}},
		{ID: "0363/upload/round", Level: run.Must, Text: "what was put can be got, byte for byte", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			code, _, _ := s.do(t, http.MethodPut, s.put, []byte("hello"))
			t.True(code == http.StatusCreated || code == http.StatusOK || code == http.StatusNoContent, "PUT: %d", code)
			code, got, _ := s.do(t, http.MethodGet, s.get, nil)
			t.True(code == http.StatusOK && string(got) == "hello", "GET: %d %q", code, got)
		}},
		{ID: "0363/upload/created", Level: run.Must, Text: "a file that was put is answered with the status 201", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			code, _, _ := s.do(t, http.MethodPut, s.put, []byte("hello"))
			t.True(code == http.StatusCreated, "PUT: %d", code)
		}},
		{ID: "0363/upload/other-size", Level: run.Must, Text: "a file of another size than was asked for is refused", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			code, _, _ := s.do(t, http.MethodPut, s.put, []byte("hello, world"))
			t.True(code >= 400 && code < 500, "PUT: %d", code)
		}},
		{ID: "0363/upload/wrong-place", Level: run.Must, Text: "a file that nobody has asked for is refused", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.txt")
			u, err := url.Parse(s.put)
			t.True(err == nil, "%v", err)
			parts := strings.Split(u.Path, "/")
			t.True(len(parts) > 2, "%q", s.put)
			parts[len(parts)-2] = t.Word()
			u.Path, u.RawPath = strings.Join(parts, "/"), ""
			s.header = http.Header{}
			u.RawQuery = ""
			code, _, _ := s.do(t, http.MethodPut, u.String(), []byte("hello"))
			t.True(code >= 400 && code < 500, "PUT: %d", code)
		}},
		{ID: "0363/server/harmless", Level: run.Should, Text: "a file that a browser would run is served so that it does not", Needs: needs, Run: func(t *run.T) {
			s := granted(t, "a.html")
			code, _, _ := s.do(t, http.MethodPut, s.put, []byte("<b>a!"))
			t.True(code/100 == 2, "PUT: %d", code)
			_, _, h := s.do(t, http.MethodGet, s.get, nil)
			t.True(strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || strings.Contains(h.Get("Content-Security-Policy"), "'none'") || !strings.Contains(h.Get("Content-Type"), "html"),
				"%s", fmt.Sprint(h))
		}},
	}
}

// limit wants the largest size in discovery.
func limit(t *run.T, c *run.Client) {
	e := c.Get(t.Offers.Upload, "<query xmlns='%s'/>", nsInfo)
	t.True(run.Inside(e, oracle.Pattern("<field xmlns='jabber:x:data' var='max-file-size'><value>*</value></field>")), "came %.400s", e.Raw)
}
