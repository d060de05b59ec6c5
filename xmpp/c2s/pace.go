package c2s

import (
	"sync"
	"time"
)

// A pacer lets those wait for the next second who have used up this one. It costs
// nothing while nobody waits.
type pacer struct {
	mu   sync.Mutex
	tock chan struct{} // closed at the next tick; nil if nobody waits for it
}

// wait gives a channel that is closed when the next second begins.
func (p *pacer) wait() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tock == nil {
		p.tock = make(chan struct{})
	}
	return p.tock
}

// tick begins a second.
func (p *pacer) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tock != nil {
		close(p.tock)
		p.tock = nil
	}
}

// pace makes the reading goroutine of a client that has sent more than it may in
// this second wait for the next (RFC 6120 §13.12: a server may limit "the number
// of bytes" of a stream). Nothing is lost: the client finds that it writes more
// slowly.
func (k *link) pace() {
	s := k.client.srv
	if s.cfg.Limits.Rate < 0 || k.taken < s.cfg.Limits.Rate {
		return
	}
	next := s.next.wait()
	if k.second != s.now.Load() {
		return // it has begun meanwhile
	}
	select {
	case <-next:
	case <-s.closed:
	}
}

// While the disk is behind those wait who have sent more than modest bytes in this
// second, but no longer than patience: then what cannot be kept is refused.
const (
	modest   = 8 << 10
	patience = 10 * time.Second
)

// heed makes the reading goroutine of a client wait while too much is on its way to the
// disk. Who writes faster than that can keep finds that he writes more slowly, as pace
// says, and none of his messages is refused.
func (k *link) heed() {
	s := k.client.srv
	if s.cfg.Behind == nil {
		return
	}
	all, relief := s.cfg.Behind()
	if relief == nil || !all && k.taken < modest {
		return
	}
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case <-relief:
	case <-enough.C:
	case <-s.closed:
	}
}
