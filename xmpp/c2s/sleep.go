package c2s

import (
	"context"
	"errors"
	"os"
	"time"
)

// sleepAfter is how many seconds a stream has been silent when its reading
// goroutine ends: waiting in one costs 2 to 4 kB of stack. The sockets of all
// sleeping streams are watched by one goroutine (sleepers), which starts another
// reader when something comes.
const sleepAfter = 2

// errAsleep says that nobody reads any more, for now.
var errAsleep = errors.New("asleep")

// rest stops the reading goroutine of a stream that has fallen silent in its
// wait, so that it finds the time to sleep. It is the sweeper's.
func (k *link) rest() {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	if k.asleep || k.closing || k.client.link != k || !k.watchable() {
		return
	}
	k.woken.Store(true)
	if k.wire.carrier != nil {
		k.wire.carrier.Rest()
	} else {
		_ = k.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// watchable reports whether there is a way to wait for input without a goroutine.
func (k *link) watchable() bool {
	_, tells := k.wire.carrier.(Watcher)
	return tells || canSleep && k.wire.socket() != nil
}

// watch waits for input without a goroutine. It is false if that is not possible.
func (k *link) watch() bool {
	if w, ok := k.wire.carrier.(Watcher); ok {
		return w.Watch(k.wake)
	}
	return k.client.srv.asleep.watch(k)
}

// sleep ends a wait that ended with err. It gives errAsleep if the goroutine may
// end, nil if it is to go on reading.
func (k *link) sleep(r *reader, err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c := k.client
	c.mu.Lock()
	k.woken.Store(false)
	var limit time.Time
	if k.closing {
		limit = time.Now().Add(c.srv.cfg.Limits.CloseHandshake)
	}
	if c.link != k || k.conn.SetReadDeadline(limit) != nil {
		c.mu.Unlock()
		return err
	}
	if k.closing || r != nil {
		c.mu.Unlock()
		return nil // the end is near, or something is half read
	}
	k.asleep = true
	if c.ledger != nil {
		c.ledger.trim()
	}
	c.mu.Unlock()
	if k.watch() {
		return errAsleep
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !k.asleep {
		return errAsleep // somebody has started a reader already
	}
	k.asleep = false
	return nil
}

// wake starts reading again.
func (k *link) wake() {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	k.wakeLocked()
}

// wakeLocked is wake for those who hold the lock.
func (k *link) wakeLocked() {
	if k.asleep {
		k.asleep = false
		go k.run(context.Background(), nil) // stopped by the end of the connection
	}
}
