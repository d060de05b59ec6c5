package webim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// A message that was written to a socket has come when its client says so; one of which
// nothing is known goes another way when the person leaves.
func TestSocketSettles(t *testing.T) {
	for answers, want := range map[bool]int{true: 0, false: 1} {
		o := new(orchard)
		p, _ := o.stands(t)
		one := &tab{id: "1"}
		p.attach(one)
		h := &Handler{hall: p.hall}
		over := make(chan struct{})
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(over)
			ws, err := newUpgrader(nil).Upgrade(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			h.attend(r.Context(), ws, one)
		}))
		ws, r, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if !answers {
			ws.SetPingHandler(func(string) error { return nil })
		}
		for _, text := range []string{"one", "two"} {
			o.exit.Deliver(chat(romeo, text))
			if _, frame, err := ws.ReadMessage(); err != nil || !strings.Contains(string(frame), text) {
				t.Fatalf("%s %v", frame, err)
			}
		}
		// To read on is to meet the last ping; the end comes behind its pong.
		old := ws.PingHandler()
		ws.SetPingHandler(func(text string) error {
			err := old(text)
			_ = ws.Close()
			return err
		})
		if _, _, err := ws.ReadMessage(); err == nil {
			t.Error("something else came")
		}
		<-over
		p.leave(t.Context())
		if len(o.again) != 2*want {
			t.Errorf("answers %t: %d go another way", answers, len(o.again))
		}
		srv.Close()
	}
}
