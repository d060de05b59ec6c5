package command

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

const (
	sessionLife = 10 * time.Minute // from its last request
	maxSessions = 1000             // of all people; the one idle for longest makes room
	maxOwn      = 16               // of one full JID
)

// An execution is a command that waits for a form to be filled in.
type execution struct {
	id        string // "" before it was kept for the first time
	node      string
	who, host jid.JID
	given     []*form.Form // one for each stage that is over
	expires   time.Time
}

// last reports whether the stage that is being asked for is the last one.
func (x *execution) last(c Command) bool { return len(x.given) >= len(c.Forms)-1 }

// merged gives all fields that were filled in, the latest of each name.
func (x *execution) merged() *form.Form {
	var all *form.Form
	for _, f := range x.given {
		all = f.Merge(all)
	}
	if all == nil {
		all = &form.Form{Type: form.Submit}
	}
	return all
}

// sessions holds the executions that wait. While a request works on one it is
// not in here, so two requests of one session cannot run the command twice.
type sessions struct {
	key []byte // ids are signed with it

	mu      sync.Mutex
	waiting map[string]*list.Element // of *execution
	order   list.List                // the one to expire first comes first
	own     map[jid.JID]int
}

func newSessions() *sessions {
	key := make([]byte, sha256.Size)
	rand.Read(key) // crypto/rand.Read never fails
	return &sessions{key: key, waiting: make(map[string]*list.Element), own: make(map[jid.JID]int)}
}

// take gives a session to its owner. An id of ours that is not there any more was
// used up or has timed out; the signature tells it from one that never was
// (XEP-0050 #desc-errors: session-expired, bad-sessionid).
func (s *sessions) take(id, node string, who, host jid.JID) (*execution, error) {
	nonce, _, _ := strings.Cut(id, "-")
	if !hmac.Equal([]byte(id), []byte(s.sign(nonce, node, who, host))) {
		return nil, badSession()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	e, ok := s.waiting[id]
	if !ok {
		return nil, sessionExpired()
	}
	return s.remove(e), nil
}

// keep makes an execution wait for its next request.
func (s *sessions) keep(x *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.id == "" {
		x.id = s.sign(newID(), x.node, x.who, x.host)
	}
	x.expires = time.Now().Add(sessionLife)
	s.expire()
	s.waiting[x.id] = s.order.PushBack(x)
	s.own[x.who]++
	for e := s.order.Front(); s.own[x.who] > maxOwn; {
		next := e.Next()
		if old, ok := e.Value.(*execution); ok && old.who == x.who {
			s.remove(e)
		}
		e = next
	}
	if len(s.waiting) > maxSessions {
		s.remove(s.order.Front())
	}
}

// expire forgets what has waited too long.
func (s *sessions) expire() {
	now := time.Now()
	for e := s.order.Front(); e != nil; e = s.order.Front() {
		if x, ok := e.Value.(*execution); ok && x.expires.After(now) {
			return
		}
		s.remove(e)
	}
}

func (s *sessions) remove(e *list.Element) *execution {
	x, ok := s.order.Remove(e).(*execution)
	if !ok {
		return nil
	}
	delete(s.waiting, x.id)
	if s.own[x.who]--; s.own[x.who] == 0 {
		delete(s.own, x.who)
	}
	return x
}

// sign makes the id of a session, valid for one command, "between one
// requester/responder pair" (XEP-0050 #impl-session).
func (s *sessions) sign(nonce, node string, who, host jid.JID) string {
	m := hmac.New(sha256.New, s.key)
	for _, part := range []string{nonce, node, who.String(), host.String()} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	return nonce + "-" + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(m.Sum(nil)[:16])
}

func newID() string { return rand.Text() }
