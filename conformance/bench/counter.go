//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"io"
)

// A counter reads what one connection receives and counts the messages from one
// sender by the numbers in their bodies, which must come as 0, 1, 2 and so on.
type counter struct {
	next int    // number of the message to come
	buf  []byte // what was read, from the start of a message not yet complete
	keep int    // bytes of buf in use
}

// newCounter starts with what a client had read but not used.
func newCounter(rest []byte) *counter {
	c := &counter{buf: make([]byte, max(32<<10, 2*len(rest)))}
	c.keep = copy(c.buf, rest)
	return c
}

// read does one Read and returns how many messages it completed.
func (c *counter) read(r io.Reader) (int, error) {
	n, err := r.Read(c.buf[c.keep:])
	if err != nil {
		return 0, fmt.Errorf("after message %d: %w", c.next-1, err)
	}
	return c.scan(c.buf[:c.keep+n])
}

// scan counts the bodies in data, the used part of c.buf, and keeps of it what
// may be the start of one more.
func (c *counter) scan(data []byte) (int, error) {
	const whole = len(bodyMark) + numberWidth
	seen := 0
	for {
		at := bytes.Index(data, []byte(bodyMark))
		if at < 0 || len(data)-at < whole {
			c.keep = copy(c.buf, data[max(0, len(data)-whole+1):])
			return seen, nil
		}
		n := 0
		for _, d := range data[at+len(bodyMark) : at+whole] {
			n = 10*n + int(d-'0')
		}
		if n != c.next {
			return seen, fmt.Errorf("lost, doubled or reordered: got message %d instead of %d", n, c.next)
		}
		c.next++
		seen++
		data = data[at+whole:]
	}
}
