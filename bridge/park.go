package bridge

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Parked is a request that waits for its answer, for as long as it takes, with nothing
// of the HTTP server but its connection: no buffers, and one small goroutine that sees the
// client go. When it has been answered the connection goes back to the server (resume.go).
type Parked struct {
	conn   net.Conn
	server *http.Server
	header http.Header // what the handler had set
	last   bool        // the connection ends with the answer

	reading chan struct{} // closed when nobody reads

	mu   sync.Mutex // guards the following
	over bool       // it has been answered, or the client has gone
}

// Park takes a request out of the hands of the HTTP server; its handler returns without
// having answered. It is nil if that cannot be, as with HTTP/2, where a request that waits
// has no connection of its own; then the handler waits. Gone is called if the client goes
// before Answer has been called.
func Park(w http.ResponseWriter, r *http.Request, gone func()) *Parked {
	if r.ContentLength != 0 {
		return nil
	}
	return ParkRead(w, r, gone)
}

// ParkRead is Park for a request whose handler has read its body to the end.
func ParkRead(w http.ResponseWriter, r *http.Request, gone func()) *Parked {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || r.ProtoMajor != 1 || r.ProtoMinor != 1 {
		return nil
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	p := &Parked{
		conn: unwrapped(conn), server: server, header: w.Header().Clone(), last: r.Close || buffered.Reader.Buffered() > 0,
		reading: make(chan struct{}),
	}
	go p.watch(gone) // ends when the client goes or says something, or by Answer
	return p
}

// watch reads until the client goes. What says something before it is answered is no
// browser; its connection ends with the answer.
func (p *Parked) watch(gone func()) {
	defer close(p.reading)
	var one [1]byte
	_, err := p.conn.Read(one[:])
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return
	}
	p.last = true
	p.over = err != nil
	p.mu.Unlock()
	if err != nil {
		_ = p.conn.Close()
		gone()
	}
}

// Answer answers as the function of that name does, from any goroutine. It writes, so it
// may take a while; of several calls the first counts. It is false if the client cannot
// have got the answer: it has gone, or another answer came first.
func (p *Parked) Answer(status int, callback string, v any) bool {
	return p.Reply(func(w http.ResponseWriter) { Answer(w, status, callback, v) })
}

// Reply answers with what f writes; it is else as Answer. The length of the body has to
// be in the header.
func (p *Parked) Reply(f func(http.ResponseWriter)) (written bool) {
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return false
	}
	p.over = true
	p.mu.Unlock()
	_ = p.conn.SetReadDeadline(time.Unix(1, 0)) // whoever reads ends by it
	<-p.reading
	_ = p.conn.SetReadDeadline(time.Time{})

	reply := &reply{header: p.header}
	f(reply)
	_ = p.conn.SetWriteDeadline(time.Now().Add(paceTime))
	_, err := p.conn.Write(reply.bytes(p.last))
	_ = p.conn.SetWriteDeadline(time.Time{})
	if err != nil || p.last {
		_ = p.conn.Close()
		return err == nil
	}
	go resume(p.conn, p.server) // ends when the client says something or goes, or falls idle
	return true
}

// A reply is an answer that is not written yet.
type reply struct {
	header http.Header
	status int
	body   []byte
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) { r.status = status }

func (r *reply) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

func (r *reply) bytes(last bool) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	r.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if last {
		r.header.Set("Connection", "close")
	}
	_ = r.header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(r.body)
	return b.Bytes()
}
