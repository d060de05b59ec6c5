package muc

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsRooms is of what rooms have and XEP-0045 has no word for: doc/namespaces.md.
const nsRooms = "urn:causeway:rooms"

// lookAgain is how long an open room does not look at the clock: it may have been set.
const lookAgain = time.Minute

// An opening is whether a room is open: by a switch, and by the clock.
type opening struct {
	lines string // that hours was read from
	hours Hours
	alarm *time.Timer // looks at the clock again; nil while nobody is in, or the room never closes
}

// open reports whether people may be in the room, and until when that is certain; zero
// if it has no end.
func (r *room) open(now time.Time) (until time.Time, open bool) {
	if r.Settings.Closed {
		return time.Time{}, false
	}
	if o := &r.opening; o.lines != r.Settings.Hours {
		o.lines = r.Settings.Hours
		o.hours, _ = ParseHours(strings.Split(o.lines, "\n")) // it was checked when it was set
	}
	return r.opening.hours.Open(now.In(r.service.cfg.Zone))
}

// openFor says why nobody may enter now, or why this person may not: the room is closed,
// or wants no guests. XEP-0045 #enter has no condition for either; not-allowed is what
// RFC 6120 §8.3.3.10 has for what nobody may do.
func (r *room) openFor(bare jid.JID, now time.Time) error {
	if _, open := r.open(now); !open {
		if r.Settings.Closed {
			return stanza.NotAllowed.Err("the room is closed")
		}
		return stanza.NotAllowed.Err("the room is closed at this time")
	}
	if r.Settings.NoGuests && r.affiliation(bare) < MemberOf && r.service.cfg.People.IsGuest(bare) {
		return stanza.RegistrationRequired.Err("this room is not for guests")
	}
	return nil
}

// close makes those leave who may not be in the room any more, and else sees to it that
// the room looks at the clock when it may be about to close. It is called when somebody
// has come or the settings have changed, too.
func (r *room) close(t *turn) {
	until, open := r.open(t.now)
	if !open {
		for len(r.seats) > 0 {
			// XEP-0045 #kick: a room that closes is nobody's fault, but there is no better code.
			r.remove(t, r.seats[0], item{codes: []int{statusKicked}, reason: "the room closes"})
		}
	}
	o := &r.opening
	if !open || until.IsZero() || len(r.seats) == 0 {
		if o.alarm != nil {
			o.alarm.Stop()
			o.alarm = nil
		}
		return
	}
	wait := min(until.Sub(t.now), lookAgain)
	if o.alarm != nil {
		o.alarm.Reset(wait)
		return
	}
	o.alarm = time.AfterFunc(wait, func() { r.service.look(r.jid) })
}

// look has a room look at the clock.
func (s *Service) look(addr jid.JID) {
	_, err := s.at(context.Background(), addr, jid.JID{}, false, func(r *room, t *turn) error {
		if r.phase == alive {
			r.close(t)
		}
		return nil
	})
	if err != nil {
		s.log.Error("a room did not look at the clock", slog.String("room", addr.String()), slog.Any("err", err))
	}
}

// greet tells who has come what the room has to say to everybody, in front of all that
// is said from then on. It is not kept.
func (r *room) greet(t *turn, s *session) {
	if r.Settings.Welcome == "" {
		return
	}
	body := append(stanza.AppendText([]byte("<body>"), r.Settings.Welcome), "</body><no-store xmlns='urn:xmpp:hints'/>"...)
	body = append(body, "<welcome xmlns='"+nsRooms+"'/>"...)
	t.tell(stanza.New(stanza.Message, stanza.Groupchat, "", r.jid, jid.JID{}, body), s)
}
