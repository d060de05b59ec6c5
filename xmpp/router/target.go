package router

import (
	"context"
	"log/slog"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A target says what kind of address a stanza is for, and how things stand
// there. These are the rows of doc/routing.md.
type target uint8

const (
	toHost target = iota // a domain of ours, or a resource of it

	// The bare JID of an account here (RFC 6121 §8.5.2).
	toBareUnknown  // no such account
	toBareOffline  // nobody is available
	toBareNegative // none of the available resources may have messages now
	toBareReady    // at least one has not

	// A full JID of an account here (RFC 6121 §8.5.3).
	toFullUnknown  // no such account
	toFullMatch    // that resource is connected
	toFullOffline  // it is not, and nobody is available
	toFullNegative // it is not, and the others have negative priority
	toFullReady    // it is not, and another one is ready

	toGate    // a domain that a gate of ours answers for: rooms, a component
	toRemote  // another server, and there is a way to other servers
	toNowhere // another server, and there is none
)

// A destination is a target together with what was found there.
type destination struct {
	target
	sessions []*Session // of the account
	match    *Session   // the one with the full JID
	gate     Gate
	passing  *Passing // of a message that is kept and followed; nil for all else
}

// locate looks up where a stanza to the address goes.
func (r *Router) locate(ctx context.Context, to jid.JID) destination {
	if !r.hosts[to.Domain()] {
		if g := r.gates[to.Domain()]; g != nil {
			return destination{target: toGate, gate: g}
		}
		if r.remote != nil {
			return destination{target: toRemote, gate: r.remote}
		}
		return destination{target: toNowhere}
	}
	if to.Local() == "" {
		return destination{target: toHost}
	}
	d := destination{sessions: r.Sessions(to)}
	if to.IsFull() {
		if d.match = find(d.sessions, to); d.match != nil {
			d.target = toFullMatch
			return d
		}
	}
	d.target = r.unmatched(ctx, to, d.sessions)
	return d
}

// unmatched tells how things stand at an account, its full JIDs aside.
func (r *Router) unmatched(ctx context.Context, to jid.JID, sessions []*Session) target {
	t := toBareOffline
	for _, s := range sessions {
		if s.ready() {
			t = toBareReady
			break
		}
		if s.Available() {
			// A negative priority, or older messages that have to go first:
			// either way somebody sees presence, and messages are stored.
			t = toBareNegative
		}
	}
	if len(sessions) == 0 && !r.exists(ctx, to.Bare()) {
		t = toBareUnknown
	}
	if to.IsFull() {
		return t.full()
	}
	return t
}

// full is the target of an unmatched full JID of the account that t describes.
func (t target) full() target {
	switch t {
	case toBareUnknown:
		return toFullUnknown
	case toBareOffline:
		return toFullOffline
	case toBareNegative:
		return toFullNegative
	default:
		return toFullReady
	}
}

// exists asks whether there is such an account. When the store cannot say, the
// account counts as existing: a message is then stored or answered with an
// error by those who come next, never dropped.
func (r *Router) exists(ctx context.Context, bare jid.JID) bool {
	ok, err := r.accounts.Exists(ctx, bare)
	if err != nil {
		r.log.Error("account could not be looked up", slog.String("jid", bare.String()), slog.Any("err", err))
		return true
	}
	return ok
}

// head is what decide needs to know of a stanza.
type head struct {
	kind stanza.Kind
	typ  stanza.Type
}
