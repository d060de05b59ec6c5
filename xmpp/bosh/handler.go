package bosh

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"causeway/xmpp/stanza"
)

// Config is what a Handler is made of.
type Config struct {
	// Serve serves the stream of a session until that ends. It sees to it that the Pipe
	// is closed.
	Serve func(*Pipe)
	// Wait and Hold are the most that a client can agree on, Inactivity is how long it
	// may be without a request, and MaxPause how long if it asks (XEP-0124
	// #session-response).
	Wait, Inactivity, MaxPause time.Duration
	Hold                       int
	BodyBytes                  int // of one request
	QueueBytes                 int // that wait for one client
	Logger                     *slog.Logger
	// Park takes a request that waits, and whose body has been read, out of the hands of
	// the HTTP server, and gives what answers it from any goroutine; gone is called if its
	// client goes before. It is nil if that cannot be, as in HTTP/2.
	Park func(w http.ResponseWriter, r *http.Request, gone func()) (reply func(write func(http.ResponseWriter)))
}

// A Handler answers the requests of all sessions. The RemoteAddr of a request has to
// be the client's, and its URL.Scheme "https" if nobody in between could read it.
type Handler struct {
	cfg Config

	mu       sync.Mutex
	sessions map[string]*session
}

// New makes a Handler.
func New(cfg Config) *Handler { return &Handler{cfg: cfg, sessions: make(map[string]*session)} }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// What is here is had by a sid, which no other page knows, and by no cookie: so
	// scripts of any page may ask.
	w.Header().Set("Access-Control-Allow-Origin", "*")
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost: // XEP-0124 #overview
		w.Header().Set("Allow", "POST, OPTIONS")
		http.Error(w, "this is for XMPP clients: POST a <body/> (XEP-0124)", http.StatusMethodNotAllowed)
	case r.Header.Get("Content-Encoding") != "" && r.Header.Get("Content-Encoding") != "identity":
		http.Error(w, "no encoding was offered", http.StatusUnsupportedMediaType) // XEP-0124 #session-response
	default:
		h.post(w, r)
	}
}

// post answers a request. What it brought is not held while it waits.
func (h *Handler) post(w http.ResponseWriter, r *http.Request) {
	b, status := h.receive(r)
	if status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	var s *session
	switch {
	case b == nil || b.rid == 0:
	case b.sid == "":
		s = h.create(b, r)
	default:
		if s = h.find(b.sid, r); s == nil {
			write(w, http.StatusOK, "", fatal(itemNotFound))
			return
		}
	}
	if s == nil {
		write(w, http.StatusOK, "", fatal(badRequest))
		return
	}
	q := s.receive(b)
	b = nil
	if a, ok := s.await(w, r, q); ok {
		write(w, a.status, s.content, a.xml)
	}
}

// find gives the session of a sid, nil if there is none, or if it was made on a
// connection that is better protected than this one.
func (h *Handler) find(sid string, r *http.Request) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[sid]
	if s == nil || s.pipe.secure && r.URL.Scheme != "https" {
		return nil
	}
	return s
}

func (h *Handler) forget(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s.sid)
}

var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptText is the largest buffer that is worth keeping for reuse.
const keptText = 64 << 10

// receive reads the body of a request. It is nil if it cannot be read; the status is 0
// unless HTTP has a word for what is wrong.
func (h *Handler) receive(r *http.Request) (*body, int) {
	if r.ContentLength > int64(h.cfg.BodyBytes) {
		return nil, http.StatusRequestEntityTooLarge
	}
	text := texts.Get().(*bytes.Buffer)
	text.Reset()
	n, err := io.Copy(text, io.LimitReader(r.Body, int64(h.cfg.BodyBytes)+1))
	var late net.Error
	switch {
	case errors.As(err, &late) && late.Timeout():
		return nil, http.StatusRequestTimeout
	case err != nil:
		return nil, http.StatusBadRequest
	case n > int64(h.cfg.BodyBytes):
		return nil, http.StatusRequestEntityTooLarge
	}
	// What an element may be is the business of whoever reads it.
	b, err := read(text.Bytes(), stanza.Limits{Bytes: h.cfg.BodyBytes, Depth: 1 << 10, Children: 1 << 12})
	if text.Cap() <= keptText {
		texts.Put(text)
	}
	if err != nil {
		return nil, 0
	}
	return b, 0
}

// write answers a request.
func write(w http.ResponseWriter, status int, content string, xml []byte) {
	if content == "" {
		content = "text/xml; charset=utf-8" // XEP-0124 #session-request
	}
	w.Header().Set("Content-Type", content)
	w.Header().Set("Content-Length", strconv.Itoa(len(xml)))
	w.WriteHeader(status)
	_, _ = w.Write(xml) // a client that has gone comes again, or does not
}

// spare is how long an answer may take to be written.
const spare = 30 * time.Second

// welcome is how long the first request waits at least, so that its answer has the
// features of the stream.
const welcome = 10 * time.Second

// parkAfter is how long a request waits in the hands of the HTTP server: most answers
// come sooner.
const parkAfter = time.Second

// await waits until q is answered; it is false if somebody else answers it. If its client
// goes away meanwhile, q is left for the request that may take its place.
func (s *session) await(w http.ResponseWriter, r *http.Request, q *request) (answer, bool) {
	select {
	case a := <-q.answer:
		return a, true
	default:
	}
	control := http.NewResponseController(w)
	// A writer without deadlines, as in tests, has nobody to wait for.
	_ = control.SetReadDeadline(time.Now().Add(s.wait + welcome + spare))
	_ = control.SetWriteDeadline(time.Now().Add(s.wait + welcome + spare))
	wait := s.wait
	if q.rid == s.first {
		wait = max(wait, welcome)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	quiet := time.NewTimer(parkAfter)
	defer quiet.Stop()
	until := time.Now().Add(wait)
	for {
		select {
		case a := <-q.answer:
			return a, true
		case <-timer.C:
			s.expire(q)
		case <-quiet.C:
			if s.park(w, r, q, until) {
				return answer{}, false
			}
		case <-r.Context().Done():
			s.leave(q)
			return answer{}, false // nobody would read it
		}
	}
}

// park has q wait with nothing of the HTTP server but its connection.
func (s *session) park(w http.ResponseWriter, r *http.Request, q *request, until time.Time) bool {
	if s.handler.cfg.Park == nil {
		return false
	}
	reply := s.handler.cfg.Park(w, r, func() { s.leave(q) })
	if reply == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.parked = func(a answer) {
		reply(func(w http.ResponseWriter) { write(w, a.status, s.content, a.xml) })
	}
	select {
	case a := <-q.answer: // in the last moment
		go q.parked(a) // ends when it is written, or the client too slow
	default:
		q.expires = time.AfterFunc(time.Until(until), func() { s.expire(q) })
	}
	return true
}

// address is the client's, which need not be the other end of the connection.
func address(r *http.Request) net.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(ap)
}
