package bosh

import (
	"net/http"
	"time"
)

// The conditions that end a session (XEP-0124 #errorstatus-terminal).
const (
	badRequest         = "bad-request"
	hostUnknown        = "host-unknown"
	improperAddressing = "improper-addressing"
	itemNotFound       = "item-not-found"
	otherRequest       = "other-request"
	policyViolation    = "policy-violation"
	connectionFailed   = "remote-connection-failed"
	streamError        = "remote-stream-error"
	systemShutdown     = "system-shutdown"
)

// An ending is how a session ends.
type ending struct {
	condition string // "" if in order
	failure   []byte // the <stream:error/> that goes with it
	told      bool   // some request has been answered with it
}

// terms gives the status and the attributes of the answer that tells of it. A client
// from before there were binding conditions knows some of them as errors of HTTP
// (XEP-0124 #errorstatus-http).
func (e *ending) terms(old bool) (status int, attrs []attr) {
	status = http.StatusOK
	if old {
		switch e.condition {
		case badRequest:
			status = http.StatusBadRequest
		case policyViolation:
			status = http.StatusForbidden
		case itemNotFound:
			status = http.StatusNotFound
		}
	}
	return status, []attr{{"type", "terminate"}, {"condition", e.condition}}
}

// fatal is the answer to a request of no session.
func fatal(condition string) []byte {
	return makeBody([]attr{{"type", "terminate"}, {"condition", condition}}, nil)
}

// fault ends the session by what is wrong with q, which is in no line. The others are
// told that they are not the cause.
func (s *session) fault(q *request, condition string) {
	status, attrs := (&ending{condition: condition}).terms(s.ver == "")
	q.say(answer{status, makeBody(attrs, nil)})
	s.finish(&ending{condition: otherRequest, told: !s.waiting()})
}

// finish ends the session. The oldest request is told why, the others get nothing
// (XEP-0124 #terminate); the next one is told if none waits. The lock is held, or
// nobody knows the session yet.
func (s *session) finish(e *ending) {
	if s.ending != nil {
		return
	}
	s.ending = e
	s.pipe.stir()
	for rid, q := range s.early {
		q.say(answer{http.StatusOK, makeBody(nil, nil)})
		delete(s.early, rid)
	}
	s.push()
}

// refuse answers a request of a session that has ended: with the reason, if nobody has
// been told.
func (s *session) refuse(q *request) {
	if e := s.ending; !e.told {
		s.held = append(s.held, q)
		s.push()
		return
	}
	status, attrs := (&ending{condition: itemNotFound}).terms(s.ver == "")
	q.say(answer{status, makeBody(attrs, nil)})
}

// inactive ends a session whose client has no request and does not come back (XEP-0124
// #inactive), or forgets one that has ended.
func (s *session) inactive() {
	s.mu.Lock()
	if s.idle.IsZero() || time.Since(s.idle) < s.patience() {
		s.mu.Unlock()
		return // something has come in the last moment
	}
	s.finish(&ending{condition: itemNotFound})
	s.mu.Unlock()
	s.handler.forget(s)
}
