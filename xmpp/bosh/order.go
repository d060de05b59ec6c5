package bosh

import (
	"crypto/sha1" //nolint:gosec // XEP-0124 #keys-intro: "The hashing algorithm MUST be SHA-1"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/stream"
)

// A request is one that has come. Whoever waits for its answer reads it from there.
type request struct {
	body    *body // nil once its turn has been
	rid     uint64
	first   bool
	pause   bool
	gone    bool // its client does not wait any more
	answer  chan answer
	parked  func(answer) // writes the answer if nobody waits for it; it takes its time
	expires *time.Timer  // of one that is parked
}

// maxRepeats is how often answers may be asked for again before something new comes
// (XEP-0124 #rids-broken).
const maxRepeats = 10

func newRequest(b *body) *request { return &request{body: b, rid: b.rid, answer: make(chan answer, 1)} }

// receive takes a request that has come, and all that have waited for it.
func (s *session) receive(b *body) *request {
	q := newRequest(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.rid < s.next {
		s.again(q)
		return q
	}
	switch {
	case s.ending != nil:
		s.refuse(q)
		return q
	case b.rid >= s.next+uint64(s.window(b)):
		// XEP-0124 #rids-order: "greater than the values in the window"
		s.fault(q, itemNotFound)
		return q
	case s.early[b.rid] != nil:
		s.early[b.rid].say(s.recoverable())
		s.early[b.rid] = q
		return q
	}
	if s.early == nil {
		s.early = make(map[uint64]*request)
	}
	s.early[b.rid] = q
	for q := s.early[s.next]; q != nil && s.ending == nil; q = s.early[s.next] {
		delete(s.early, s.next)
		s.next++
		s.turn(q)
	}
	if len(s.early) == 0 {
		s.early = nil
	}
	s.push()
	return q
}

// window is how many requests may come at once, this one among them (XEP-0124
// #overactive).
func (s *session) window(b *body) int {
	if b.last() {
		return s.requests + 1
	}
	return s.requests
}

// again takes a request whose rid has come before (XEP-0124 #rids-broken).
func (s *session) again(q *request) {
	for _, a := range s.answered {
		if a.rid != q.rid {
			continue
		}
		if s.repeats++; s.repeats > maxRepeats && s.ending == nil {
			s.fault(q, policyViolation)
			return
		}
		q.say(a.answer)
		return
	}
	for i, old := range s.held {
		if old.rid == q.rid && s.ending == nil {
			// "it SHOULD respond immediately to the existing request with a recoverable
			// binding condition"
			old.say(s.recoverable())
			q.first, q.pause, q.body = old.first, old.pause, nil
			s.held[i] = q
			s.push()
			return
		}
	}
	if s.ending != nil {
		s.refuse(q)
		return
	}
	// "If the original response is not available", or there never was one: "The error is
	// the same".
	s.fault(q, itemNotFound)
}

// turn takes the request whose turn it is.
func (s *session) turn(q *request) {
	b := q.body
	q.body = nil
	now := time.Now()
	q.first = q.rid == s.first
	for len(s.held) > 0 && s.held[0].gone {
		s.reply(s.held[0], nil) // nobody has come for it
	}
	s.pause, s.repeats = 0, 0
	switch {
	case !q.first && !s.unlocks(b):
		s.fault(q, itemNotFound) // XEP-0124 #keys-use
		return
	case s.overactive(b, now):
		s.fault(q, policyViolation)
		return
	case b.restart && !q.first && !s.pipe.restarts:
		s.fault(q, badRequest)
		return
	case s.floods(b):
		s.fault(q, policyViolation) // XEP-0124 #errorstatus-terminal
		return
	}
	s.held = append(s.held, q)
	s.lately, s.quiet = now, b.empty() && !b.last() && !b.restart && !q.first
	s.confirm(b)
	switch {
	case q.first:
		s.pipe.feed(s.header(b))
	case b.restart:
		s.pipe.restarts = false
		s.pipe.feed(s.header(b)) // XEP-0206 #preconditions-sasl; "an XML stanza in the body ... SHOULD" be ignored
		return
	}
	s.pipe.feed(b.payload)
	if b.kind == "terminate" {
		s.pipe.feed(stream.AppendClose(nil)) // XEP-0124 #terminate
	}
	if b.pause != "" && b.kind != "terminate" {
		s.rest(q, b)
	}
}

// rest begins a pause (XEP-0124 #inactive).
func (s *session) rest(q *request, b *body) {
	n, err := strconv.ParseUint(b.pause, 10, 31)
	if d := time.Duration(n) * time.Second; err == nil && d > 0 && d <= s.handler.cfg.MaxPause {
		q.pause, s.pause = true, d
	}
}

// unlocks checks the key of a request, if keys are used (XEP-0124 #keys-use).
func (s *session) unlocks(b *body) bool {
	if s.key != "" {
		sum := sha1.Sum([]byte(b.key)) //nolint:gosec // see the import
		want, got := strings.ToLower(s.key), hex.EncodeToString(sum[:])
		if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
			return false
		}
		s.key = b.key
	}
	if b.newkey != "" {
		s.key = b.newkey // XEP-0124 #keys-switch
	}
	return true
}

// overactive reports whether the client asks for more than it may (XEP-0124
// #overactive, #poll). Its request is not in held yet.
func (s *session) overactive(b *body, now time.Time) bool {
	if len(s.held) >= s.window(b) {
		return true
	}
	// Of requests that are held, only as many as are allowed in all are too many.
	hasty := b.empty() && !b.restart && !b.last() && now.Sub(s.lately) < s.polling
	return hasty && s.quiet && (s.hold == 0 || len(s.held)+1 == s.requests)
}

// floods reports whether the client sends more than is read of it. Requests that are
// answered whatever is unread, as by a wait of no time or a pause, would else have it
// heap up without end; those that are held bring no more than fits.
func (s *session) floods(b *body) bool {
	room := (s.requests + 1) * s.handler.cfg.BodyBytes
	return len(s.pipe.in) > 0 && len(s.pipe.in)+len(b.payload) > room
}

// confirm notes which answers the client has got.
func (s *session) confirm(b *body) {
	upTo := s.got(b)
	s.report = 0
	for i := range s.answered {
		a := &s.answered[i]
		switch {
		case a.rid <= upTo:
			a.payload = nil
		case s.acks && s.report == 0:
			s.report = a.rid
		}
	}
}

// got gives the rid up to which the client has all answers, by its request b.
func (s *session) got(b *body) uint64 {
	if b.rid == s.first {
		return 0
	}
	if s.acks {
		// XEP-0124 #ack-response: it says nothing "if it has received responses to all its
		// previous requests".
		if n, err := strconv.ParseUint(b.ack, 10, 64); err == nil {
			return n
		}
		return maxRid
	}
	// Of one that never says it, no more is known than that it has as many requests at
	// once as it may (XEP-0124 #overactive): an answer may have crossed this one.
	atOnce := uint64(s.requests)
	if b.pause != "" {
		atOnce++ // it may come beside them
	}
	return b.rid - min(b.rid, atOnce)
}
