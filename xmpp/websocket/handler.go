package websocket

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// subprotocol is how XMPP is named in the handshake (RFC 7395 §3.1).
const subprotocol = "xmpp"

// writeBuffer is for one message while it is written; they are shared.
const writeBuffer = 4 << 10

// Config is what a Handler is made of.
type Config struct {
	// Serve serves the stream of a client. It may return while that goes on; it sees
	// to it that the Conn is closed.
	Serve func(*Conn)
	// Origins are those of the pages whose scripts may connect, such as
	// "https://chat.capulet.lit"; none means all. What is no browser sends no Origin
	// and may always connect.
	Origins []string
	// Ping is how long a client may be silent before it is asked for a sign of life.
	Ping   time.Duration
	Logger *slog.Logger
}

// A Handler turns requests into streams. The RemoteAddr of a request has to be the
// client's, and its URL.Scheme "https" if nobody in between could read it.
type Handler struct {
	cfg     Config
	upgrade websocket.Upgrader
}

// New makes a Handler.
func New(cfg Config) *Handler {
	h := &Handler{cfg: cfg}
	h.upgrade = websocket.Upgrader{
		// What makes the handshake writes, and does not read (reader.go).
		ReadBufferSize: 1, WriteBufferSize: writeBuffer, WriteBufferPool: writeBuffers,
		Subprotocols: []string{subprotocol},
		CheckOrigin:  h.allowed,
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			w.Header().Set("Sec-WebSocket-Version", "13") // RFC 6455 §4.4
			http.Error(w, http.StatusText(status), status)
		},
	}
	return h
}

// allowed reports whether a page of that origin may connect (RFC 6455 §10.2).
func (h *Handler) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return len(h.cfg.Origins) == 0 || origin == "" || slices.ContainsFunc(h.cfg.Origins, func(o string) bool {
		return strings.EqualFold(o, origin)
	})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if websocket.IsWebSocketUpgrade(r) && !slices.Contains(websocket.Subprotocols(r), subprotocol) {
		// RFC 7395 §3.1: "the client MUST include the value 'xmpp'".
		http.Error(w, "the subprotocol xmpp is not asked for", http.StatusBadRequest)
		return
	}
	below := &below{ResponseWriter: w}
	ws, err := h.upgrade.Upgrade(below, r, nil)
	if err != nil {
		h.cfg.Logger.Debug("no websocket", slog.Any("err", err))
		return // it has been answered
	}
	c := &Conn{
		ws: ws, outlet: below.outlet, addr: address(r), secure: r.URL.Scheme == "https", state: r.TLS, ping: h.cfg.Ping,
		in:  stream.NewFramer(stanza.Limits{}),
		out: stream.NewFramer(unlimited),
	}
	c.awaits.Store(true)
	h.cfg.Serve(c)
}

// below is a ResponseWriter that puts an outlet below the WebSocket.
type below struct {
	http.ResponseWriter
	outlet *outlet
}

// Hijack implements http.Hijacker.
func (b *below) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(b.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	b.outlet = &outlet{Conn: nc}
	return b.outlet, rw, nil
}

// address is the client's, which need not be the other end of the connection.
func address(r *http.Request) net.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(ap)
}
