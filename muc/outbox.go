package muc

import (
	"context"
	"log/slog"
	"runtime/debug"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// An outbox is what a room has to say and has not said yet, in order. What was said in
// the room leaves when it is on the disk, and everything behind it then: so all
// occupants see one order, which is that of the archive, and whoever sees his own
// message again knows that it is kept.
//
// It has no goroutine of its own: whoever puts something into an idle outbox starts one
// that delivers until nothing is left.
type outbox struct {
	waiting []post
	weight  int // deliveries of these
	busy    bool
	room    chan struct{} // closed when there is room again, if somebody waits for that
	done    chan struct{} // closed when nothing is left, if somebody waits for that
}

// What may wait before those who bring more have to wait, too: steps, and deliveries of
// them.
const (
	maxWaiting = 256
	maxWeight  = 10_000
)

// crowded reports whether there is no room for more.
func (o *outbox) crowded() bool { return len(o.waiting) >= maxWaiting || o.weight >= maxWeight }

// wait gives a channel that is closed when there is room again.
func (o *outbox) wait() <-chan struct{} {
	if o.room == nil {
		o.room = make(chan struct{})
	}
	return o.room
}

// settled gives a channel that is closed when nothing is left to say.
func (o *outbox) settled() <-chan struct{} {
	if o.done == nil {
		o.done = make(chan struct{})
	}
	return o.done
}

// A post is all that one step has to say.
type post struct {
	deliveries []delivery
	ticket     router.Ticket      // nothing is said before it is done; nil for nothing to wait for
	afresh     bool               // all were made to leave; what comes behind is of the room as it is kept
	kept       chan router.Ticket // told when messages to people were routed; nil if there are none
	wake       []jid.JID          // whose devices are to be woken, by the first delivery
}

// A delivery is one stanza and who gets it.
type delivery struct {
	st   *stanza.Stanza // its To is that of each recipient
	to   []*session
	at   jid.JID // of somebody who need not be in the room; zero if to says it
	keep bool    // the router keeps it for its recipient: it is a message to a person
	gone bool    // it tells those who get it that they are not in the room any more
}

// post adds what a step has to say. The lock is held.
func (r *room) post(p post) {
	r.outbox.waiting = append(r.outbox.waiting, p)
	r.outbox.weight += len(p.deliveries)
	if !r.outbox.busy {
		r.outbox.busy = true
		go r.deliver() // ends when nothing is left to say
	}
}

// A round is what is said in one go: of several posts, each session is told all that is
// for it at once.
type round struct {
	due  []*session // who are to be told something
	wake []wakening // who are to be woken then
	one  []stanza.Stanza
	list []*stanza.Stanza
}

// A wakening is whose devices a message wakes.
type wakening struct {
	who []jid.JID
	st  *stanza.Stanza
}

// maxRound is how many posts are said in one go.
const maxRound = 64

// deliver says all that waits. When something could not be kept, what was said behind it
// may build on that, and nobody hears it, until all have left the room and it is read
// again; requests are answered by an error.
func (r *room) deliver() {
	var broken router.Ticket // why nobody hears it
	var next round
	for {
		posts := r.take()
		if len(posts) == 0 {
			return
		}
		for i := range posts {
			p := &posts[i]
			if p.afresh {
				broken = nil
			}
			if broken != nil {
				p.withhold(broken)
			}
			if !r.say(p, &next) {
				if broken == nil {
					await(posts[i+1:]) // or the room would be read again without them
					broken = p.ticket
					r.collapse(p)
				}
				p.withhold(p.ticket)
				p.ticket = nil
				r.say(p, &next)
			}
			if i%maxRound == maxRound-1 {
				r.hand(&next)
			}
		}
		r.hand(&next)
	}
}

// take gives all that waits. If that is nothing, who delivers has to end.
func (r *room) take() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	posts := r.outbox.waiting
	r.outbox.waiting, r.outbox.weight = nil, 0
	if r.outbox.room != nil {
		close(r.outbox.room)
		r.outbox.room = nil
	}
	if len(posts) > 0 {
		return posts
	}
	r.outbox.busy = false
	if r.outbox.done != nil {
		close(r.outbox.done)
		r.outbox.done = nil
	}
	r.leaveIfIdle()
	return nil
}

// await waits until all that was written is on the disk, or has failed.
func await(posts []post) {
	for i := range posts {
		if t := posts[i].ticket; t != nil {
			<-t.Done()
		}
	}
}

// withhold leaves only requests in a post, and errors instead of their results. Who has left
// is out, but learns no more than that; who wrote to people, that it was not kept.
func (p *post) withhold(because router.Ticket) {
	var rest []delivery
	for _, d := range p.deliveries {
		switch {
		case d.gone:
			d.st = farewell(d.st.From)
		case d.st.Kind != stanza.IQ:
			continue
		case d.st.Type == stanza.Result:
			fault := stanza.AppendError(nil, stanza.InternalServerError.Err(""))
			d.st = stanza.New(stanza.IQ, stanza.TypeError, d.st.ID(), d.st.From, d.at, fault)
		}
		rest = append(rest, d)
	}
	p.deliveries, p.wake = rest, nil
	if p.kept != nil {
		p.kept <- because
		p.kept = nil
	}
}

