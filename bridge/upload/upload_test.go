package upload

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/stanza"
)

// shelf is Files in memory. Everything can be put that is named in want.
type shelf struct {
	files map[string]File // by id and name
	took  []Delivery
	fail  error
}

// memory is a body that need not be closed.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func (s *shelf) Put(_ context.Context, d Delivery) error {
	if s.fail != nil {
		return s.fail
	}
	text, err := io.ReadAll(d.Body)
	d.Body = bytes.NewReader(text)
	s.took = append(s.took, d)
	return err
}

func (s *shelf) Open(_ context.Context, id, name string) (File, error) {
	f, ok := s.files[id+" "+name]
	if !ok {
		return File{}, stanza.ItemNotFound.Err("there is no such file")
	}
	f.Body = memory{bytes.NewReader([]byte("rose"))}
	return f, s.fail
}

// open serves a shelf by a real server with TLS, over HTTP/2 where that is asked for.
func open(t *testing.T, s *shelf, h2 bool) (client *http.Client, base string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	// The certificate and the client of httptest; the server is ours.
	fake := httptest.NewUnstartedServer(http.NotFoundHandler())
	fake.EnableHTTP2 = h2
	fake.StartTLS()
	t.Cleanup(fake.Close)
	server := bridge.New(bridge.Config{TLS: fake.TLS, Logger: log})
	server.Handle("upload", Prefix, New(s, log))
	ln := listen(t)
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln, true) }() // stopped by Shutdown
	t.Cleanup(func() {
		if err := errors.Join(server.Shutdown(context.Background()), <-done); err != nil {
			t.Error(err)
		}
	})
	return fake.Client(), "https://" + ln.Addr().String()
}

func do(t *testing.T, c *http.Client, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func TestPut(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		s := &shelf{}
		c, base := open(t, s, h2)
		response, _ := do(t, c, "PUT", base+"/upload/ABC/a%20r%C3%B6se.txt?1.x", "rose", "Content-Type", "text/plain")
		if response.StatusCode != http.StatusCreated || (response.ProtoMajor == 2) != h2 {
			t.Errorf("got %s by %s", response.Status, response.Proto)
		}
		if len(s.took) != 1 {
			t.Fatalf("took %d", len(s.took))
		}
		d := s.took[0]
		text, _ := io.ReadAll(d.Body)
		if d.ID != "ABC" || d.Name != "a röse.txt" || d.Token != "1.x" || d.Type != "text/plain" || d.Size != 4 || string(text) != "rose" {
			t.Errorf("got %+v %q", d, text)
		}
	}
}

// What is told of a delivery is the status of the answer; what is not told is our
// fault, and nobody else's business.
func TestPutStatus(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{
		{stanza.BadRequest.Err(""), 400},
		{stanza.Forbidden.Err(""), 403},
		{stanza.ItemNotFound.Err(""), 404},
		{stanza.Conflict.Err(""), 409},
		{stanza.Gone.Err(""), 410},
		{stanza.PolicyViolation.Err(""), 413},
		{stanza.NotAcceptable.Err(""), 415},
		{stanza.ResourceConstraint.Err(""), 507},
		{stanza.UndefinedCondition.Err(""), 500},
		{errors.New("the disk at /var/lib is broken"), 500},
	} {
		s := &shelf{fail: tt.err}
		c, base := open(t, s, false)
		response, body := do(t, c, "PUT", base+"/upload/ABC/a.txt", "rose")
		if response.StatusCode != tt.want || strings.Contains(body, "disk") {
			t.Errorf("%v: got %s %s", tt.err, response.Status, body)
		}
	}
}

func TestPutHeaders(t *testing.T) {
	s := &shelf{}
	c, base := open(t, s, false)
	r, err := http.NewRequestWithContext(t.Context(), "PUT", base+"/upload/ABC/a.txt", io.MultiReader(strings.NewReader("rose")))
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(r) // in chunks
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusLengthRequired {
		t.Errorf("in chunks: %s", response.Status)
	}
	if response, _ := do(t, c, "PUT", base+"/upload/ABC/a.txt", "rose", "Content-Range", "bytes 0-3/8"); response.StatusCode != 400 {
		t.Errorf("RFC 9110 §14.4: a part: %s", response.Status)
	}
	if response, _ := do(t, c, "PUT", base+"/upload/ABC/a.txt", "rose", "Content-Encoding", "gzip"); response.StatusCode != 415 {
		t.Errorf("packed: %s", response.Status)
	}
	if s.took != nil {
		t.Error("something was taken")
	}
}

