package plugchat

import (
	"encoding/json"
	"time"
)

// An event is something that was said, as a page shows it.
type event struct {
	N      uint64 `json:"n"`    // counts what has happened in the session
	ID     string `json:"id"`   // of the stanza; a page knows its own by it
	With   string `json:"with"` // "" in the room, else with whom: what say takes as its to
	Nick   string `json:"nick"`
	Avatar string `json:"avatar"`
	Me     bool   `json:"me"`
	Text   string `json:"text"`
	At     int64  `json:"at"` // milliseconds since 1970
}

const (
	ringEvents = 100
	ringBytes  = 64 << 10
)

// A ring has the last things that were said, for every page that asks. Events and changes
// are counted by one clock, so one number says what a page has. It begins at the time, in
// milliseconds, so what a page has from before the server started anew is behind it.
type ring struct {
	clock   uint64 // of the last event or change
	touched uint64 // of the last change of the state
	lost    uint64 // of the last event that fell out, or the beginning
	list    []kept
	size    int
}

func newRing() ring {
	now := uint64(time.Now().UnixMilli())
	return ring{clock: now, touched: now, lost: now}
}

// kept is an event as it is written.
type kept struct {
	n    uint64
	json json.RawMessage
}

// add puts an event behind the others.
func (r *ring) add(e event) {
	r.clock++
	e.N = r.clock
	text, err := json.Marshal(e)
	if err != nil {
		return // strings and numbers have no fault
	}
	r.list, r.size = append(r.list, kept{r.clock, text}), r.size+len(text)
	for len(r.list) > ringEvents || r.size > ringBytes {
		r.size -= len(r.list[0].json)
		r.lost = r.list[0].n
		r.list = r.list[1:]
	}
}

// touch notes that the state has changed.
func (r *ring) touch() {
	r.clock++
	r.touched = r.clock
}

// An update is what a page has not got yet.
type update struct {
	After  uint64            `json:"after,string"` // for the next poll
	Gap    bool              `json:"gap"`          // these are all there are, and some before them are lost
	State  *state            `json:"state"`        // null if it is the same
	Events []json.RawMessage `json:"events"`
}

// news reports whether there is something behind after.
func (r *ring) news(after uint64) bool { return after != r.clock }

// update gives what is behind after. Who names a number that never was starts anew.
func (s *session) update(after uint64) update {
	r := &s.ring
	if after > r.clock {
		after = 0
	}
	u := update{After: r.clock, Gap: after < r.lost, Events: []json.RawMessage{}}
	if after == 0 || after < r.touched {
		u.State = s.state()
	}
	for _, k := range r.list {
		if k.n > after {
			u.Events = append(u.Events, k.json)
		}
	}
	return u
}

func millis(t time.Time) int64 { return t.UnixMilli() }
