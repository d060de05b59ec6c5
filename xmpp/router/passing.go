package router

import (
	"context"

	"causeway/xmpp/stanza"
)

// A Passing is one message on its way through the router, as those see it who
// keep it or follow it. It is theirs for the time of the call only.
type Passing struct {
	// Stanza leaves as a Keeper has left it: a Keeper may take out children, and
	// append to Extra what the recipient is to have besides.
	*stanza.Stanza
	Verdict Verdict
	// Sent is like Extra, for the copies that go to the sender's own devices; a
	// Keeper appends to it.
	Sent []byte
	// Took are the sessions that took the message; a Follower sees them.
	Took []*Session

	extra []byte        // room for Extra
	fault *stanza.Error // what its sender is to be told; nil if nothing
}

// extraRoom is enough for the id of an archive.
const extraRoom = 256

// pass shows a message to those who keep it, has it carried out, and shows it to
// those who follow it.
func (r *Router) pass(ctx context.Context, st *stanza.Stanza, d destination, v Verdict) (Ticket, error) {
	p, ok := r.passings.Get().(*Passing)
	if !ok {
		p = &Passing{extra: make([]byte, 0, extraRoom), Sent: make([]byte, 0, extraRoom)}
	}
	p.Stanza, p.Verdict, d.passing = st, v, p
	st.Extra = p.extra
	ticket, err := r.inTurn(ctx, p, d)
	// Outside of the turn: the sender may be behind a gate.
	switch {
	case err != nil:
		p.fault = r.asStanzaError(err, st)
	case p.fault != nil:
	case v.Action == Forward:
		// And a gate may route more messages, which take their own.
		d.passing = nil
		kept, err := r.carry(ctx, st, d, v)
		if err != nil {
			p.fault = r.asStanzaError(err, st)
		}
		if kept != nil {
			ticket = kept // tickets are fulfilled in the order they were given out
		}
	}
	st.Extra = nil
	if p.fault != nil {
		r.bounce(ctx, st, p.fault)
	}
	clear(p.Took)
	p.Stanza, p.Sent, p.Took, p.fault = nil, p.Sent[:0], p.Took[:0], nil
	r.passings.Put(p)
	return ticket, nil
}

// inTurn does what has to happen in one order for all who have a part in the
// message: its place in the archives is its place among what sender and recipient
// are given.
func (r *Router) inTurn(ctx context.Context, p *Passing, d destination) (Ticket, error) {
	if p.Verdict.Copies {
		i, j := r.turns.take(p.From, p.To)
		defer r.turns.release(i, j)
		d = r.fresh(ctx, p, d)
	}
	if p.Verdict.Action == Bounce {
		return r.carry(ctx, p.Stanza, d, p.Verdict)
	}
	ticket, err := r.keep(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.Verdict.Action != Forward {
		stored, err := r.carry(ctx, p.Stanza, d, p.Verdict)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			ticket = stored // tickets are fulfilled in the order they were given out
		}
	}
	if p.Verdict.Action != Bounce {
		for _, f := range r.followers {
			f.Follow(ctx, p)
		}
	}
	return ticket, nil
}

// fresh judges a message again if sessions have come or gone while it waited for its
// turn: one that has come may have read the archive meanwhile, in which it was not yet.
func (r *Router) fresh(ctx context.Context, p *Passing, d destination) destination {
	if d.gate != nil || sameSessions(d.sessions, r.Sessions(p.To)) {
		return d
	}
	d = r.locate(ctx, p.To)
	d.passing, p.Verdict = p, decide(head{p.Kind, p.Type}, d.target)
	return d
}

// sameSessions compares two snapshots of the table, which never changes one.
func sameSessions(a, b []*Session) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// keep shows a message to the keepers.
func (r *Router) keep(ctx context.Context, p *Passing) (last Ticket, err error) {
	for _, k := range r.keepers {
		t, err := k.Keep(ctx, p)
		if err != nil {
			return nil, err
		}
		if t != nil {
			last = t
		}
	}
	return last, nil
}

// took notes that a session took the message.
func (d destination) took(s *Session) {
	if d.passing != nil {
		d.passing.Took = append(d.passing.Took, s)
	}
}

// refused tells the sender that a message does not reach its recipient after all; of a
// passing message, when its turn is over.
func (r *Router) refused(ctx context.Context, st *stanza.Stanza, d destination, e *stanza.Error) {
	if d.passing == nil {
		r.bounce(ctx, st, e)
		return
	}
	d.passing.Verdict.Action, d.passing.fault = Bounce, e
}
