package webim

import (
	"context"
	"slices"
	"time"

	"causeway/bridge"
)

// A tab is one page that is online: what its ticket stands for. Each has a queue of its
// own. Everything in it is guarded by the lock of its person.
type tab struct {
	id     string // what is random in the ticket
	cookie string // what is random in the cookie of its browser
	person *person
	queue  []packet
	size   int           // of what is in the queue, in bytes
	unsure []*letter     // were in the last reply; the next poll says that it came
	parked chan struct{} // the poll that waits; nil if none does
	seen   time.Time     // when it last polled, or its poll ended
	next   time.Time     // how far ahead of itself it polls; see hasty
	ended  bool
}

// A packet is one object on its way to a tab; tabs share it.
type packet struct {
	kind   kind
	json   []byte
	letter *letter // nil if nothing is owed for it
	from   string  // of a message or status: the id of its sender
	place  string  // of a message that waits for a tab: the id that the own archive gave it
}

// kind is in which list of a reply an object stands.
type kind uint8

const (
	messages kind = iota
	presences
	statuses
)

// tabQueue is how much may wait for one tab, in bytes. A tab that does not come for it has
// gone: the library knows no gaps.
const tabQueue = 256 << 10

// push puts a packet into the queue; false if the tab is gone. A tab that is full ends.
func (t *tab) push(p packet) bool {
	if t.ended {
		return false
	}
	if p.from != "" && p.kind != presences {
		// The library takes the messages of a reply first, and then what is said of who
		// writes: of that only the last matters, and nothing before a message.
		t.queue = slices.DeleteFunc(t.queue, func(q packet) bool {
			stale := q.kind == statuses && q.from == p.from
			if stale {
				t.size -= len(q.json)
			}
			return stale
		})
	}
	if t.size += len(p.json); t.size > tabQueue {
		t.end()
		return false
	}
	t.queue = append(t.queue, p)
	t.wake()
	return true
}

// wake lets the poll that waits go on.
func (t *tab) wake() {
	if t.parked != nil {
		select {
		case t.parked <- struct{}{}:
		default:
		}
	}
}

// end lets the tab be gone: its next poll is refused (wire §3.3). What it was not known to
// have is owed until another tab has it, or the line ends.
func (t *tab) end() {
	t.ended = true
	for _, p := range t.queue {
		if p.letter != nil {
			t.unsure = append(t.unsure, p.letter)
		}
	}
	t.queue, t.size = nil, 0
	t.person.owe(t.came()...)
	t.wake()
}

// drain empties the queue into a reply. What is in it is owed until the next poll.
func (t *tab) drain() []byte {
	for _, p := range t.queue {
		if p.letter != nil {
			t.unsure = append(t.unsure, p.letter)
		}
	}
	body := encode(t.queue)
	t.queue, t.size = nil, 0
	return body
}

// came notes that the last reply has come, and gives the letters that this settles.
func (t *tab) came() []*letter {
	list := t.unsure
	t.unsure = nil
	return list
}

// idle is the answer of a poll for which nothing has come; it is never empty (wire §3.3).
var idle = []byte(`{"status":"ok"}`)

// stopped ends a poll in whose place a newer one of the same ticket has come.
var stopped = []byte(`{"status":"stopped"}`)

// encode writes a reply (wire §3.2).
func encode(queue []packet) []byte {
	if len(queue) == 0 {
		return idle
	}
	size := 96
	for i := range queue {
		size += len(queue[i].json) + 1
	}
	b := append(make([]byte, 0, size), `{"status":"ok"`...)
	for k, name := range [...]string{messages: "messages", presences: "presences", statuses: "statuses"} {
		first := true
		for i := range queue {
			if queue[i].kind != kind(k) {
				continue
			}
			if first {
				b = append(append(append(b, `,"`...), name...), `":[`...)
			} else {
				b = append(b, ',')
			}
			first = false
			b = append(b, queue[i].json...)
		}
		if !first {
			b = append(b, ']')
		}
	}
	return append(b, '}')
}

// A ticket polls at most so often: the library leaves 200 ms between two polls.
const (
	pollEvery = 50 * time.Millisecond
	pollBurst = 40
)

// hasty counts a poll, and reports whether it is one too many.
func (t *tab) hasty(now time.Time) bool {
	if t.next.Before(now) {
		t.next = now
	}
	if t.next.Sub(now) > pollBurst*pollEvery {
		return true
	}
	t.next = t.next.Add(pollEvery)
	return false
}

// poll waits until something has come for the tab, hold is over, a newer poll takes its
// place, or stop is closed. The error is a *bridge.Problem, or that of ctx.
func (t *tab) poll(ctx context.Context, hold time.Duration, stop <-chan struct{}) ([]byte, error) {
	p := t.person
	p.mu.Lock()
	if t.ended {
		p.mu.Unlock()
		return nil, errTicket()
	}
	if t.hasty(time.Now()) {
		p.mu.Unlock()
		return nil, &bridge.Problem{Status: 429, Text: "too many polls", Wait: time.Second}
	}
	settled := t.came()
	t.wake() // an older poll
	mine := make(chan struct{}, 1)
	t.parked = mine
	if len(t.queue) > 0 {
		mine <- struct{}{}
	}
	p.mu.Unlock()
	settle(settled, true)

	timer := time.NewTimer(hold)
	defer timer.Stop()
	var gone error
	select {
	case <-mine:
	case <-timer.C:
	case <-stop:
	case <-ctx.Done():
		gone = ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.parked != mine {
		return stopped, gone
	}
	t.parked, t.seen = nil, time.Now()
	switch {
	case gone != nil:
		return nil, gone
	case t.ended:
		return nil, errTicket()
	}
	return t.drain(), nil
}

// errTicket refuses a ticket: with a status that lets the library stop (wire §3.3).
func errTicket() *bridge.Problem { return bridge.Wrong(404, "no such ticket") }
