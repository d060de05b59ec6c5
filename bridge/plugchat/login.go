package plugchat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"causeway/bridge"
)

// login is action=login (plugchat #2.2): the guest is somebody whom the site knows.
func (h *Handler) login(r *http.Request, p bridge.Params) error {
	s, err := h.userOf(r, p, "user", "nick")
	if err != nil {
		return err
	}
	nick, err := nickOf(p["nick"])
	if err != nil {
		return err
	}
	avatar, err := avatarOf(p["avatar"])
	if err != nil {
		return err
	}
	return s.set(r.Context(), member, nick, avatar)
}

// logout is action=logout (plugchat #2.3): the user is a guest again.
func (h *Handler) logout(r *http.Request, p bridge.Params) error {
	s, err := h.userOf(r, p, "user")
	if err != nil {
		return err
	}
	return s.set(r.Context(), guest, "", "")
}

// userOf finds the session that a back end means, of its own site only. What a call needs is
// looked for before it is looked at (wire §6.2).
func (h *Handler) userOf(r *http.Request, p bridge.Params, needs ...string) (*session, error) {
	app, err := h.site(r, p)
	if err != nil {
		return nil, err
	}
	for _, name := range needs {
		// The sample sends an empty user when there is no cookie (plugchat #2.2).
		if strings.TrimSpace(p[name]) == "" {
			return nil, errMissing(name)
		}
	}
	return h.hall.named(r.Context(), app.ID, p["user"])
}

// set makes the session a guest's or a member's. A site may call at every page (plugchat
// #2.4), so what is so already costs nothing.
func (s *session) set(ctx context.Context, status int, nick, avatar string) error {
	if err := s.turn(ctx); err != nil {
		return err
	}
	defer s.done()
	ctx = context.WithoutCancel(ctx) // half of it must not be all of it
	name := nick
	if status == guest {
		name = guestNick(s.account)
	}
	s.mu.Lock()
	same, gone, inside := s.status == status && s.nick == name && s.avatar == avatar, s.gone, s.room.inside
	s.mu.Unlock()
	switch {
	case gone:
		return errInvalid("user")
	case same:
		return nil
	}
	if err := s.keep(ctx, nick, avatar); err != nil {
		if _, gone := s.ready(ctx); gone != nil {
			return errInvalid("user") // it has ended meanwhile, and its account with it
		}
		return err
	}
	s.hideFace()
	s.mu.Lock()
	s.status, s.nick, s.avatar = status, name, avatar
	s.changed(true)
	s.mu.Unlock()
	if !inside {
		return nil
	}
	// The login is made; a room that does not want the name is no reason to say it is not.
	if err := s.become(ctx, name); err != nil && !errors.Is(err, bridge.ErrEnded) {
		s.hall.log.Info("a guest could not change the nick", slog.String("room", s.room.jid.String()), slog.Any("err", err))
	}
	s.showFace()
	s.mu.Lock()
	s.changed(true)
	s.mu.Unlock()
	return nil
}
