package plugchat

import (
	"context"
	"errors"
	"strconv"
	"time"

	"causeway/xmpp/stanza"
)

// An arrival is a try to enter the room, or to have another nick in it. Err is what came of
// it, once done is closed.
type arrival struct {
	done chan struct{}
	err  error
}

const (
	roomTime = 10 * time.Second // how long the room may take
	maxTries = 9                // how many people of one name there are
)

// become enters the room by a nick, or changes to it if the guest is in the room. Where the
// nick is somebody else's (XEP-0045 #enter-conflict, #changenick) the guest is the second
// of that name, or the third.
func (s *session) become(ctx context.Context, nick string) error {
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	tried := nick
	for n := 2; ; n++ {
		err := s.tryNick(ctx, tried)
		var told *stanza.Error
		if !errors.As(err, &told) || told.Condition != stanza.Conflict || n > maxTries {
			return err
		}
		tried = nick + " (" + strconv.Itoa(n) + ")"
	}
}

// tryNick sends presence to the room and waits for what it says. One call at a time is made.
func (s *session) tryNick(ctx context.Context, nick string) error {
	a := &arrival{done: make(chan struct{})}
	s.mu.Lock()
	if s.room.inside && s.room.nick == nick {
		s.mu.Unlock()
		return nil
	}
	s.room.entering = a
	at := s.room.jid
	s.mu.Unlock()
	if err := s.line.Send(ctx, s.roomPresence(at, nick, stanza.Available)); err != nil {
		s.landed(a, err)
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		s.landed(a, ctx.Err())
		return ctx.Err()
	}
}

// landed ends a try.
func (s *session) landed(a *arrival, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room.entering == a {
		s.room.arrive(err)
	}
}

// arrive tells whoever tries what came of it. The lock is held.
func (r *room) arrive(err error) {
	if a := r.entering; a != nil {
		r.entering, a.err = nil, err
		close(a.done)
	}
}

// whyNot says for a page why the guest is not in the room.
func whyNot(err error) string {
	var told *stanza.Error
	if !errors.As(err, &told) {
		return "The room does not answer."
	}
	switch told.Condition {
	case stanza.RegistrationRequired, stanza.Forbidden, stanza.NotAllowed, stanza.NotAuthorized:
		return "The room is closed to guests."
	case stanza.ServiceUnavailable, stanza.ResourceConstraint:
		return "The room is full."
	default:
		return "There is no room."
	}
}
