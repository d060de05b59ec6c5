package daemon

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"causeway/xmpp/jid"
)

// A page that uses a WebSocket is told where it is, gets what a poll would get, and learns
// of a bad ticket by the end (wire §3.4, check 48).
func TestWebimSocket(t *testing.T) {
	cfg := Default()
	cfg.Hosts, cfg.Data, cfg.Accounts.Iterations, cfg.Webim.WebSocket = []string{"localhost"}, t.TempDir(), 1, true
	h, err := build(t.Context(), cfg, plan{edges: true, memory: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"juliet", "romeo"} {
		if err := h.accounts.Create(t.Context(), jid.MustParse(name+"@localhost"), "pencil"); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.web.Serve(ln, false) }() // stopped by Shutdown
	defer func() {
		h.webim.Close(t.Context())
		h.push.Close()
		if err := errors.Join(h.web.Shutdown(t.Context()), <-served, h.store.Close()); err != nil {
			t.Error(err)
		}
	}()
	base := "http://" + ln.Addr().String()
	post := func(c *http.Client, name string, pairs ...string) string {
		t.Helper()
		r, err := c.PostForm(base+"/webim/"+name, params(pairs...))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	client := func() *http.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Client{Jar: jar, Timeout: time.Minute}
	}
	member := func(body, name string) string {
		_, rest, _ := strings.Cut(body, `"`+name+`":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	romeo, juliet := client(), client()
	his := member(post(romeo, "online", "username", "romeo", "password", "pencil"), "ticket")
	answer := post(juliet, "online", "username", "juliet", "password", "pencil")
	hers, at := member(answer, "ticket"), member(answer, "websocket")
	if u, err := url.Parse(at); err != nil || u.Scheme != "ws" {
		t.Fatalf("the socket is at %q", at)
	}
	ws, r, err := websocket.DefaultDialer.Dial(at, http.Header{"Origin": {base}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	defer func() { _ = ws.Close() }()
	if err := ws.WriteMessage(websocket.TextMessage, []byte("subscribe localhost "+hers)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"But soft", "What light"} {
		if got := post(romeo, "message", "type", "chat", "to", "juliet", "body", text, "ticket", his); got != `"ok"` {
			t.Fatal(got)
		}
		_ = ws.SetReadDeadline(time.Now().Add(time.Minute)) // a fault shows below
		if _, frame, err := ws.ReadMessage(); err != nil || !strings.Contains(string(frame), text) || !strings.HasPrefix(string(frame), `{"status":"ok","messages":[`) {
			t.Fatalf("%s %v", frame, err)
		}
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte("heartbeat")); err != nil {
		t.Fatal(err)
	}
	post(juliet, "offline", "ticket", hers)
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("after going offline: %v", err)
	}
	for _, hello := range []string{"subscribe localhost " + hers, "subscribe localhost forged", "hello", strings.Repeat("x", 10_000)} {
		bad, r, err := websocket.DefaultDialer.Dial(at, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		// Of a frame that is too large the server may read the head only, and close.
		if bad.WriteMessage(websocket.TextMessage, []byte(hello)) == nil {
			if _, frame, err := bad.ReadMessage(); err == nil {
				t.Errorf("%.30s: %s", hello, frame)
			}
		}
		_ = bad.Close()
	}
	if _, r, err := websocket.DefaultDialer.Dial(at, http.Header{"Origin": {"https://mantua.lit"}}); err == nil || r.StatusCode != http.StatusForbidden {
		t.Errorf("another site: %v", err)
	} else {
		_ = r.Body.Close()
	}
}
