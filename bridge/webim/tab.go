package webim

import (
	"net/http"
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
	size   int       // of what is in the queue, in bytes
	unsure []*letter // were in the last reply; the next poll says that it came
	parked waiter    // the poll that waits; nil if none does
	seen   time.Time // when it last polled, or its poll ended
	next   time.Time // how far ahead of itself it polls; see hasty
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
		t.parked.wake()
	}
}

// A waiter is whoever waits for something to come for a tab. Wake does not block.
type waiter interface{ wake() }

// A bell is a waiter that has a goroutine.
type bell chan struct{}

func (b bell) wake() {
	select {
	case b <- struct{}{}:
	default:
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
func (t *tab) drain() []byte { return t.draft().body }

// A draft is a reply that is not written yet, and what was in the queue for it.
type draft struct {
	body    []byte
	packets []packet
}

// draft is drain for who may have to restore what it gives.
func (t *tab) draft() *draft {
	for _, p := range t.queue {
		if p.letter != nil {
			t.unsure = append(t.unsure, p.letter)
		}
	}
	d := &draft{body: encode(t.queue), packets: t.queue}
	t.queue, t.size = nil, 0
	return d
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

// wait makes w the one who waits for the tab, in the place of an older one. If something
// is there already, it is the reply.
func (t *tab) wait(w waiter) (reply *draft, err error) {
	p := t.person
	p.mu.Lock()
	if t.ended {
		p.mu.Unlock()
		return nil, errTicket()
	}
	if t.hasty(time.Now()) {
		p.mu.Unlock()
		return nil, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many polls", Wait: time.Second}
	}
	settled := t.came()
	t.wake()
	t.parked = w
	if len(t.queue) > 0 {
		reply, t.parked, t.seen = t.draft(), nil, time.Now()
	}
	p.mu.Unlock()
	settle(settled, true)
	return reply, nil
}

// reply ends the waiting of w, and gives what its poll is answered. Stop is closed when the
// server ends: then the tab will be there again.
func (t *tab) reply(w waiter, stop <-chan struct{}) (*draft, error) {
	p := t.person
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.parked != w {
		return &draft{body: stopped}, nil
	}
	t.parked, t.seen = nil, time.Now()
	if !t.ended {
		return t.draft(), nil
	}
	select {
	case <-stop:
		return &draft{body: idle}, nil
	default:
		return nil, errTicket()
	}
}

// forsake is for a w whose client has gone.
func (t *tab) forsake(w waiter) {
	p := t.person
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.parked == w {
		t.parked, t.seen = nil, time.Now()
	}
}

// errTicket refuses a ticket: with a status that lets the library stop (wire §3.3).
func errTicket() *bridge.Problem { return bridge.Wrong(404, "no such ticket") }
