package webim

import (
	"net/http"
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
		bridge.Answer(w, http.StatusOK, callback, reply)
	default:
		s.sit(w, r)
	}
}

// A seat is a poll that waits: without a goroutine of ours where that can be.
type seat struct {
	h        *Handler
	tab      *tab
	callback string

	mu     sync.Mutex // guards the following
	parked *bridge.Parked
	woken  bool
	rings  bell // of a poll that has a goroutine
	timer  *time.Timer
}

// sit waits, or lets the request wait without us.
func (s *seat) sit(w http.ResponseWriter, r *http.Request) {
	parked := bridge.Park(w, r, s.leave)
	if parked == nil {
		s.stay(w, r)
		return
	}
	s.mu.Lock()
	s.parked = parked
	if !s.woken {
		s.timer = time.AfterFunc(s.h.cfg.Hold, s.wake)
	}
	woken := s.woken
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
	case s.rings != nil:
		s.rings.wake()
	case s.parked != nil:
		s.timer.Stop()
		go s.rise() // ends when the answer is written, or could not be in time
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
	s.parked.Answer(http.StatusOK, s.callback, reply)
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

// stay waits in the goroutine of the request.
func (s *seat) stay(w http.ResponseWriter, r *http.Request) {
	rings := make(bell, 1)
	s.mu.Lock()
	s.rings = rings
	if s.woken {
		rings.wake()
	}
	s.mu.Unlock()
	bridge.Wait(w, s.h.cfg.Hold)
	timer := time.NewTimer(s.h.cfg.Hold)
	defer timer.Stop()
	select {
	case <-rings:
	case <-timer.C:
	case <-s.h.hall.stop:
	case <-r.Context().Done():
		s.tab.forsake(s)
		return // nobody is there
	}
	reply, err := s.tab.reply(s, s.h.hall.stop)
	if err != nil {
		s.h.refuse(w, s.callback, "packets", err)
		return
	}
	bridge.Answer(w, http.StatusOK, s.callback, reply)
}
