package daemon

import (
	"io"
	"net/http"
	"time"

	"causeway/bridge"
	"causeway/xmpp/bosh"
	"causeway/xmpp/websocket"
)

// The paths of streams over HTTP.
const (
	webSocketPath = "/ws"
	boshPath      = "/bosh"
)

// webStreams lets clients connect over HTTP. Their streams are served as those over
// TCP are; h.clients is there when the first one comes.
func (h *house) webStreams() {
	cfg := &h.cfg
	if cfg.WebSocket.Enabled {
		h.web.HandleExactly("websocket", webSocketPath, websocket.New(websocket.Config{
			Serve:   func(c *websocket.Conn) { h.carry(c) },
			Origins: cfg.WebSocket.Origins, Ping: time.Duration(cfg.WebSocket.Ping), Logger: h.log,
		}))
	}
	if cfg.BOSH.Enabled {
		h.web.HandleExactly("bosh", boshPath, bosh.New(bosh.Config{
			Serve: func(p *bosh.Pipe) { h.carry(p) },
			Wait:  time.Duration(cfg.BOSH.Wait), Hold: cfg.BOSH.Hold, Inactivity: time.Duration(cfg.BOSH.Inactivity),
			MaxPause: time.Duration(cfg.BOSH.Pause), BodyBytes: cfg.BOSH.BodyBytes, QueueBytes: cfg.C2S.QueueBytes, Logger: h.log, Park: park,
		}))
	}
	h.web.HandleExactly("host-meta", "/.well-known/host-meta", http.HandlerFunc(h.hostMeta))
	h.web.HandleExactly("host-meta", "/.well-known/host-meta.json", http.HandlerFunc(h.hostMetaJSON))
}

// health tells a watcher that the server runs, and does not mean to end.
func (h *house) health(w http.ResponseWriter, _ *http.Request) {
	if h.status.draining.Load() {
		bridge.Refuse(w, http.StatusServiceUnavailable, "draining")
		return
	}
	_, _ = io.WriteString(w, "ok\n") // who has gone needs no answer
}

// park takes a request that waits out of the hands of the HTTP server.
func park(w http.ResponseWriter, r *http.Request, gone func()) func(func(http.ResponseWriter)) {
	if p := bridge.ParkRead(w, r, gone); p != nil {
		return func(write func(http.ResponseWriter)) { p.Reply(write) } // bosh keeps its answers
	}
	return nil
}

// ready tells whoever sends clients here whether they will be served: all listeners
// are up, what clients say can be kept, and the server does not mean to end.
func (h *house) ready(w http.ResponseWriter, _ *http.Request) {
	not := ""
	switch {
	case h.status.draining.Load():
		not = "draining"
	case h.status.ears.Load() == nil:
		not = "starting"
	case !h.store.Writable():
		not = "the store takes nothing"
	}
	if not != "" {
		bridge.Refuse(w, http.StatusServiceUnavailable, not)
		return
	}
	_, _ = io.WriteString(w, "ok\n") // who has gone needs no answer
}
