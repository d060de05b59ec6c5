package bosh

import (
	"crypto/rand"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// ourVersion is the version of the protocol that we speak (XEP-0124 #session-response).
const ourMajor, ourMinor = 1, 11

// The shortest time between two empty requests (XEP-0124 #poll, #overactive).
const (
	pollInterval = 5 * time.Second // of a client that asks for news now and then
	holdInterval = time.Second     // of one whose requests are held
)

// A session is a client.
type session struct {
	handler *Handler
	sid     string
	pipe    *Pipe

	// What was agreed on (XEP-0124 #session).
	wait     time.Duration
	hold     int
	requests int // at once
	polling  time.Duration
	content  string // the type of the answers
	ver      string // "" if the client is older than binding conditions
	acks     bool   // the client tells what it has got
	to, lang string

	mu       sync.Mutex
	first    uint64 // the rid that made the session
	next     uint64 // the rid whose turn it is
	early    map[uint64]*request
	held     []*request // in order, whose answers are to come
	answered []answered // the last ones, in order
	repeats  int        // requests for an answer that was given, since the last new one
	key      string     // that the hash of the next one has to be; "" if none is used
	lately   time.Time  // when the last new request came
	quiet    bool       // it was empty, and got nothing
	report   uint64     // the answer that the client has missed; 0 if none
	pause    time.Duration
	opened   bool // the answer to the first request may go
	ending   *ending
	timer    *time.Timer // for clients without a request ...
	idle     time.Time   // ... since then; zero if there is one
}

// create makes a session; nil if what is asked for makes no sense (XEP-0124
// #session-request).
func (h *Handler) create(b *body, r *http.Request) *session {
	s := &session{
		handler: h, sid: rand.Text() + rand.Text(), next: b.rid, first: b.rid,
		wait: atMost(b.wait, h.cfg.Wait), hold: h.cfg.Hold, ver: version(b.ver), acks: b.ack != "",
		to: b.to, lang: b.lang, key: b.newkey,
	}
	if n, err := strconv.Atoi(b.hold); err == nil && n >= 0 {
		s.hold = min(s.hold, n)
	}
	s.requests, s.polling = s.hold+1, holdInterval
	if s.hold == 0 || s.wait == 0 {
		s.hold, s.polling = 0, pollInterval
	}
	if typeOfAnswers(b.content) {
		s.content = b.content
	}
	s.pipe = &Pipe{session: s, addr: address(r), secure: r.URL.Scheme == "https", out: stream.NewFramer(unlimited)}
	s.pipe.changed.L = &s.mu
	s.timer = time.AfterFunc(h.cfg.Inactivity, s.inactive)
	s.timer.Stop()
	if b.to == "" {
		s.finish(&ending{condition: improperAddressing})
		return s
	}
	h.mu.Lock()
	h.sessions[s.sid] = s
	h.mu.Unlock()
	go h.cfg.Serve(s.pipe) // stopped by the end of the session
	return s
}

// typeOfAnswers reports whether a client may have its answers in a media type: it is that
// of XML, or text/html, which XEP-0124 #session-request names for clients that take
// nothing else. What others make of an answer, from a script to a program, it is not.
func typeOfAnswers(content string) bool {
	typ, _, err := mime.ParseMediaType(content)
	return err == nil && (typ == "text/xml" || typ == "application/xml" || typ == "text/html" || strings.HasSuffix(typ, "+xml"))
}

// atMost reads seconds, which are not to be more than most.
func atMost(text string, most time.Duration) time.Duration {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return most
	}
	return min(most, time.Duration(n)*time.Second)
}

// version gives the lower of the client's version and ours.
func version(theirs string) string {
	before, after, ok := strings.Cut(theirs, ".")
	major, err := strconv.ParseUint(before, 10, 16)
	minor, bad := strconv.ParseUint(after, 10, 16)
	if !ok || err != nil || bad != nil {
		return ""
	}
	if major > ourMajor || major == ourMajor && minor > ourMinor {
		major, minor = ourMajor, ourMinor
	}
	return strconv.FormatUint(major, 10) + "." + strconv.FormatUint(minor, 10)
}

// header is the opening tag of the client's stream (XEP-0206 #initiate). Clients of
// old do not say that they know XMPP 1.0; none of another kind is left.
func (s *session) header(b *body) []byte {
	h := stream.Header{To: s.to, From: b.from, Lang: s.lang, Version: "1.0", ContentNS: stream.NSClient}
	if b.to != "" {
		h.To = b.to
	}
	if b.lang != "" {
		h.Lang = b.lang
	}
	if b.version != "" {
		h.Version = b.version
	}
	return stream.AppendHeader(nil, &h)
}

// terms are the attributes of the first answer (XEP-0124 #session-response, XEP-0206
// #create). The lock is held.
func (s *session) terms() []attr {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	cfg := &s.handler.cfg
	terms := []attr{
		{"sid", s.sid},
		{"wait", seconds(s.wait)},
		{"requests", strconv.Itoa(s.requests)},
		{"hold", strconv.Itoa(s.hold)},
		{"inactivity", seconds(cfg.Inactivity)},
		{"polling", seconds(s.polling)},
		{"ver", s.ver},
		{"from", s.pipe.from},
		{"ack", strconv.FormatUint(s.first, 10)},
		{"charsets", "UTF-8"},
		{"authid", s.pipe.id},
		{"xmlns:xmpp", nsXMPP},
		{"xmpp:version", "1.0"},
		{"xmpp:restartlogic", "true"},
	}
	if cfg.MaxPause > 0 {
		terms = append(terms, attr{"maxpause", seconds(cfg.MaxPause)})
	}
	return terms
}

// unlimited lets all pass that we write ourselves.
var unlimited = stanza.Limits{Bytes: 1 << 30, Depth: 1 << 16, Attrs: 1 << 16, Children: 1 << 24}
