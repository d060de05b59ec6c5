package caps

import (
	"container/list"
	"context"
	"log/slog"
	"maps"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A subject is what one question is about: a claim, and the one session it is true
// for if it cannot be verified.
type subject struct {
	claim
	only jid.JID
}

// A question is a claim that nobody has proved yet. There are at most as many as
// sessions that wait.
type question struct {
	subject
	waiting map[jid.JID]string // who claims it, and the node to ask each for
	silent  []jid.JID          // who claims it and did not answer
	place   *list.Element      // in the queue; nil while a goroutine works on it
	asked   jid.JID            // who is being asked
	stop    context.CancelFunc // ends that
}

// wait lets a session wait for the answer to its claim. The caller holds s.mu.
func (s *Service) wait(full jid.JID, c claim, node string) {
	sub := subject{claim: c}
	if !c.verifiable() {
		sub.only = full
	}
	q := s.open[sub]
	if q == nil {
		q = &question{subject: sub, waiting: make(map[jid.JID]string)}
		s.open[sub] = q
		q.place = s.queue.PushBack(q)
	}
	q.waiting[full] = node
	s.waiting[full] = q
	s.start()
}

// withdraw lets a session wait no more. The caller holds s.mu.
func (s *Service) withdraw(full jid.JID) {
	q := s.waiting[full]
	if q == nil {
		return
	}
	delete(s.waiting, full)
	delete(q.waiting, full)
	q.silent = slices.DeleteFunc(q.silent, func(j jid.JID) bool { return j == full })
	switch {
	case q.asked == full:
		q.stop()
	case len(q.waiting) == 0 && q.place != nil:
		s.queue.Remove(q.place)
		delete(s.open, q.subject)
	}
}

// start puts goroutines to work on the queue. The caller holds s.mu.
func (s *Service) start() {
	for s.asking < s.asks && s.queue.Len() > 0 {
		q := s.queue.Remove(s.queue.Front()).(*question)
		q.place = nil
		s.asking++
		// Ends when nobody waits for the answer any more: each who does is asked
		// once, and has so much patience at most.
		go s.resolve(q)
	}
}

// resolve asks one after the other of those who make a claim until one proves it.
func (s *Service) resolve(q *question) {
	for {
		ctx, full, node, ok := s.next(q)
		if !ok {
			return
		}
		in, answered, err := s.ask(ctx, full, node)
		if err != nil {
			s.log.Debug("no entity capabilities", slog.String("jid", full.String()), slog.Any("err", err))
		}
		s.settle(q, full, in, answered)
	}
}

// next picks somebody to ask; ok is false when nobody waits, and then q is over.
func (s *Service) next(q *question) (ctx context.Context, full jid.JID, node string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for full, node = range q.waiting { // in no order, so that those who lie cannot stand in front
		ctx, q.stop = context.WithTimeout(context.Background(), s.patience)
		q.asked = full
		return ctx, full, node, true
	}
	for _, full := range q.silent {
		delete(s.waiting, full)
	}
	if s.open[q.subject] == q {
		delete(s.open, q.subject)
	}
	s.asking--
	s.start()
	return nil, full, "", false
}

// ask asks a client what it can do (XEP-0115 #discover), in the name of its own
// account. The answer is nil if it was an error; answered is false if there was
// none in time.
func (s *Service) ask(ctx context.Context, full jid.JID, node string) (in *info, answered bool, err error) {
	query := []byte("<query xmlns='" + nsInfo + "'")
	if node != "" { // XEP-0115 #legacy: the version "SHOULD" be ignored entirely
		query = stanza.AppendAttr(query, "node", node)
	}
	answer, err := s.router.Ask(ctx, stanza.New(stanza.IQ, stanza.Get, "caps", full.Bare(), full, append(query, "/>"...)))
	if err != nil {
		return nil, false, err
	}
	if told, ok := answer.AsError(); ok {
		return nil, true, told
	}
	in, err = readInfo(answer)
	return in, true, err
}

// settle makes of an answer what it is worth.
func (s *Service) settle(q *question, full jid.JID, in *info, answered bool) {
	var features []string
	proved := false
	if in != nil {
		features = in.features()
		proved = q.verifiable() && in.proves(q.claim)
	}
	e := newCapabilities(q.claim, features)
	set := Set{Hash: q.hash, Ver: q.ver, Features: features}
	var told []jid.JID
	var forgotten *capabilities
	s.mu.Lock()
	q.stop()
	q.asked = jid.JID{}
	switch {
	case proved:
		// XEP-0115 #ver-proc: "SHOULD globally cache the result for all JabberIDs".
		forgotten = s.cache.add(e)
		delete(s.open, q.subject)
		told = slices.AppendSeq(q.silent, maps.Keys(q.waiting))
		clear(q.waiting)
		q.silent = nil
	case s.waiting[full] != q: // it is gone, or claims something else by now
	case answered:
		// XEP-0115 #ver-proc: "MUST NOT globally cache"; it is true for this one only.
		delete(q.waiting, full)
		told = append(told, full)
	default: // another one may prove its claim yet
		delete(q.waiting, full)
		q.silent = append(q.silent, full)
	}
	for _, each := range told {
		s.sessions[each] = e
		delete(s.waiting, each)
	}
	s.mu.Unlock()
	ctx := context.Background() // the store and eventing bound their own work
	if proved {
		s.keep(ctx, set, forgotten)
	}
	for _, each := range told {
		s.tell(ctx, each)
	}
}

// keep writes a verified set down, in place of one that was forgotten for it.
func (s *Service) keep(ctx context.Context, set Set, forgotten *capabilities) {
	if forgotten != nil {
		if err := s.store.ForgetSet(ctx, forgotten.claim.hash, forgotten.claim.ver); err != nil {
			s.log.Error("entity capabilities could not be forgotten", slog.Any("err", err))
			return
		}
	}
	if err := s.store.PutSet(ctx, set); err != nil {
		// After a restart they are asked for again.
		s.log.Error("entity capabilities could not be kept", slog.Any("err", err))
	}
}
