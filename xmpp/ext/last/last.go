package last

import (
	"context"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NS is the namespace of last activity (XEP-0012 #protocol).
const NS = "jabber:iq:last"

// maxStatus is the most bytes of a closing status that are kept.
const maxStatus = 1024

// A Service tells last activity; it is a router.Handler for hosts and accounts.
type Service struct {
	store     Store
	subs      Subscriptions
	presences Presences
	started   time.Time
}

// New makes the service of a server that starts now.
func New(store Store, subs Subscriptions, presences Presences) *Service {
	return &Service{store: store, subs: subs, presences: presences, started: time.Now()}
}

// HandleIQ answers a query for last activity.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !iq.PayloadIs(NS, "query") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	account := iq.To.Bare()
	if account.IsZero() {
		account = iq.From.Bare() // RFC 6120 §10.3.3: no 'to' means the sender's account
	}
	if account.IsHost() {
		// XEP-0012 #server: "how long the host has been running"
		return payload(time.Since(s.started), ""), nil
	}
	if err := s.permit(ctx, account, iq.From.Bare()); err != nil {
		return nil, err
	}
	if s.presences.Online(account) {
		// XEP-0012 #offline: with a connected resource the answer is empty and 0.
		return payload(0, ""), nil
	}
	d, err := s.store.Departure(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read last activity of %s: %w", account, err)
	}
	if d.At.IsZero() {
		return nil, stanza.ItemNotFound.Err("never seen")
	}
	return payload(time.Since(d.At), d.Status), nil
}

// permit lets through those who may see the presence of account.
func (s *Service) permit(ctx context.Context, account, asker jid.JID) error {
	if account == asker {
		return nil
	}
	ok, err := s.subs.Subscribed(ctx, account, asker)
	if err != nil {
		return fmt.Errorf("read subscription of %s to %s: %w", asker, account, err)
	}
	if !ok {
		// XEP-0012 #offline: "MUST NOT return last activity information but instead
		// MUST return a forbidden error"
		return stanza.Forbidden.Err("")
	}
	return nil
}

// payload makes the payload of a result (XEP-0012 #protocol).
func payload(ago time.Duration, status string) []byte {
	p := append([]byte(nil), "<query xmlns='"+NS+"' seconds='"...)
	p = strconv.AppendInt(p, max(0, int64(ago/time.Second)), 10)
	p = append(p, "'>"...)
	p = stanza.AppendText(p, status)
	return append(p, "</query>"...)
}

// Left notes that a session of account has ended, with the text of its last
// unavailable presence or "". It must be called when the session is no longer
// bound; unless it was the last one nothing is written.
func (s *Service) Left(ctx context.Context, account jid.JID, status string) error {
	account = account.Bare()
	if s.presences.Online(account) {
		return nil
	}
	if len(status) > maxStatus {
		end := maxStatus
		for end > 0 && !utf8.RuneStart(status[end]) {
			end--
		}
		status = status[:end]
	}
	if err := s.store.SetDeparture(ctx, account, Departure{At: time.Now(), Status: status}); err != nil {
		return fmt.Errorf("note departure of %s: %w", account, err)
	}
	return nil
}
