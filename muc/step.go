package muc

import (
	"context"
	"slices"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A turn is one step of a room: who takes it, when, and what comes of it. Nothing of it
// is said or written before the step is over, and nothing at all if it fails.
type turn struct {
	now  time.Time
	by   jid.JID    // who takes it; zero for the service itself
	last []delivery // what those get who are made to leave, before all else
	out  []delivery
	wake []jid.JID

	change  Change       // what is to be written of the room
	remove  bool         // the room goes
	writes  writes       // that the step has made
	person  bool         // a message to a person is among the deliveries
	outside func() error // the rest, which needs no lock
}

// tell has a stanza delivered to sessions of the room.
func (t *turn) tell(st *stanza.Stanza, to ...*session) {
	if len(to) > 0 {
		t.out = append(t.out, delivery{st: st, to: to})
	}
}

// write sends a message to somebody who need not be in the room. The router keeps it as
// any message.
func (t *turn) write(st *stanza.Stanza, to jid.JID) {
	t.out = append(t.out, delivery{st: st, at: to, keep: st.Kind == stanza.Message})
	t.person = t.person || st.Kind == stanza.Message
}

// answer gives the result of a request.
func (t *turn) answer(iq *stanza.Stanza, payload []byte) {
	t.write(iq.Result(payload), iq.From)
}

// success tells who asked for something that it is done, before the others see what it
// was (XEP-0045 #kick and its siblings: "MUST then inform the moderator of success").
func (t *turn) success(iq *stanza.Stanza) {
	result := iq.Result()
	t.last = append(t.last, delivery{st: result, at: iq.From})
}

// deliveries gives all that is to be said. Who was made to leave hears nothing of the room
// behind that.
func (t *turn) deliveries() []delivery {
	left := make(map[*session]bool)
	for _, d := range t.last {
		for _, s := range d.to {
			left[s] = true
		}
	}
	list := t.last
	for _, d := range t.out {
		if len(left) > 0 {
			d.to = slices.DeleteFunc(slices.Clone(d.to), func(s *session) bool { return left[s] })
		}
		if len(d.to) > 0 || !d.at.IsZero() {
			list = append(list, d)
		}
	}
	return list
}

// step is what becomes of one stanza that came to the room. An error that is a
// *stanza.Error is told to its sender.
func (r *room) step(ctx context.Context, t *turn, st *stanza.Stanza) error {
	switch {
	case st.Type == stanza.TypeError && st.Kind != stanza.IQ:
		r.fault(t, st)
		return nil
	case st.Kind == stanza.Presence:
		return r.presence(ctx, t, st)
	case st.Kind == stanza.IQ:
		return r.request(ctx, t, st)
	case !r.exists(st.From.Bare()):
		// XEP-0045 #bizrules-message: "a room that does not exist … item-not-found"
		return errNoRoom()
	case st.Type == stanza.Groupchat:
		return r.groupchat(ctx, t, st)
	case st.To.IsFull():
		return r.private(t, st)
	default:
		return r.letter(ctx, t, st)
	}
}

func errNoRoom() error { return stanza.ItemNotFound.Err("there is no such room") }

// presence tells coming, going and changing apart (XEP-0045 #bizrules-presence: by
// type, and by nothing else).
func (r *room) presence(ctx context.Context, t *turn, st *stanza.Stanza) error {
	s := r.sessions[st.From]
	switch st.Type {
	case stanza.Unavailable:
		if s != nil {
			return r.exit(t, s, st)
		}
		return nil // "A room MUST silently ignore unavailable presence received from a user who has a role of none"
	case stanza.Available:
	default:
		return nil // probes and subscriptions: a room is in nobody's roster
	}
	if c, ok := st.Child(NS, "x"); ok {
		return r.enter(ctx, t, st, c)
	}
	if s == nil {
		return r.stranger(t, st)
	}
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	if s.occupant.moves(st.To.Resource()) {
		return r.rename(t, s, st)
	}
	return r.update(t, s, st)
}

// request answers an IQ, or passes it on.
func (r *room) request(ctx context.Context, t *turn, iq *stanza.Stanza) error {
	asked := iq.Type == stanza.Get || iq.Type == stanza.Set
	switch {
	case !asked && iq.To.IsFull():
		r.passBack(t, iq)
		return nil
	case !asked:
		return nil // RFC 6120 §8.2.3: a response is never answered
	case iq.To.IsFull():
		return r.relay(t, iq)
	}
	c, ok := iq.Payload()
	if !ok {
		return stanza.BadRequest.Err("a request has one payload")
	}
	limits := &r.service.cfg.Limits
	// What the host itself asks, its administrators and their tools do.
	if !iq.From.IsHost() && !r.service.asks.take(iq.From.Bare(), t.now, limits.Rate, limits.Burst) {
		return errTooFast()
	}
	if !r.exists(iq.From.Bare()) {
		return errNoRoom() // XEP-0045 #register, #bizrules-message
	}
	return r.serve(ctx, t, iq, string(iq.ChildNS(c)))
}

// serve answers a request to the room itself; the namespaces are those that discovery
// tells of (disco.go).
func (r *room) serve(ctx context.Context, t *turn, iq *stanza.Stanza, ns string) error {
	switch ns {
	case nsInfo:
		return r.info(t, iq)
	case nsItems:
		return r.items(t, iq)
	case nsAdmin:
		return r.administer(t, iq)
	case nsOwner:
		return r.own(t, iq)
	case nsRegister:
		return r.register(t, iq)
	case nsVCard:
		return r.card(ctx, t, iq)
	case nsArchive:
		return r.read(ctx, t, iq)
	case nsModerate:
		return r.moderate(ctx, t, iq)
	case nsCommands:
		return r.command(t, iq)
	case nsPing:
		t.answer(iq, nil) // XEP-0199 #s2c
		return nil
	}
	// RFC 6120 §8.4: "an entity that does not understand the namespace returns service-unavailable"
	return stanza.ServiceUnavailable.Err("")
}
