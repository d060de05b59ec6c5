package load

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// perSpeaker is how many messages one of those who speak may number.
	perSpeaker = 100_000_000
	// MostSpeakers is how many there can be then.
	MostSpeakers = 99
	// mostGaps bounds what is remembered of messages that have not come.
	mostGaps = 1000
	// leastBuffer is what a Counter reads into, in bytes.
	leastBuffer = 32 << 10
)

// A Counter reads what one connection receives and counts the messages of each speaker
// by the numbers in their bodies, which must come as 0, 1, 2 and so on. The number of
// speaker s starts at s times perSpeaker.
type Counter struct {
	Bytes int              // came, so far
	Heard func(who, n int) // is told of each message, may be nil
	mark  string           // before a number
	next  []int            // number of the message to come, by speaker
	gaps  []gap            // what was skipped and may still come
	wrong Faults           // but for gaps
	buf   []byte           // what was read, from the start of a message not yet complete
	keep  int              // bytes of buf in use
}

// A gap is messages that others overtook.
type gap struct{ who, from, to int }

// Faults are what may be wrong with the messages that came.
type Faults struct {
	Lost      int `json:"lost"`
	Doubled   int `json:"doubled"`
	Reordered int `json:"reordered"`
	Strange   int `json:"strange"` // with no number, or one that nobody has sent
}

// Any says that something is wrong.
func (f Faults) Any() bool { return f != Faults{} }

// Add gives the sum.
func (f Faults) Add(g Faults) Faults {
	return Faults{f.Lost + g.Lost, f.Doubled + g.Doubled, f.Reordered + g.Reordered, f.Strange + g.Strange}
}

func (f Faults) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d reordered, %d strange", f.Lost, f.Doubled, f.Reordered, f.Strange)
}

// NewCounter starts with what a client had read but not used.
func NewCounter(rest []byte, speakers int) *Counter { return newCounter(rest, speakers, leastBuffer) }

func newCounter(rest []byte, speakers, size int) *Counter {
	c := &Counter{mark: BodyMark, next: make([]int, speakers), buf: make([]byte, max(size, 2*len(rest)))}
	c.keep = copy(c.buf, rest)
	return c
}

// Next is the number of the message of a speaker that comes next.
func (c *Counter) Next(who int) int { return c.next[who] }

// Faults are those so far. What is not there yet, but was overtaken, counts as lost.
func (c *Counter) Faults() Faults {
	f := c.wrong
	for _, g := range c.gaps {
		f.Lost += g.to - g.from
	}
	return f
}

// Read does one Read and returns how many messages it completed. A message that is
// wrong is an error.
func (c *Counter) Read(r io.Reader) (int, error) {
	before := c.Faults()
	n, err := c.Note(r)
	if err != nil {
		return n, fmt.Errorf("after message %d: %w", c.next[0]-1, err)
	}
	if f := c.Faults(); f != before {
		return n, fmt.Errorf("lost, doubled or reordered: %v", f)
	}
	return n, nil
}

// Note does one Read and returns how many messages it completed. Those that are wrong
// are noted.
func (c *Counter) Note(r io.Reader) (int, error) {
	n, err := r.Read(c.buf[c.keep:])
	c.Bytes += n
	seen := c.scan(c.buf[:c.keep+n])
	if n > 0 {
		err = nil // it comes again
	}
	return seen, err
}

// scan counts the bodies in data, the used part of c.buf, and keeps of it what
// may be the start of one more.
func (c *Counter) scan(data []byte) int {
	whole := len(c.mark) + numberWidth
	seen := 0
	for {
		at := bytes.Index(data, []byte(c.mark))
		if at < 0 {
			c.keep = copy(c.buf, data[max(0, len(data)-len(c.mark)+1):])
			return seen
		}
		if len(data)-at < whole {
			c.keep = copy(c.buf, data[at:])
			return seen
		}
		n := 0
		for _, d := range data[at+len(c.mark) : at+whole] {
			if d < '0' || d > '9' {
				n = -1
				break
			}
			n = 10*n + int(d-'0')
		}
		c.count(n)
		seen++
		data = data[at+whole:]
	}
}

// count notes a message with its number, -1 for none.
func (c *Counter) count(n int) {
	who, n := n/perSpeaker, n%perSpeaker
	if n < 0 || who >= len(c.next) {
		c.wrong.Strange++
		return
	}
	if c.Heard != nil {
		c.Heard(who, n)
	}
	switch next := c.next[who]; {
	case n == next:
		c.next[who]++
	case n > next:
		c.next[who] = n + 1
		if len(c.gaps) == mostGaps {
			c.wrong.Lost += n - next
			return
		}
		c.gaps = append(c.gaps, gap{who, next, n})
	case c.fill(who, n):
		c.wrong.Reordered++
	default:
		c.wrong.Doubled++
	}
}

// fill takes a message out of the gap that it was missing in.
func (c *Counter) fill(who, n int) bool {
	for i, g := range c.gaps {
		if g.who != who || n < g.from || n >= g.to {
			continue
		}
		c.gaps = append(c.gaps[:i], c.gaps[i+1:]...)
		if g.from < n {
			c.gaps = append(c.gaps, gap{who, g.from, n})
		}
		if n+1 < g.to {
			c.gaps = append(c.gaps, gap{who, n + 1, g.to})
		}
		return true
	}
	return false
}
