//go:build bench

package bench

import (
	"fmt"
	"time"
)

// A lane is one person of a pair who chat: it sends numbered messages to the
// other and reads those of the other.
type lane struct {
	client *client
	chat   chat // to the other
}

// exchange sends total messages and receives as many, with at most window of them
// on the way in each direction: for each message that came one is sent, all that
// one Read brought in one Write.
func (l *lane) exchange(total, window int) error {
	// One limit for all of it: a new one for each Read would cost more than the rest.
	if err := l.client.conn.SetReadDeadline(time.Now().Add(exchangeLimit)); err != nil {
		return err
	}
	var (
		got  = newCounter(l.client.in)
		out  []byte
		sent = 0
	)
	l.client.in = nil
	due := min(window, total)
	for {
		out = out[:0]
		for range due {
			out = l.chat.append(out, sent)
			sent++
		}
		if len(out) > 0 {
			if _, err := l.client.conn.Write(out); err != nil {
				return err
			}
		}
		if got.next == total {
			return nil
		}
		n, err := got.read(l.client.conn)
		if err != nil {
			return fmt.Errorf("%d of %d messages: %w", got.next, total, err)
		}
		due = min(n, total-sent)
	}
}

// exchangeLimit is how long one exchange may take.
const exchangeLimit = 2 * time.Minute

// exchangeAll has all lanes exchange their share of total messages at once.
func exchangeAll(lanes []lane, total, window int) error {
	return each(len(lanes), len(lanes), func(i int) error {
		return lanes[i].exchange(total/len(lanes), window)
	})
}

// pairUp makes lanes of people, each even one with the next, who write to the
// addresses that to gives.
func pairUp(people crowd, to func(i int) string) []lane {
	lanes := make([]lane, len(people))
	for i, c := range people {
		lanes[i] = lane{client: c, chat: newChat(to(i^1), stanzaSize)}
	}
	return lanes
}

// pairUp makes n pairs of connections to the relay, who send what clients send to
// the server.
func (r *relay) pairUp(way wayIn, n int) (crowd, error) {
	people := make(crowd, 2*n)
	for i := range people {
		var err error
		if people[i], err = r.connect(way, i); err != nil {
			people.part()
			return nil, err
		}
	}
	return people, nil
}
