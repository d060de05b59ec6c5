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
	Bytes    int              // came, so far
	Heard    func(who, n int) // is told of each message, may be nil
	mark     string           // before a number
	next     []int            // number of the message to come, by speaker
	Refused  func()           // is told of each stanza that the server sends back, may be nil
	refused  int              // so many
	why      string           // the first of them
	searched int              // bytes at the start of buf in which refusals were looked for
	gaps     []gap            // what was skipped and may still come
	wrong    Faults           // but for gaps
	buf      []byte           // what was read, from the start of a message not yet complete
	keep     int              // bytes of buf in use
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
	c := &Counter{mark: BodyMark, next: make([]int, speakers), buf: make([]byte, max(size, 4*mostHead, 2*len(rest)))}
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
// may be the start of one more, with what stands before it.
func (c *Counter) scan(data []byte) int {
	c.refusals(data)
	whole := len(c.mark) + numberWidth
	seen, from := 0, 0 // the next message begins after from
	for {
		at := bytes.Index(data[from:], []byte(c.mark))
		if at < 0 || len(data)-from-at < whole {
			c.retain(data, max(from, len(data)-mostHead))
			return seen
		}
		at += from
		n := 0
		for _, d := range data[at+len(c.mark) : at+whole] {
			if d < '0' || d > '9' {
				n = -1
				break
			}
			n = 10*n + int(d-'0')
		}
		if !sentBack(data[from:at]) {
			c.count(n)
			seen++
		}
		from = at + whole
	}
}

// mostHead is how much of what stands before a body is remembered until the body comes, in
// bytes: the start of a message.
const mostHead = 512

// retain keeps data from a place on for the next Read.
func (c *Counter) retain(data []byte, from int) {
	c.searched = max(0, c.searched-from)
	c.keep = copy(c.buf, data[from:])
}

// sentBack says that the last message which begins in text is an error: the body that
// follows is not for us, but what we said (RFC 6120 §8.3.1).
func sentBack(text []byte) bool {
	at := bytes.LastIndex(text, []byte("<message"))
	if at < 0 {
		return false
	}
	head := text[at:]
	if end := bytes.IndexByte(head, '>'); end >= 0 {
		head = head[:end]
	}
	return bytes.Contains(head, []byte("type='error'")) || bytes.Contains(head, []byte(`type="error"`))
}

// refusals counts the errors in data that were not looked at before.
func (c *Counter) refusals(data []byte) {
	const mark = "<error"
	for {
		at := bytes.Index(data[c.searched:], []byte(mark))
		if at < 0 {
			c.searched = max(c.searched, len(data)-len(mark)+1)
			return
		}
		at += c.searched
		if c.refused++; c.refused == 1 {
			c.why = string(data[at:min(len(data), at+300)])
		}
		if c.Refused != nil {
			c.Refused()
		}
		c.searched = at + len(mark)
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
