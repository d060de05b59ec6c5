package badinput

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A badRequest is bytes for the HTTP port, and the status of the answer.
type badRequest struct {
	name   string
	send   string
	status int
}

// badRequests are requests that no client should send. SLOT stands for the path, with
// its token, of a slot for a text of five bytes.
func badRequests() []badRequest {
	const (
		head = " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n"
		file = "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nsweet"
	)
	list := []badRequest{
		{"RFC 9112 §3: no request", "O Romeo, Romeo\r\n\r\n", 400},
		{"RFC 9112 §3: XMPP", wire.Header(domain), 400},
		{"RFC 9112 §3.2: no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"RFC 9112 §5.1: a space before the colon", "GET /" + head + "X : y\r\n\r\n", 400},
		{"RFC 9112 §6.1: two lengths", "PUT SLOT" + head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nsweet", 400},
		{"RFC 9112 §6.1: another coding", "PUT SLOT" + head + "Transfer-Encoding: gzip\r\n\r\nsweet", 501},
		{"RFC 9110 §8.6: a negative length", "PUT SLOT" + head + "Content-Length: -5\r\n\r\nsweet", 400},
		{"RFC 9110 §15.5.12: no length", "PUT SLOT" + head + "Transfer-Encoding: chunked\r\n\r\n5\r\nsweet\r\n0\r\n\r\n", 411},
		{"RFC 6585 §5: a head without an end", "GET /" + head + strings.Repeat("X: y\r\n", 10_000), 431},
		{"RFC 6585 §5: a path without an end", "GET /upload/" + strings.Repeat("a", 100_000), 431},
		{"XEP-0363 #upload: more than the slot", "PUT SLOT" + head + "Content-Length: 6\r\n\r\nsweets", 413},
		{"XEP-0363 #upload: far more than the slot", "PUT SLOT" + head + "Content-Length: 9223372036854775807\r\n\r\nsweet", 413},
		{"XEP-0363 #upload: less than the slot", "PUT SLOT" + head + "Content-Length: 4\r\n\r\nswee", 400},
		{"XEP-0363 #upload: nothing", "PUT SLOT" + head + "\r\n", 400},
		{"XEP-0363 #upload: another type", "PUT SLOT" + head + "Content-Type: image/svg+xml\r\nContent-Length: 5\r\n\r\nsweet", 415},
		{"XEP-0363 #server: a longer life", "PUT SLOTTED" + head + file, 403},
		{"XEP-0363 #server: a token of nothing", "PUT /upload/AAAAAAAAAAAAAAAAAAAAAAAAAA/love.txt?9999999999." + strings.Repeat("A", 43) + head + file, 403},
		{"XEP-0363 #server: no token", "PUT /upload/AAAAAAAAAAAAAAAAAAAAAAAAAA/love.txt" + head + file, 403},
		{"RFC 9110 §15.5.6: an unknown method", "BREW /upload/A/b" + head + "\r\n", 405},
		{"RFC 9110 §9.3.6: no proxy", "CONNECT " + domain + ":5222" + head + "\r\n", 404},
		{"RFC 9110 §9.3.6: not even for a page", "GET http://verona.lit/upload/A/b" + head + "\r\n", 404},
	}
	for _, path := range []string{
		"/upload/../../../../etc/passwd", "/upload/A/..", "/upload/A/../B/c", "/upload//etc/passwd", "/upload/A/%2e%2e%2fetc%2fpasswd",
		"/upload/..%2f..%2fetc/passwd", "/upload/A/%5c..%5cetc", "/upload/A/b%00.txt", "/upload/A/%ff%fe", "/upload/A/%0d%0aX-Evil:%20y",
		"/upload/tmp/", "/upload/", "/upload", "/uploads/A/b", "/", "/upload/A/b/c", "/./upload/A/b", "*",
	} {
		list = append(list, badRequest{"XEP-0363 #general: the path " + path, "GET " + path + head + "\r\n", 404})
	}
	return list
}

// The HTTP port refuses what it is sent, and neither those who chat nor the slot in
// question are any the worse for it.
func TestHTTP(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	slot := newSlot(t, s)
	for _, b := range badRequests() {
		t.Run(b.name, func(t *testing.T) {
			request := strings.Replace(b.send, "SLOTTED", strings.Replace(slot, "?", "?9", 1), 1)
			status, _ := exchange(t, s, strings.Replace(request, "SLOT", slot, 1))
			if status != b.status {
				t.Errorf("got %d, want %d", status, b.status)
			}
			others.chat(t)
		})
	}
	good := "PUT " + slot + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nsweet"
	for _, want := range []int{201, 409} {
		if status, _ := exchange(t, s, good); status != want {
			t.Errorf("XEP-0363 #upload: the slot at last: got %d, want %d", status, want)
		}
	}
	path, _, _ := strings.Cut(slot, "?")
	if status, body := exchange(t, s, "GET "+path+" HTTP/1.1\r\nHost: "+domain+"\r\nConnection: close\r\n\r\n"); status != 200 || body != "sweet" {
		t.Errorf("the file: %d %q", status, body)
	}
	others.leave()
	s.Stop(t)
}

// Who sends a head byte by byte is not waited for, and takes nothing from others.
func TestSlowHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	const headTime = 10 * time.Second
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	slot := newSlot(t, s)
	began := time.Now()
	var crowd []net.Conn
	for i := range 50 {
		nc := dialHTTP(t, s)
		text := "GET / HTTP/1.1\r\nHost: " + domain + "\r\nX: "
		if i%2 == 0 {
			text = ""
		}
		if _, err := io.WriteString(nc, text); err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, nc)
	}
	if status, _ := exchange(t, s, "PUT "+slot+" HTTP/1.1\r\nHost: "+domain+"\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nsweet"); status != 201 {
		t.Errorf("an upload beside them: %d", status)
	}
	for _, nc := range crowd {
		_ = nc.SetReadDeadline(began.Add(headTime + slack))
		if _, err := io.Copy(io.Discard, nc); errors.Is(err, net.ErrClosed) || isTimeout(err) {
			t.Errorf("not ended after %v: %v", time.Since(began), err)
		}
	}
	others.chat(t)
	others.leave()
	s.Stop(t)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// newSlot asks for a slot as romeo and gives the path of its upload, with the token.
func newSlot(t *testing.T, s *process.Server) string {
	t.Helper()
	c := reach(t, s, bound)
	defer c.Close()
	c.MustSend(t, "<iq type='get' id='slot' to='upload."+domain+"'><request xmlns='urn:xmpp:http:upload:0' filename='love.txt' size='5' content-type='text/plain'/></iq>")
	e, err := c.Next(wire.Patience)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]string)
	if err := (wire.Matcher{Seen: seen}).Match("<iq type='result' id='slot'><slot xmlns='urn:xmpp:http:upload:0'><put url='$put'/></slot></iq>", e); err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(seen["$put"], "https://"+domain+":"+s.HTTPAddr[strings.LastIndexByte(s.HTTPAddr, ':')+1:])
	if !ok {
		t.Fatalf("the slot is elsewhere: %s", seen["$put"])
	}
	return path
}

func dialHTTP(t *testing.T, s *process.Server) *tls.Conn {
	t.Helper()
	nc, err := tls.Dial("tcp", s.HTTPAddr, s.TLS())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// exchange sends bytes and gives the answer.
func exchange(t *testing.T, s *process.Server, request string) (status int, body string) {
	t.Helper()
	nc := dialHTTP(t, s)
	if err := nc.SetDeadline(time.Now().Add(wire.Patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(nc, request) // the server may have heard enough
	r, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatal(fmt.Errorf("no answer: %w", err))
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}
