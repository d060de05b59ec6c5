package webim

import (
	"context"
	"net/http"
	"strconv"
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
	h.attend(r.Context(), ws, t)
}

// attend has the tab fed until its client is gone, or it is.
func (h *Handler) attend(ctx context.Context, ws *websocket.Conn, t *tab) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &lane{tab: t, ws: ws, bell: make(bell, 1)}
	ws.SetPongHandler(l.heard)
	over := make(chan struct{})
	go func() { // ends when the connection does, at the latest when attend closes it
		defer close(over)
		defer cancel()
		for l.heard("") == nil {
			if _, _, err := ws.ReadMessage(); err != nil { // "heartbeat", of later libraries
				return
			}
		}
	}()
	l.feed(ctx, h.hall.stop)
	_ = ws.Close() // it has been said why
	<-over
	l.leave()
}

// A lane is a socket by which a tab is fed. What was written may lie in buffers on the way:
// behind each frame goes a ping, and its pong says that the frame has come.
type lane struct {
	tab  *tab
	ws   *websocket.Conn
	bell bell

	sent, came int // letters; the lock of the person guards them
}

// heard takes a pong, which says how many letters have come by it, or any other sign of
// life.
func (l *lane) heard(pong string) error {
	if n, err := strconv.Atoi(pong); err == nil {
		settle(l.arrived(n), true)
	}
	return l.ws.SetReadDeadline(time.Now().Add(2 * pingTime))
}

// arrived gives the letters that are settled when n have come.
func (l *lane) arrived(n int) []*letter {
	t := l.tab
	t.person.mu.Lock()
	defer t.person.mu.Unlock()
	if t.parked != waiter(l.bell) || t.ended || n <= l.came || n > l.sent {
		return nil
	}
	list := t.unsure[:n-l.came]
	t.unsure, l.came = t.unsure[n-l.came:], n
	return list
}

// leave ends the lane: what is not known to have come is owed.
func (l *lane) leave() {
	t := l.tab
	p := t.person
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.parked == waiter(l.bell) {
		t.parked, t.seen = nil, time.Now()
		p.owe(t.came()...)
	}
}

// feed writes what comes for the tab until ctx ends, the tab does, another socket or poll
// takes its place, or stop is closed.
func (l *lane) feed(ctx context.Context, stop <-chan struct{}) {
	t, p := l.tab, l.tab.person
	p.mu.Lock()
	settled := t.came() // as a poll would say
	t.wake()            // an older poll or socket
	t.parked = l.bell
	l.bell.wake()
	p.mu.Unlock()
	settle(settled, true)
	ping := time.NewTicker(pingTime)
	defer ping.Stop()
	for {
		select {
		case <-l.bell:
		case <-ping.C:
			if l.ping("") != nil {
				return
			}
			continue
		case <-stop:
			farewell(l.ws, websocket.CloseGoingAway)
			return
		case <-ctx.Done():
			return
		}
		p.mu.Lock()
		if t.parked != waiter(l.bell) || t.ended {
			p.mu.Unlock()
			farewell(l.ws, websocket.CloseNormalClosure)
			return
		}
		var body []byte
		if len(t.queue) > 0 {
			body = t.drain()
		}
		l.sent = l.came + len(t.unsure)
		upTo := strconv.Itoa(l.sent)
		p.mu.Unlock()
		if body == nil {
			continue
		}
		_ = l.ws.SetWriteDeadline(time.Now().Add(frameTime)) // a fault shows when it is written
		if l.ws.WriteMessage(websocket.TextMessage, body) != nil || l.ping(upTo) != nil {
			return // what was in it is owed
		}
	}
}

func (l *lane) ping(text string) error {
	return l.ws.WriteControl(websocket.PingMessage, []byte(text), time.Now().Add(frameTime))
}

func farewell(ws *websocket.Conn, code int) {
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(frameTime)) // who has gone needs no word
}
