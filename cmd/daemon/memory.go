package daemon

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// restTick is how often the server is asked whether it has come to rest.
	restTick = 2 * time.Second
	// restTicks is for how many ticks in a row it must be at rest: longer than idle
	// streams take to fall asleep, which frees their stacks.
	restTicks = 4
	// restRate is the most that a server at rest allocates in a tick, in bytes.
	restRate = 2 << 20
	// restWorth is the least that must have been allocated since memory was last given
	// back, in bytes: else there is little to give.
	restWorth = 16 << 20
)

// A rest tells the end of a busy time by what is allocated on the heap.
type rest struct {
	last  uint64 // bytes ever allocated, at the last tick
	given uint64 // the same when memory was last given back
	quiet int    // ticks in a row with little new
}

// over takes what was ever allocated, once each tick. It is true when memory is to
// be given back: the server has been at rest for some ticks, and was not before.
func (r *rest) over(allocated uint64) bool {
	if r.quiet++; allocated-r.last > restRate {
		r.quiet = 0
	}
	r.last = allocated
	if r.quiet < restTicks || allocated-r.given < restWorth {
		return false
	}
	r.given = allocated
	return true
}

// giveBack returns memory to the system whenever a busy time is over, until ctx
// ends. The runtime collects by itself only when the heap has doubled or two
// minutes have passed, so that the garbage of ten thousand logins would stay for
// minutes. A server that is busy is never made to wait for this.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(restTick)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var r rest
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		if r.over(sample[0].Value.Uint64()) {
			// What lies in a sync.Pool, and the stacks of goroutines that have ended, take
			// two collections to go.
			debug.FreeOSMemory()
			debug.FreeOSMemory()
		}
	}
}
