package blocking

import (
	"context"
	"log/slog"
	"slices"
	"strconv"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// minSweep is the least number of accounts that makes the notes be swept.
const minSweep = 1024

// note remembers that the resource asker has asked for the list of owner.
// Sessions that have ended since are forgotten here: nobody has to tell.
func (s *Service) note(owner, asker jid.JID) {
	bound := s.router.Sessions(owner)
	i := slices.IndexFunc(bound, func(b *router.Session) bool { return b.JID() == asker })
	if i < 0 {
		return // it has gone, or is no session but somebody inside who asks once
	}
	s.mu.Lock()
	list := alive(s.asked[owner], bound)
	if !slices.Contains(list, bound[i]) {
		list = append(list, bound[i])
	}
	s.asked[owner] = list
	var sweep []jid.JID
	if len(s.asked) >= s.sweepAt {
		for account := range s.asked {
			sweep = append(sweep, account)
		}
	}
	s.mu.Unlock()
	if sweep != nil {
		s.sweep(sweep)
	}
}

// sweep forgets the sessions that have ended, and sets the size at which to
// sweep again so that it costs little per note.
func (s *Service) sweep(accounts []jid.JID) {
	for _, account := range accounts {
		bound := s.router.Sessions(account)
		s.mu.Lock()
		if list := alive(s.asked[account], bound); len(list) > 0 {
			s.asked[account] = list
		} else {
			delete(s.asked, account)
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	s.sweepAt = max(minSweep, 2*len(s.asked))
	s.mu.Unlock()
}

// alive gives those of the sessions that are bound, in a new slice.
func alive(sessions, bound []*router.Session) []*router.Session {
	var out []*router.Session
	for _, one := range sessions {
		if slices.Contains(bound, one) {
			out = append(out, one)
		}
	}
	return out
}

// push tells the resources that have asked for the list of a change: "an IQ-set
// to all of the user's resources that have requested the blocklist"
// (XEP-0191 #block, #unblock).
func (s *Service) push(ctx context.Context, owner jid.JID, local string, items []jid.JID) {
	bound := s.router.Sessions(owner)
	s.mu.Lock()
	told := alive(s.asked[owner], bound)
	s.mu.Unlock()
	if len(told) == 0 {
		return
	}
	payload := appendItems(nil, local, items)
	for _, one := range told {
		id := "block-" + strconv.FormatUint(s.pushes.Add(1), 36)
		s.emit(ctx, stanza.New(stanza.IQ, stanza.Set, id, owner, one.JID(), payload))
	}
}

// emit routes a stanza of ours. What goes wrong is logged: the change that it
// tells of is already done.
func (s *Service) emit(ctx context.Context, st *stanza.Stanza) {
	if _, err := s.router.Emit(ctx, st); err != nil {
		s.log.Warn("a stanza about blocking found no way", slog.String("stanza", st.String()), slog.Any("err", err))
	}
}
