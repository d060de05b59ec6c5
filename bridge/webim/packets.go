package webim

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"causeway/bridge"
)

// packets is GET /packets: a poll, which waits until something has come (wire §3). A ticket
// that is no good is told with a status, never with 200 or an empty answer (wire §3.3).
func (h *Handler) packets(w http.ResponseWriter, r *http.Request) {
	callback, err := bridge.Callback(r)
	if err != nil {
		h.refuse(w, "", "packets", err)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		bridge.Answer(w, http.StatusMethodNotAllowed, callback, refusal("Method Not Allowed"))
		return
	}
	t, err := h.hall.tab(r.Context(), r.URL.Query().Get("ticket"))
	if err != nil {
		h.refuse(w, callback, "packets", err)
		return
	}
	s := &seat{h: h, tab: t, callback: callback}
	reply, err := t.wait(s)
	switch {
	case err != nil:
		h.refuse(w, callback, "packets", err)
	case reply != nil:
		t.sent(reply, bridge.Answer(w, http.StatusOK, callback, reply.body))
	default:
		s.sit(w, r)
	}
}

// A seat is a poll that waits: without a goroutine of ours where that can be.
type seat struct {
	h        *Handler
	tab      *tab
	callback string
	rings    bell // while it has a goroutine

	mu     sync.Mutex // guards the following
	seated bool
	parked *bridge.Parked
	woken  bool
	timer  *time.Timer
}

// parkAfter is how long a poll waits in its goroutine before it is parked: to park it and
// to take it up again costs as much as a message does.
const parkAfter = 2 * time.Second

// sit waits: for a while with the goroutine of the request, and then without.
func (s *seat) sit(w http.ResponseWriter, r *http.Request) {
	s.rings = make(bell, 1)
	s.mu.Lock()
	s.seated = true
	if s.woken {
		s.rings.wake()
	}
	s.mu.Unlock()
	hold := s.h.cfg.Hold
	bridge.Wait(w, hold)
	if s.stay(w, r, min(hold, parkAfter)) {
		return
	}
	if hold -= parkAfter; hold > 0 {
		if parked := bridge.Park(w, r, s.leave); parked != nil {
			s.park(parked, hold)
			return
		}
		if s.stay(w, r, hold) {
			return
		}
	}
	s.answer(w)
}

// stay waits in the goroutine of the request; false if nothing has happened.
func (s *seat) stay(w http.ResponseWriter, r *http.Request, hold time.Duration) bool {
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-s.rings:
	case <-s.h.hall.stop:
	case <-r.Context().Done():
	}
	if r.Context().Err() != nil { // whatever else has happened
		s.tab.forsake(s)
		return true // nobody is there
	}
	s.answer(w)
	return true
}

func (s *seat) answer(w http.ResponseWriter) {
	reply, err := s.tab.reply(s, s.h.hall.stop)
	if err != nil {
		s.h.refuse(w, s.callback, "packets", err)
		return
	}
	s.tab.sent(reply, bridge.Answer(w, http.StatusOK, s.callback, reply.body))
}

// park lets the request wait without us.
func (s *seat) park(parked *bridge.Parked, hold time.Duration) {
	s.mu.Lock()
	s.parked = parked
	woken := s.woken
	if !woken {
		s.timer = time.AfterFunc(hold, s.wake)
	}
	s.mu.Unlock()
	if woken {
		s.rise()
	}
}

// wake implements waiter.
func (s *seat) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.woken {
		return
	}
	s.woken = true
	switch {
	case s.parked != nil:
		s.timer.Stop()
		go s.rise() // ends when the answer is written, or could not be in time
	case s.seated:
		s.rings.wake()
	}
}

// rise answers a request that was parked.
func (s *seat) rise() {
	reply, err := s.tab.reply(s, s.h.hall.stop)
	if err != nil {
		p, _ := bridge.ProblemOf(err) // it is one of ours
		s.parked.Answer(p.Status, s.callback, refusal(p.Error()))
		return
	}
	s.tab.sent(reply, s.parked.Answer(http.StatusOK, s.callback, reply.body))
}

// leave is called when the client has gone.
func (s *seat) leave() {
	s.mu.Lock()
	s.woken = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	s.tab.forsake(s)
}

// sent notes what became of a reply. What was in one that was not written waits again, in
// front of all that has come since: the next poll must not say that it came (wire §3.3).
func (t *tab) sent(d *draft, written bool) {
	if written || len(d.packets) == 0 {
		return
	}
	p := t.person
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.ended {
		return // it is owed already
	}
	again := slices.DeleteFunc(d.packets, func(old packet) bool {
		// As in push: a status before something newer of the same person is none any more.
		return old.kind == statuses && slices.ContainsFunc(t.queue, func(q packet) bool { return q.from == old.from && q.kind != presences })
	})
	t.unsure = slices.DeleteFunc(t.unsure, func(l *letter) bool {
		return slices.ContainsFunc(again, func(q packet) bool { return q.letter == l })
	})
	t.queue, t.size = append(again, t.queue...), 0
	for i := range t.queue {
		t.size += len(t.queue[i].json)
	}
	if t.size > tabQueue {
		t.end()
		return
	}
	t.wake()
}
