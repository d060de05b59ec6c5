package plugchat

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// say says something to the room, or to one person. Once it is answered, what was said is
// in the archive of the room, or on its way to the person and in the archives of both.
func (h *Handler) say(r *http.Request, app bridge.App, p bridge.Params) (any, error) {
	ctx := r.Context()
	s, err := h.hall.find(ctx, app.ID, p["key"], bridge.Address(r))
	if err != nil {
		return nil, err
	}
	text, err := textOf(p["text"])
	if err != nil {
		return nil, err
	}
	id, err := idOf(p["id"])
	if err != nil {
		return nil, err
	}
	if h.words.Allow(s.id) > 0 {
		return nil, errOften
	}
	said, first := s.word(id)
	if first {
		// What is on its way is said, whether or not the page still waits for it.
		s.speak(context.WithoutCancel(ctx), said, p["to"], text)
	}
	select {
	case <-said.done:
		return nil, said.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// speak says a word. One that was refused may be said again; whether one that the room does
// not answer was said nobody knows, so it is not.
func (s *session) speak(ctx context.Context, w *word, to, text string) {
	defer close(w.done)
	if to == "" {
		w.err = s.sayInRoom(ctx, w.id, text)
	} else {
		w.err = s.sayTo(ctx, w.id, to, text)
	}
	if w.err != nil && !errors.Is(w.err, errSilent) {
		s.unsaid(w)
	}
}

// idOf reads the id that a page gives what it says, or makes one.
func idOf(text string) (string, error) {
	if text == "" {
		return rand.Text(), nil
	}
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' || i == 64 {
			return "", errInvalid("id")
		}
	}
	return text, nil
}

// A word is something that was said. Err is what came of it, once done is closed.
type word struct {
	id   string
	done chan struct{}
	err  error
}

// maxSaid is how many words are remembered.
const maxSaid = 30

// word gives the word of an id. A page that has not heard the answer says it again: then it
// is not the first, and is answered as that is.
func (s *session) word(id string) (w *word, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.said {
		if w.id == id {
			return w, false
		}
	}
	w = &word{id: id, done: make(chan struct{})}
	if s.said = append(s.said, w); len(s.said) > maxSaid {
		s.said = s.said[1:]
	}
	return w, true
}

func (s *session) unsaid(w *word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = slices.DeleteFunc(s.said, func(x *word) bool { return x == w })
}

// sayInRoom returns when the room has sent the message back: by then it has kept it.
func (s *session) sayInRoom(ctx context.Context, id, text string) error {
	e := echo{id, make(chan error, 1)}
	s.mu.Lock()
	at, inside := s.room.jid, s.room.inside
	if inside {
		s.room.echoes = append(s.room.echoes, e)
	}
	s.mu.Unlock()
	if !inside {
		return errInvalid("to")
	}
	defer s.forgetEcho(id)
	if err := s.line.Send(ctx, stanza.New(stanza.Message, stanza.Groupchat, id, jid.JID{}, at, body(text))); err != nil {
		return err
	}
	timer := time.NewTimer(roomTime)
	defer timer.Stop()
	select {
	case err := <-e.back:
		return err
	case <-timer.C:
		return errSilent
	}
}

func (s *session) forgetEcho(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room.echoes = slices.DeleteFunc(s.room.echoes, func(e echo) bool { return e.id == id })
}

func body(text string) []byte {
	return append(stanza.AppendText([]byte("<body>"), text), "</body>"...)
}

// sayTo says something to one person: somebody in the room, one of those whom guests may
// write to, or somebody who has written to this guest. All others are strangers to him.
func (s *session) sayTo(ctx context.Context, id, name, text string) error {
	to, err := jid.Parse(name)
	if err != nil {
		return errInvalid("to")
	}
	s.mu.Lock()
	occupant := to.IsFull() && to.Bare() == s.room.jid && s.room.inside && s.room.occupants[to.Resource()]
	may := occupant || s.known[to] || to.IsBare() && to.Domain() == s.account.Domain() && slices.Contains(s.hall.cfg.Contacts, to)
	s.mu.Unlock()
	if !may {
		return errInvalid("to")
	}
	payload := append(body(text), s.nickElement()...) // XEP-0172 #message
	if to.IsFull() {
		payload = append(body(text), "<x xmlns='"+nsRoomUser+"'/>"...) // XEP-0045 #privatemessage
	}
	if err := s.line.Send(ctx, stanza.New(stanza.Message, stanza.Chat, id, jid.JID{}, to, payload)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(event{ID: id, With: to.String(), Nick: s.nick, Avatar: s.avatar, Me: true, Text: text, At: millis(time.Now())})
	return nil
}
