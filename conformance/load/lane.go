package load

import (
	"fmt"
	"time"
)

// A Lane is one person of a pair who chat: it sends numbered messages to the
// other and reads those of the other.
type Lane struct {
	Client *Client
	Chat   Chat // to the other
}

// Exchange sends total messages and receives as many, with at most window of them
// on the way in each direction: for each message that came one is sent, all that
// one Read brought in one Write.
func (l *Lane) Exchange(total, window int) error {
	// One limit for all of it: a new one for each Read would cost more than the rest.
	if err := l.Client.Conn.SetDeadline(time.Now().Add(ExchangeLimit)); err != nil {
		return err
	}
	var (
		got  = NewCounter(l.Client.In, 1)
		out  []byte
		sent = 0
	)
	l.Client.In = nil
	due := min(window, total)
	for {
		out = out[:0]
		for range due {
			out = l.Chat.Append(out, sent)
			sent++
		}
		if len(out) > 0 {
			if _, err := l.Client.Conn.Write(out); err != nil {
				return err
			}
		}
		if got.Next(0) == total {
			return nil
		}
		n, err := got.Read(l.Client.Conn)
		if err != nil {
			return fmt.Errorf("%d of %d messages: %w", got.Next(0), total, err)
		}
		due = min(n, total-sent)
	}
}

// ExchangeLimit is how long one exchange may take.
const ExchangeLimit = 2 * time.Minute

// ExchangeAll has all lanes exchange their share of total messages at once.
func ExchangeAll(lanes []Lane, total, window int) error {
	return Each(len(lanes), len(lanes), func(i int) error {
		return lanes[i].Exchange(total/len(lanes), window)
	})
}

// PairUp makes lanes of people, each even one with the next, who write to the
// addresses that to gives.
func PairUp(people Crowd, to func(i int) string) []Lane {
	lanes := make([]Lane, len(people))
	for i, c := range people {
		lanes[i] = Lane{Client: c, Chat: NewChat(to(i^1), StanzaSize)}
	}
	return lanes
}
