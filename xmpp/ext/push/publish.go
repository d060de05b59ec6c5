package push

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsPubSub    = "http://jabber.org/protocol/pubsub"
	formSummary = "urn:xmpp:push:summary" // XEP-0357 #publishing
)

// publish tells a push service until nothing is due any more.
func (s *Service) publish(t target) {
	defer s.busy.Done()
	for {
		n, ok := s.take(t)
		if !ok {
			return
		}
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		// A service that does not answer must not keep others from being told.
		done := sync.OnceFunc(func() { <-s.slots })
		slow := time.AfterFunc(prompt, done)
		refused, err := s.tell(t, n)
		slow.Stop()
		done()
		if errors.Is(err, errTransient) {
			continue
		}
		if err != nil {
			return // Close
		}
		s.told(t, n.registration, refused)
	}
}

// take takes what is due. It is false, and the goroutine is to end, if nothing is.
func (s *Service) take(t target) (notice, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.due[t]
	if n.count == 0 || s.done {
		delete(s.due, t)
		return notice{}, false
	}
	taken := *n
	n.count = 0
	return taken, true
}

// tell publishes one notification (XEP-0357 #publishing). Refused is the condition
// of the answer if it was an error. The error is errTransient, or that the service is closing.
func (s *Service) tell(t target, n notice) (refused stanza.Condition, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	host, err := jid.New("", t.owner.Domain(), "")
	if err != nil {
		return "", err // cannot be: it is the domain of an address
	}
	answer, err := s.cfg.Router.Ask(ctx, stanza.New(stanza.IQ, stanza.Set, "push", host, t.service, s.payload(n)))
	switch {
	case s.ctx.Err() != nil:
		return "", s.ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return stanza.RemoteServerTimeout, nil
	case err != nil:
		return stanza.InternalServerError, nil //nolint:nilerr // it is a failure like one that the service tells
	}
	if told, ok := answer.AsError(); ok {
		if told.Type == stanza.Wait {
			// XEP-0357 #publishing: "the error is deemed recoverable or transient": the
			// service is being started again, perhaps
			s.cfg.Logger.Debug("push failed for now", slog.String("jid", t.owner.String()),
				slog.String("service", t.service.String()), slog.String("cond", string(told.Condition)))
			return "", errTransient
		}
		return told.Condition, nil
	}
	return "", nil
}

// errTransient says that a service cannot be told at the moment; that is no failure of
// the registration.
var errTransient = errors.New("not now")

// payload makes the publication. A count is told at any rate; who wrote and what only
// if the person or, without a wish of the person, the administrator wants it.
func (s *Service) payload(n notice) []byte {
	fields := []form.Field{{Var: "message-count", Values: []string{strconv.Itoa(n.count)}}}
	if n.tells != AsConfigured {
		fields = append(fields, form.Field{Var: "last-message-sender", Values: []string{n.sender.String()}})
		if n.body != "" {
			fields = append(fields, form.Field{Var: "last-message-body", Values: []string{n.body}})
		}
	}
	b := []byte("<pubsub xmlns='" + nsPubSub + "'><publish")
	if n.registration.Node != "" {
		b = stanza.AppendAttr(b, "node", n.registration.Node)
	}
	b = append(b, "><item><notification xmlns='"+NS+"'>"...)
	b = form.New(form.Submit, formSummary, fields...).Append(b)
	b = append(b, "</notification></item></publish>"...)
	if n.registration.Options != nil {
		b = append(b, "<publish-options>"...)
		b = append(b, n.registration.Options...)
		b = append(b, "</publish-options>"...)
	}
	return append(b, "</pubsub>"...)
}

// told notes what came of a publication, if that is news.
func (s *Service) told(t target, r Registration, refused stanza.Condition) {
	if refused == "" && r.Failures == 0 && r.Off.IsZero() {
		return
	}
	var off bool
	err := s.change(s.ctx, t.owner, func(list []Registration) ([]Registration, error) {
		off = false
		i := slices.IndexFunc(list, func(had Registration) bool { return same(had, r) })
		if i < 0 {
			return list, nil // disabled, or enabled anew, meanwhile
		}
		if refused == "" {
			list[i].Failures, list[i].Refused, list[i].Off = 0, "", time.Time{}
			return list, nil
		}
		list[i].Failures++
		list[i].Refused = string(refused)
		// XEP-0357 #publishing: "a server MAY choose to keep a service enabled … until a
		// sufficient number of errors have been received in a row"
		if list[i].Failures >= s.cfg.Failures {
			off = true
			list[i].Off = time.Now()
		}
		return list, nil
	})
	log := s.cfg.Logger.With(slog.String("jid", t.owner.String()), slog.String("service", t.service.String()))
	switch {
	case err != nil:
		log.Error("the outcome of a push could not be kept", slog.Any("err", err))
	case off:
		log.Warn("a push service failed too often and is not told any more", slog.String("cond", string(refused)))
	case refused != "":
		log.Debug("push failed", slog.String("cond", string(refused)))
	}
}