// Only what can be no program is shown by browsers; the rest is saved.
func TestDisposition(t *testing.T) {
	for mediaType, want := range map[string]string{
		"image/png":                "inline; filename=\"a b.x\"",
		"image/jpeg":               "inline; filename=\"a b.x\"",
		"video/mp4":                "inline; filename=\"a b.x\"",
		"audio/ogg; codecs=opus":   "inline; filename=\"a b.x\"",
		"image/svg+xml":            "attachment; filename=\"a b.x\"",
		"text/html":                "attachment; filename=\"a b.x\"",
		"text/html; charset=utf-8": "attachment; filename=\"a b.x\"",
		"application/pdf":          "attachment; filename=\"a b.x\"",
		"application/octet-stream": "attachment; filename=\"a b.x\"",
		"":                         "attachment; filename=\"a b.x\"",
	} {
		if got := disposition(mediaType, "a b.x"); got != want {
			t.Errorf("%s: %s", mediaType, got)
		}
	}
	if got := disposition("text/plain", "tr\u00e8s\r\nX-Evil: 1\"'.txt"); strings.ContainsAny(got, "\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestGet(t *testing.T) {
	stored := time.Date(1597, 1, 29, 12, 0, 0, 0, time.UTC)
	s := &shelf{files: map[string]File{
		"ABC a.png":  {Name: "a.png", Type: "image/png", Stored: stored},
		"ABC a.html": {Name: "a.html", Type: "text/html", Stored: stored, Until: time.Now().Add(time.Hour)},
	}}
	c, base := open(t, s, true)
	response, body := do(t, c, "GET", base+"/upload/ABC/a.png", "")
	if response.StatusCode != 200 || body != "rose" {
		t.Fatalf("got %s %s", response.Status, body)
	}
	for name, want := range map[string]string{
		"Accept-Ranges":                "bytes",
		"Access-Control-Allow-Origin":  "*",
		"Cache-Control":                "private, immutable, max-age=31536000",
		"Content-Disposition":          "inline; filename=a.png",
		"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'; sandbox",
		"Content-Type":                 "image/png",
		"Cross-Origin-Resource-Policy": "cross-origin",
		"ETag":                         `"ABC"`,
		"Last-Modified":                "Wed, 29 Jan 1597 12:00:00 GMT",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	response, _ = do(t, c, "GET", base+"/upload/ABC/a.html", "")
	if age := response.Header.Get("Cache-Control"); age != "private, immutable, max-age=3599" && age != "private, immutable, max-age=3600" {
		t.Errorf("a file that ends in an hour: %s", age)
	}
	for _, tt := range []struct {
		name, method, header, value string
		status                      int
		body                        string
	}{
		{"whole", "GET", "Accept", "*/*", 200, "rose"},
		{"RFC 9110 §9.3.2", "HEAD", "Accept", "*/*", 200, ""},
		{"RFC 9110 §14.2", "GET", "Range", "bytes=1-2", 206, "os"},
		{"RFC 9110 §14.2: the end", "GET", "Range", "bytes=-1", 206, "e"},
		{"RFC 9110 §14.2: beyond", "GET", "Range", "bytes=9-", 416, "invalid range: failed to overlap\n"},
		{"RFC 9110 §13.1.2", "GET", "If-None-Match", `"ABC"`, 304, ""},
		{"RFC 9110 §13.1.3", "GET", "If-Modified-Since", "Wed, 29 Jan 1597 12:00:00 GMT", 304, ""},
	} {
		response, body := do(t, c, tt.method, base+"/upload/ABC/a.png", "", tt.header, tt.value)
		if response.StatusCode != tt.status || body != tt.body {
			t.Errorf("%s: %s %q", tt.name, response.Status, body)
		}
	}
	if response, _ := do(t, c, "PATCH", base+"/upload/ABC/a.png", ""); response.StatusCode != 405 || response.Header.Get("Allow") == "" {
		t.Errorf("RFC 9110 §15.5.6: %s", response.Status)
	}
	s.fail = errors.New("the disk at /var/lib is broken")
	if response, body := do(t, c, "GET", base+"/upload/ABC/a.png", ""); response.StatusCode != 500 || strings.Contains(body, "disk") {
		t.Errorf("a broken disk: %s %s", response.Status, body)
	}
}