// farewell tells an occupant that he is out because of a fault.
func farewell(occupant jid.JID) *stanza.Stanza {
	i := item{affiliation: None, codes: []int{statusSelf, statusFault}} // XEP-0045 #service-error-kick
	return stanza.New(stanza.Presence, stanza.Unavailable, "", occupant, jid.JID{}, i.append(nil))
}

// say waits until a post may be said, and says it in the next round; false if what it is
// about could not be kept.
func (r *room) say(p *post, next *round) (ok bool) {
	defer r.contain("it spoke", func() {
		ok = true
		if p.kept != nil {
			p.kept <- nil // whoever waits for it waits for nothing else
		}
	})
	ctx := context.Background() // what is kept has to be said, whoever has gone meanwhile
	if p.ticket != nil {
		select {
		case <-p.ticket.Done():
		default:
			r.hand(next)
			<-p.ticket.Done()
		}
		if err := p.ticket.Err(); err != nil {
			r.service.log.Error("a room could not keep what happened in it", slog.String("room", r.jid.String()), slog.Any("err", err))
			return false
		}
	}
	var kept router.Ticket
	for i := range p.deliveries {
		if t := r.carry(ctx, &p.deliveries[i], next); t != nil {
			kept = t
		}
	}
	if p.kept != nil {
		p.kept <- kept
		p.kept = nil
	}
	if len(p.wake) > 0 {
		next.wake = append(next.wake, wakening{p.wake, p.deliveries[0].st})
	}
	return true
}

// contain is deferred: a panic is the end of what is being said, not of the server, nor of what
// waits behind it.
func (r *room) contain(what string, instead func()) {
	if p := recover(); p != nil {
		r.service.log.Error("a room panicked", slog.String("while", what), slog.String("room", r.jid.String()), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		instead()
	}
}

// carry sees to it that all have a stanza who are to have it. What rooms reflect was judged
// by them, and is in their archive: the router keeps and copies none of it, and sessions of
// ours are told in rounds.
func (r *room) carry(ctx context.Context, d *delivery, next *round) (kept router.Ticket) {
	one := *d.st
	one.Kept = !d.keep
	switch {
	case !d.at.IsZero():
		r.hand(next) // what was said before goes first
		one.To = d.at
		return r.emit(ctx, &one)
	case d.keep:
		r.hand(next)
		for _, s := range d.to {
			one.To = s.jid
			if t := r.emit(ctx, &one); t != nil {
				kept = t
			}
			one.Kept = true // a person has it once, however many sessions she has here
		}
		return kept
	}
	for _, s := range d.to {
		if len(s.due) == 0 {
			next.due = append(next.due, s)
		}
		s.due = append(s.due, d.st)
	}
	return nil
}

// hand ends a round: each session gets what is due to it.
func (r *room) hand(next *round) {
	defer r.contain("it handed out what it said", func() {
		for _, s := range next.due {
			s.due = nil
		}
		*next = round{}
	})
	ctx := context.Background()
	for _, s := range next.due {
		next.one, next.list = next.one[:0], next.list[:0]
		for _, st := range s.due {
			next.one = append(next.one, *st)
		}
		for i := range next.one {
			next.one[i].To, next.one[i].Kept = s.jid, true
			next.list = append(next.list, &next.one[i])
		}
		clear(s.due)
		if s.due = s.due[:0]; cap(s.due) > maxRound {
			s.due = nil
		}
		if s.exit != nil {
			s.exit.EmitAll(ctx, next.list)
			continue
		}
		for _, st := range next.list {
			r.emit(ctx, st)
		}
	}
	clear(next.due)
	clear(next.one)
	next.due = next.due[:0]
	for _, w := range next.wake {
		for _, who := range w.who {
			r.service.cfg.Waker.Wake(ctx, who, w.st)
		}
	}
	next.wake = nil
}

func (r *room) emit(ctx context.Context, st *stanza.Stanza) router.Ticket {
	t, err := r.service.cfg.Router.Emit(ctx, st)
	if err != nil {
		r.service.log.Error("a room could not speak", slog.String("stanza", st.String()), slog.Any("err", err))
	}
	return t
}

// writes are what one step has written, in order: a ticket that is fulfilled when the last
// of them is, and fails if any does.
type writes []router.Ticket

// Done implements router.Ticket: tickets are fulfilled in order.
func (w writes) Done() <-chan struct{} { return w[len(w)-1].Done() }

// Err implements router.Ticket.
func (w writes) Err() error {
	for _, t := range w {
		if err := t.Err(); err != nil {
			return err
		}
	}
	return nil
}

// OnDone implements router.Ticket.
func (w writes) OnDone(f func(error)) {
	w[len(w)-1].OnDone(func(error) { f(w.Err()) })
}
