package webim

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"causeway/bridge"
)

const (
	// helloTime is how long a socket has to say whose it is.
	helloTime = 10 * time.Second
	// pingTime is how often a socket is asked for a sign of life; the library sends none.
	pingTime = 30 * time.Second
	// frameTime is how long one frame may take to be written.
	frameTime = 10 * time.Second
	// maxFrame is the longest frame of a client: that with the ticket, or "heartbeat".
	maxFrame = maxToken + 1024
)

// socketBuffer is what an idle socket holds to read into.
const socketBuffer = 512

func newUpgrader(origins []string) *websocket.Upgrader {
	return &websocket.Upgrader{
		ReadBufferSize: socketBuffer, WriteBufferSize: 4 << 10, WriteBufferPool: new(sync.Pool),
		CheckOrigin: func(r *http.Request) bool { return !bridge.Foreign(r, origins) },
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			w.Header().Set("Sec-WebSocket-Version", "13") // RFC 6455 §4.4
			bridge.Answer(w, status, "", refusal(http.StatusText(status)))
		},
	}
}

// socket is the other form of the poll (wire §3.4): one frame of the client, "subscribe DOMAIN
// TICKET", and then frames with what a poll would have been answered. A ticket that is no
// good closes it.
func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	ws, err := h.upgrade.Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer func() { _ = ws.Close() }()
	ws.SetReadLimit(maxFrame)
	_ = ws.SetReadDeadline(time.Now().Add(helloTime)) // a fault shows when it is read
	_, text, err := ws.ReadMessage()
	if err != nil {
		return
	}
	words := strings.Fields(string(text))
	if len(words) != 3 || words[0] != "subscribe" {
		farewell(ws, websocket.ClosePolicyViolation)
		return
	}
	t, err := h.hall.tab(r.Context(), words[2])
	if err != nil {
		farewell(ws, websocket.ClosePolicyViolation)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() { // ends when the connection does, at the latest when socket returns
		defer cancel()
		heard := func(string) error { return ws.SetReadDeadline(time.Now().Add(2 * pingTime)) }
		ws.SetPongHandler(heard)
		for heard("") == nil {
			if _, _, err := ws.ReadMessage(); err != nil { // "heartbeat", of later libraries
				return
			}
		}
	}()
	t.feed(ctx, ws, h.hall.stop)
}

// feed writes what comes for the tab until ctx ends, the tab does, another socket or poll
// takes its place, or stop is closed.
func (t *tab) feed(ctx context.Context, ws *websocket.Conn, stop <-chan struct{}) {
	p := t.person
	p.mu.Lock()
	t.wake() // an older poll or socket
	mine := make(bell, 1)
	t.parked = mine
	mine.wake()
	p.mu.Unlock()
	ping := time.NewTicker(pingTime)
	defer ping.Stop()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if t.parked == waiter(mine) {
			t.parked, t.seen = nil, time.Now()
		}
	}()
	for {
		select {
		case <-mine:
		case <-ping.C:
			if ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(frameTime)) != nil {
				return
			}
			continue
		case <-stop:
			farewell(ws, websocket.CloseGoingAway)
			return
		case <-ctx.Done():
			return
		}
		p.mu.Lock()
		if t.parked != waiter(mine) || t.ended {
			p.mu.Unlock()
			farewell(ws, websocket.CloseNormalClosure)
			return
		}
		var body []byte
		if len(t.queue) > 0 {
			body = t.drain()
		}
		p.mu.Unlock()
		if body == nil {
			continue
		}
		_ = ws.SetWriteDeadline(time.Now().Add(frameTime)) // a fault shows when it is written
		if ws.WriteMessage(websocket.TextMessage, body) != nil {
			return // what was in it is owed
		}
		p.mu.Lock()
		settled := t.came() // nothing more will be known of it
		p.mu.Unlock()
		settle(settled, true)
	}
}

func farewell(ws *websocket.Conn, code int) {
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(frameTime)) // who has gone needs no word
}
