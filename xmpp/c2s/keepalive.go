package c2s

import (
	"context"
	"errors"
	"time"
)

// sweepEvery is how often the sweeper looks at all connections. It is the grain
// of all the time limits of streams.
const sweepEvery = time.Second

// sweep looks at every connection now and then, so that none needs a timer. It
// runs until Shutdown.
func (s *Server) sweep() {
	defer s.running.Done()
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var open []*wire
	var cut []*client
	for {
		select {
		case <-s.closed:
			return
		case t := <-ticker.C:
			s.now.Store(t.Unix())
			s.next.tick()
			open, cut = s.wires.all(open[:0]), s.cut.all(cut[:0])
			s.sweepOnce(open, cut, t.Unix())
			clear(open) // else they would live until the next sweep
			clear(cut)
		}
	}
}

func (s *Server) sweepOnce(open []*wire, cut []*client, now int64) {
	fresh := int64(0)
	for _, w := range open {
		if k := w.link.Load(); k != nil {
			k.sweep(now)
		} else {
			fresh++
		}
	}
	s.fresh.Store(fresh)
	for _, c := range cut {
		c.expire(context.Background(), now)
	}
}

// inactiveIdle is how many times as long an inactive client may be silent before it
// is asked whether it is there (XEP-0352): the question wakes the device. A connection
// that is dead is noticed in Limits.Answer when something is sent that matters, since
// that ends with a question too.
const inactiveIdle = 3

// sweep looks at one stream.
func (k *link) sweep(now int64) {
	limits := &k.client.srv.cfg.Limits
	since := func(t int64) time.Duration { return time.Duration(now-t) * time.Second }
	if t := k.writing.Load(); t != 0 && since(t) > limits.Write {
		k.drop("a write took too long") // the other side has stopped reading, or is gone
		return
	}
	heard := k.heard.Load()
	if now-heard >= sleepAfter {
		k.rest()
	}
	if asked := k.asked.Load(); asked != 0 {
		if late := since(asked) - limits.Answer; late > 0 && k.mustAnswer(late) {
			k.drop("no answer")
		}
		return
	}
	if since(heard) < k.patience() {
		return
	}
	k.asked.Store(now)
	k.poke()
}

// patience is how long the client may be silent before it is asked whether it is there.
func (k *link) patience() time.Duration {
	if t := k.pings(); t > 0 {
		return t // what stands in between may forget a connection that is idle for long
	}
	if k.client.Inactive() {
		return inactiveIdle * k.client.srv.cfg.Limits.Idle
	}
	return k.client.srv.cfg.Limits.Idle
}

// pings is how often the carrier asks for signs of life; 0 if it does not.
func (k *link) pings() time.Duration {
	if k.wire.carrier == nil {
		return 0
	}
	return k.wire.carrier.Ping()
}

// drop closes the connection of a client that shows no life.
func (k *link) drop(why string) {
	k.client.mu.Lock()
	if k.client.link == k {
		k.client.note(errors.New(why))
	}
	k.client.mu.Unlock()
	_ = k.wire.Close()
}

// poke makes a silent connection show whether it is alive (RFC 6120 §4.6). A
// client with stream management answers; for the others the transport notices
// that nobody confirms what was sent.
func (k *link) poke() {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	if k.client.link != k {
		return
	}
	if k.pings() > 0 {
		k.client.sayLocked([]byte(" "))
		return
	}
	k.client.catchUp() // the device wakes anyway
	if g := k.client.ledger; g != nil {
		if !g.unasked { // else what is on its way ends with the question
			k.client.sayLocked([]byte(request))
		}
		return
	}
	k.client.sayLocked([]byte(" ")) // RFC 6120 §4.6.1
}

// mustAnswer reports whether the client has promised to answer <r/>, and would have
// done so by now: what is before the question may come by a slow link, at 1 kB in a
// second or more.
func (k *link) mustAnswer(late time.Duration) bool {
	if k.pings() > 0 {
		return true // RFC 6455 §5.5.2: whoever gets a ping "MUST send a Pong frame"
	}
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	g := k.client.ledger
	return g != nil && late > time.Duration(len(g.waiting())>>10)*time.Second
}
