package bosh

import (
	"net/http"
	"strconv"
	"time"
)

// An answer is what is written to a request.
type answer struct {
	status int
	xml    []byte
}

// answered is an answer that may be asked for again.
type answered struct {
	answer
	rid     uint64
	at      time.Time
	payload []byte // of it, what the client has not been seen to get
}

// say answers q. The lock is held.
func (q *request) say(a answer) {
	if q.parked != nil {
		if q.expires != nil {
			q.expires.Stop()
		}
		go q.parked(a) // ends when it is written, or the client too slow
		return
	}
	select {
	case q.answer <- a:
	default:
	}
}

// recoverable asks the client to come again (XEP-0124 #errorstatus-recover).
func (*session) recoverable() answer {
	return answer{http.StatusOK, makeBody([]attr{{"type", "error"}}, nil)}
}

// push answers what is to be answered, in order (XEP-0124 #payloads). The lock is held.
func (s *session) push() {
	for len(s.held) > 0 && s.ready(s.held[0]) {
		q := s.held[0]
		payload := s.pipe.queue
		if q.gone || q.pause || s.ending != nil && s.ending.told {
			// XEP-0124 #inactive: the answer to a pause "MUST NOT contain any payloads".
			payload = nil
		} else {
			s.pipe.queue = nil
			s.pipe.changed.Broadcast()
		}
		s.reply(q, payload)
	}
	switch {
	case s.ending != nil && s.ending.told && !s.waiting():
		s.timer.Stop()
		s.handler.forget(s) // sessions that are made and ended in haste leave nothing behind
	case s.waiting():
		s.timer.Stop()
		s.idle = time.Time{}
	case s.idle.IsZero():
		s.timer.Reset(s.patience())
		s.idle = time.Now()
	}
}

// ready reports whether the oldest request is to be answered now.
func (s *session) ready(q *request) bool {
	switch {
	case q.first && !s.opened && s.ending == nil:
		return false // the stream has to be open before anything is said
	case q.gone:
		return len(s.held) > 1 || s.ending != nil // whoever comes next may take its place
	case s.ending != nil, s.pause > 0, s.report > 0, len(s.pipe.queue) > 0:
		return true
	}
	// A client whose words are not read yet is not asked for more.
	return len(s.held) > s.hold && len(s.pipe.in) == 0
}

// reply answers the oldest request.
func (s *session) reply(q *request, payload []byte) {
	s.held[0] = nil
	if s.held = s.held[1:]; len(s.held) == 0 {
		s.held = nil
	}
	var attrs []attr
	if q.first {
		attrs = s.terms()
	}
	now := time.Now()
	if last := s.next - 1; last != q.rid && !q.first {
		attrs = append(attrs, attr{"ack", strconv.FormatUint(last, 10)}) // XEP-0124 #ack-request
	}
	for _, a := range s.answered {
		if a.rid == s.report && s.report > 0 {
			attrs = append(attrs, attr{"report", strconv.FormatUint(a.rid, 10)}, attr{"time", strconv.FormatInt(now.Sub(a.at).Milliseconds(), 10)})
		}
	}
	s.report = 0
	status := http.StatusOK
	if e := s.ending; e != nil && !e.told {
		e.told = true
		var more []attr
		status, more = e.terms(s.ver == "")
		attrs = append(attrs, more...)
		payload = append(payload, e.failure...)
	}
	if len(payload) > 0 {
		s.quiet = false
	}
	a := answered{answer: answer{status, makeBody(attrs, payload)}, rid: q.rid, at: now, payload: payload}
	q.say(a.answer)
	if s.answered = append(s.answered, a); len(s.answered) > s.requests {
		s.answered[0] = answered{}
		s.answered = s.answered[1:]
	}
}

// waiting reports whether some client waits for an answer.
func (s *session) waiting() bool {
	for _, q := range s.held {
		if !q.gone {
			return true
		}
	}
	for _, q := range s.early {
		if !q.gone {
			return true
		}
	}
	return false
}

// patience is how long the client may be without a request.
func (s *session) patience() time.Duration {
	if s.pause > 0 {
		return s.pause
	}
	return s.handler.cfg.Inactivity
}

// expire answers q, which has waited for long enough, and all before it.
func (s *session) expire(q *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, held := range s.held {
		if held == q {
			for range i + 1 {
				s.reply(s.held[0], nil)
			}
			break
		}
	}
	if early := s.early[q.rid]; early == q {
		// The one before it has not come.
		delete(s.early, q.rid)
		q.say(s.recoverable())
	}
	s.push()
}

// leave notes that nobody waits for the answer to q any more.
func (s *session) leave(q *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.gone = true
	s.push()
}
