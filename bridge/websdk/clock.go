package websdk

import (
	"crypto/rand"
	"hash/fnv"
	"strconv"
	"sync/atomic"
	"time"
)

// A clock gives ids of messages: digits only, as those of the server that the SDK knows,
// and each greater than the one before (wire 3.4).
type clock struct{ last atomic.Int64 }

func (c *clock) id() string {
	for {
		last := c.last.Load()
		next := max(last+1, time.Now().UnixMicro()*1000)
		if c.last.CompareAndSwap(last, next) {
			return strconv.FormatInt(next, 10)
		}
	}
}

// derived gives an id that is always the same for a message whose own is not of digits.
func derived(from, id string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(from + "\x00" + id)) // never fails
	return strconv.FormatUint(h.Sum64()>>1|1<<62, 10)
}

// nonce gives something that nobody guesses.
func nonce() string { return rand.Text() }
