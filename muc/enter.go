package muc

import (
	"context"
	"fmt"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// reserve is how many admins and owners may be in a room beyond what it holds: "up to
// some reasonable number of additional occupants" (XEP-0045 #enter-maxusers).
const reserve = 20

// enter lets somebody into the room, or tells why not (XEP-0045 #enter). Whoever is in it
// already under that nick has lost his picture of it and gets a new one (#enter-muc). A
// room that does not exist is created (#createroom).
func (r *room) enter(ctx context.Context, t *turn, st *stanza.Stanza, x stanza.Child) error {
	nick := st.To.Resource()
	if err := r.checkNick(nick); err != nil {
		return err
	}
	if s := r.sessions[st.From]; s != nil {
		return r.enterAgain(t, s, st, x)
	}
	if r.service.cfg.Router.Stopped(r.service.hostOf(r.jid)) {
		return &stanza.Error{Type: stanza.Wait, Condition: stanza.ServiceUnavailable, Text: "the host is stopped"}
	}
	if !r.service.joins.take(st.From.Bare(), t.now, r.service.cfg.Limits.JoinRate, r.service.cfg.Limits.JoinBurst) {
		return errTooFast()
	}
	if r.phase == absent {
		if err := r.create(ctx, t, st.From); err != nil {
			return err
		}
	} else if err := r.admit(st, x, nick, t.now); err != nil {
		return err
	}
	if err := r.history.recall(ctx, r); err != nil {
		return err
	}
	presence, err := r.clean(st, jid.JID{})
	if err != nil {
		return err
	}
	s := r.service.newSession(st.From)
	occ := r.byNick[nickKey(nick)]
	if occ == nil {
		if occ, err = r.newOccupant(nick, st.From.Bare()); err != nil {
			return err
		}
	}
	presence.From = occ.jid
	r.seat(occ, s)
	occ.show(s, presence)
	r.welcome(t, s, st, x)
	r.tellSiblings(t, occ, s)
	r.announce(t, occ, item{})
	r.greet(t, s)
	r.close(t)
	return nil
}

// newOccupant makes somebody who is about to take a seat.
func (r *room) newOccupant(nick string, bare jid.JID) (*occupant, error) {
	at, err := r.jid.WithResource(nick)
	if err != nil {
		return nil, stanza.JIDMalformed.Err("this cannot be a nick")
	}
	return &occupant{
		nick: nick, jid: at, bare: bare, id: r.service.occupantID(r.jid, bare),
		role: r.Settings.defaultRole(r.affiliation(bare)),
	}, nil
}

// admit says who may not enter; the order is that of XEP-0045 #enter-errorcodes, but for
// those who are banned, who learn nothing else.
func (r *room) admit(st *stanza.Stanza, x stanza.Child, nick string, now time.Time) error {
	bare := st.From.Bare()
	affiliation := r.affiliation(bare)
	if r.locked && affiliation != Owner {
		return errNoRoom() // XEP-0045 #enter-locked
	}
	if affiliation == Outcast {
		return stanza.Forbidden.Err("you are banned from this room") // XEP-0045 #enter-banned
	}
	if err := r.openFor(bare, now); err != nil {
		return err
	}
	if r.Settings.MembersOnly && affiliation < MemberOf {
		return stanza.RegistrationRequired.Err("this room is for its members") // XEP-0045 #enter-members
	}
	if r.Settings.Password != "" && !sameSecret(st.InnerText(x, "password"), r.Settings.Password) {
		return stanza.NotAuthorized.Err("this room wants a password") // XEP-0045 #enter-pw
	}
	if err := r.nickFree(nick, bare); err != nil {
		return err // XEP-0045 #enter-conflict
	}
	return r.spaceFor(affiliation, r.byNick[nickKey(nick)] != nil)
}

// spaceFor says whether there is a seat left. Another session of an occupant needs none,
// but takes up room in memory (XEP-0045 #enter-maxusers).
func (r *room) spaceFor(a Affiliation, seated bool) error {
	most, extra := r.service.cfg.Limits.Occupants, 0
	if n := r.Settings.MaxUsers; n > 0 {
		most = min(most, n)
	}
	if a >= Admin {
		extra = reserve
	}
	if !seated && len(r.seats) >= most+extra || len(r.sessions) >= r.service.cfg.Limits.Occupants+extra {
		return &stanza.Error{Type: stanza.Wait, Condition: stanza.ServiceUnavailable, Text: "the room is full"}
	}
	return nil
}

// enterAgain is for a client that is in the room already: it "MUST treat it as a full
// synchronization request" (XEP-0045 #bizrules-presence).
func (r *room) enterAgain(t *turn, s *session, st *stanza.Stanza, x stanza.Child) error {
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	if s.occupant.moves(st.To.Resource()) {
		if err := r.rename(t, s, st); err != nil {
			return err
		}
	}
	presence, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	changed := !sameContent(s.presence, presence)
	if changed {
		s.occupant.show(s, presence)
	}
	r.welcome(t, s, st, x)
	if changed {
		r.tellSiblings(t, s.occupant, s)
		r.announce(t, s.occupant, item{})
	}
	return nil
}

// welcome tells a session all there is, in the order of XEP-0045 #order: who is there,
// itself, what was said, and the subject.
func (r *room) welcome(t *turn, s *session, st *stanza.Stanza, x stanza.Child) {
	var codes []int
	for _, occ := range r.seats {
		if occ != s.occupant && occ.known {
			t.tell(r.told(occ, r.sees(s.occupant)), s)
		}
	}
	if r.locked {
		codes = append(codes, statusCreated) // XEP-0045 #createroom-general: "awaiting configuration"
	}
	if st.To.Resource() != s.occupant.nick {
		codes = append(codes, statusNickChanged) // XEP-0045 #enter-pres: as another client of the same person spells it
	}
	if r.Settings.Whois == ToAnyone {
		codes = append(codes, statusNonAnonymous) // XEP-0045 #enter-nonanon: "MUST warn the user"
	}
	if r.Settings.Archive {
		codes = append(codes, statusLogged) // XEP-0045 #enter-logging
	}
	r.tellSelf(t, s, codes...)
	r.history.send(t, r, s, readHistoryWish(st, x, t.now))
	r.tellSubject(t, s)
}

// tellSelf gives a session the presence of its own occupant (XEP-0045 #enter-pres).
func (r *room) tellSelf(t *turn, s *session, codes ...int) {
	r.tellOwn(t, s, item{codes: codes})
}

// tellOwn is tellSelf with whatever else there is to say.
func (r *room) tellOwn(t *turn, s *session, i item) {
	i.codes = append([]int{statusSelf}, i.codes...)
	t.tell(r.presenceOf(s.occupant, &i, true), s)
}

// A wish is how much of what was said somebody wants to be told (XEP-0045
// #enter-managehistory).
type wish struct {
	stanzas, chars int // -1 for no bound
	since          time.Time
}

// readHistoryWish reads the element history; what cannot be understood bounds nothing.
func readHistoryWish(st *stanza.Stanza, x stanza.Child, now time.Time) wish {
	w := wish{stanzas: -1, chars: -1}
	_, inside, err := stanza.Split(st.ChildBytes(x))
	if err != nil {
		return w
	}
	for i := range inside {
		e := &inside[i]
		if !e.Is(NS, "history") {
			continue
		}
		w.stanzas, w.chars = number(e.Attr("maxstanzas")), number(e.Attr("maxchars"))
		if n := number(e.Attr("seconds")); n >= 0 {
			w.since = now.Add(-time.Duration(n) * time.Second)
		}
		if at, err := time.Parse(time.RFC3339Nano, e.Attr("since")); err == nil && at.After(w.since) {
			w.since = at
		}
	}
	return w
}

// number reads a number that bounds something; -1 if it does not.
func number(text string) int {
	n := 0
	if _, err := fmt.Sscanf(strings.TrimSpace(text), "%d", &n); err != nil || n < 0 {
		return -1
	}
	return min(n, 1<<30)
}

// create makes the room, for its owner alone until it is configured (XEP-0045
// #createroom-general).
func (r *room) create(ctx context.Context, t *turn, by jid.JID) error {
	bare := by.Bare()
	if err := r.service.mayCreate(ctx, r.jid, bare); err != nil {
		return err
	}
	r.Record = Record{Settings: r.service.cfg.Defaults, Creator: bare, Created: t.now}
	r.Settings.Password = "" // one that all rooms have is none
	r.setMember(Member{JID: bare, Affiliation: Owner})
	r.phase = alive
	r.lock(true)
	r.history = history{known: true}
	return nil
}

// mayCreate says whether somebody may create a room (XEP-0045 #createroom-general,
// #security-dos: "limiting the number of rooms").
func (s *Service) mayCreate(ctx context.Context, room, bare jid.JID) error {
	host := s.hostOf(room)
	if s.cfg.People.IsAdmin(bare, host) {
		return nil
	}
	if s.cfg.Creators == Admins || s.cfg.Creators == Locals && bare.Domain() != host {
		return stanza.NotAllowed.Err("you may not create rooms here")
	}
	n, err := s.cfg.Store.Count(ctx, room.Domain(), bare)
	if err != nil {
		return fmt.Errorf("count the rooms of %s: %w", bare, err)
	}
	s.mu.Lock()
	n += s.locked[bare]
	s.mu.Unlock()
	if n >= s.cfg.Limits.Rooms {
		return stanza.ResourceConstraint.Err("you have created as many rooms as you may")
	}
	return nil
}
