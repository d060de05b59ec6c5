package plugchat

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"causeway/bridge"
)

// maxWaiting is how many polls of one session wait at once; beyond it the oldest is
// answered.
const maxWaiting = 12

// poll is POST /plugchat/poll: it waits until something has come that the page has not got.
func (h *Handler) poll(w http.ResponseWriter, r *http.Request) {
	app, p, err := h.called(w, r)
	var s *session
	if err == nil {
		s, err = h.hall.find(r.Context(), app.ID, p["key"], bridge.Address(r))
	}
	if err == nil && h.polls.Allow(s.id) > 0 {
		err = errOften
	}
	after, bad := strconv.ParseUint(p["after"], 10, 64)
	if err == nil && bad != nil {
		err = errInvalid("after")
	}
	allow(w, r, err)
	if err != nil {
		bridge.Answer(w, http.StatusOK, "", h.answerOf("poll", nil, err))
		return
	}
	seat := &seat{h: h, session: s, after: after, rings: make(chan struct{}, 1)}
	seat.sit(w, r)
}

// A seat is a poll that waits: without a goroutine of ours where that can be.
type seat struct {
	h       *Handler
	session *session
	after   uint64
	rings   chan struct{} // has a token when the poll is to be answered

	mu     sync.Mutex // guards the following
	parked *bridge.Parked
	woken  bool
	timer  *time.Timer
}

// parkAfter is how long a poll waits in its goroutine before it is parked: to park it and
// to take it up again costs as much as a message does.
const parkAfter = 2 * time.Second

func (p *seat) sit(w http.ResponseWriter, r *http.Request) {
	p.session.seat(p)
	hold := p.h.cfg.Poll
	bridge.Wait(w, hold)
	if p.stay(w, r, min(hold, parkAfter)) {
		return
	}
	if hold -= parkAfter; hold > 0 {
		if parked := bridge.ParkRead(w, r, p.leave); parked != nil {
			p.park(parked, hold)
			return
		}
		if p.stay(w, r, hold) {
			return
		}
	}
	bridge.Answer(w, http.StatusOK, "", p.answer())
}

// stay waits in the goroutine of the request; false if nothing has happened.
func (p *seat) stay(w http.ResponseWriter, r *http.Request, hold time.Duration) bool {
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-p.rings:
	case <-p.h.hall.stop:
	case <-r.Context().Done():
		p.session.rise(p)
		return true // nobody is there
	}
	bridge.Answer(w, http.StatusOK, "", p.answer())
	return true
}

// answer ends the waiting.
func (p *seat) answer() answer {
	s := p.session
	s.rise(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-p.h.hall.stop: // the page comes back when the server does
	default:
		if s.gone || s.line.Ended() {
			return p.h.answerOf("poll", nil, errInvalid("key"))
		}
	}
	return p.h.answerOf("poll", s.update(p.after), nil)
}

// park lets the request wait without us.
func (p *seat) park(parked *bridge.Parked, hold time.Duration) {
	p.mu.Lock()
	p.parked = parked
	woken := p.woken
	if !woken {
		p.timer = time.AfterFunc(hold, p.wake)
	}
	p.mu.Unlock()
	if woken {
		p.reply()
	}
}

// wake has the poll answered. It does not block.
func (p *seat) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.woken {
		return
	}
	p.woken = true
	if p.parked == nil {
		p.rings <- struct{}{} // there is room: this is done once
		return
	}
	p.timer.Stop()
	go p.reply() // ends when the answer is written, or could not be in time
}

func (p *seat) reply() { p.parked.Answer(http.StatusOK, "", p.answer()) }

// leave is called when the client has gone.
func (p *seat) leave() {
	p.mu.Lock()
	p.woken = true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.session.rise(p)
}

// seat has a poll wait, unless there is something for it.
func (s *session) seat(p *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting = append(s.waiting, p); len(s.waiting) > maxWaiting {
		s.waiting[0].wake()
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
	if s.ring.news(p.after) || s.gone || s.line.Ended() {
		p.wake()
	}
}

// rise ends the waiting of a poll.
func (s *session) rise(p *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(x *seat) bool { return x == p })
	s.seen = time.Now()
}
