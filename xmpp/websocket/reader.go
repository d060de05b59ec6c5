package websocket

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// A reader reads the frames of a client while there are any. The library reads by a
// connection of its own that cannot be left in a wait and entered again, so an idle
// client has none: the next message gets a new one, which is told that the handshake is
// over by being given one that leads nowhere.
type reader struct {
	net.Conn // the connection below
	outlet   *outlet
	ws       *websocket.Conn
	in       *bufio.Reader
	out      *bufio.Writer // for the handshake that leads nowhere
	taken    int64         // bytes that have come
	whole    int64         // of them, those of whole messages and control frames
	begun    bool          // the handshake is over
	rested   bool          // it has been left, where it can be left
}

// errResting says that reading has been interrupted between two messages.
var errResting = errors.New("resting")

var (
	readers      = sync.Pool{New: func() any { return &reader{in: bufio.NewReaderSize(nil, 4<<10), out: bufio.NewWriterSize(nil, 16)} }}
	writeBuffers = new(sync.Pool)
)

// inward makes a connection of the library that only reads.
var inward = websocket.Upgrader{WriteBufferSize: writeBuffer, WriteBufferPool: writeBuffers, CheckOrigin: func(*http.Request) bool { return true }}

// handshake is one that the library takes.
var handshake = &http.Request{Method: http.MethodGet, URL: new(url.URL), Header: http.Header{
	"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="},
}}

// reading gives what reads, which is made if there is none.
func (c *Conn) reading() *websocket.Conn {
	if c.from != nil {
		c.from.checkpoint()
		return c.from.ws
	}
	r := readers.Get().(*reader)
	*r = reader{Conn: c.outlet.Conn, outlet: c.outlet, in: r.in, out: r.out}
	r.in.Reset(r)
	r.out.Reset(r)
	ws, err := inward.Upgrade(r, handshake, nil)
	if err != nil {
		panic(err) // the handshake is ours, and so are both ends
	}
	r.begun = true
	r.ws = ws
	ws.SetPingHandler(func(data string) error {
		r.checkpoint()
		return c.pinged(data)
	})
	ws.SetPongHandler(func(data string) error {
		r.checkpoint()
		return c.ponged(data)
	})
	ws.SetCloseHandler(func(code int, _ string) error {
		// RFC 6455 §5.5.1: it is answered.
		c.sayGoodbye(code)
		return nil
	})
	c.from = r
	return ws
}

// stopReading gives the reader back.
func (c *Conn) stopReading() {
	r := c.from
	c.from = nil
	*r = reader{in: r.in, out: r.out}
	readers.Put(r)
}

// checkpoint notes that all that was taken from the buffer is dealt with.
func (r *reader) checkpoint() { r.whole = r.taken - int64(r.in.Buffered()) }

// Read gives the library what comes. When it is to rest it ends between two frames only.
func (r *reader) Read(p []byte) (int, error) {
	for {
		n, err := r.Conn.Read(p)
		r.taken += int64(n)
		if n > 0 || !r.outlet.rested(err) {
			return n, err
		}
		if r.taken == r.whole {
			r.rested = true
			return 0, err
		}
	}
}

// Write throws away the answer to the handshake. All else goes by the outlet: a fault
// of the client has the library say so here.
func (r *reader) Write(p []byte) (int, error) {
	if r.begun {
		return r.outlet.Write(p)
	}
	return len(p), nil
}

// SetDeadline does nothing: deadlines are the outlet's.
func (*reader) SetDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing either.
func (*reader) SetWriteDeadline(time.Time) error { return nil }

// Hijack implements http.Hijacker.
func (r *reader) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return r, bufio.NewReadWriter(r.in, r.out), nil
}

// Header, WriteHeader and Write make it a http.ResponseWriter.
func (*reader) Header() http.Header { return http.Header{} }

// WriteHeader does nothing: the handshake leads nowhere.
func (*reader) WriteHeader(int) {}
