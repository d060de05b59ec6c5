package account

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// NSRegistry is the namespace of requests about the accounts of a host, for programs of
// its administrators (doc/namespaces.md).
const NSRegistry = "urn:causeway:accounts"

// What one request may ask for.
const (
	maxAsked = 1000 // accounts in one answer
	maxMade  = 100  // accounts that are made at once
)

// A Registry answers requests of administrators about the accounts of their host. It is a
// router.Handler.
type Registry struct {
	accounts *Service
	router   *router.Router
}

// NewRegistry makes one of the accounts of s, whose sessions r has.
func NewRegistry(s *Service, r *router.Router) *Registry { return &Registry{s, r} }

// HandleIQ implements router.Handler: <accounts/> reads, <make/> makes accounts,
// <describe/> changes what is noted of one and <erase/> removes one with all that others have of it.
func (r *Registry) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	if !r.accounts.IsAdmin(ctx, iq.From, iq.To) {
		return nil, stanza.Forbidden.Err("only for administrators of the host")
	}
	switch {
	case iq.Type == stanza.Get && iq.PayloadIs(NSRegistry, "accounts"):
		return r.read(ctx, iq)
	case iq.Type == stanza.Set && iq.PayloadIs(NSRegistry, "make"):
		return r.make(ctx, iq)
	case iq.Type == stanza.Set && iq.PayloadIs(NSRegistry, "erase"):
		return r.erase(ctx, iq)
	case iq.Type == stanza.Set && iq.PayloadIs(NSRegistry, "describe"):
		return r.describe(ctx, iq)
	}
	return nil, stanza.FeatureNotImplemented.Err("")
}

// read gives the accounts that the request names, leaving out those that are not there; if
// it names none, a page of all, in the order in which they were made.
func (r *Registry) read(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		From     string `xml:"from,attr"`
		Max      int    `xml:"max,attr"`
		Accounts []struct {
			JID string `xml:"jid,attr"`
			ID  string `xml:"id,attr"`
		} `xml:"account"`
	}
	if err := iq.Decode(&want); err != nil {
		return nil, stanza.BadRequest.Err("not a request for accounts")
	}
	if len(want.Accounts) > maxAsked {
		return nil, stanza.PolicyViolation.Err("too many accounts in one request")
	}
	if want.Accounts == nil {
		return r.page(ctx, iq.To.Domain(), want.From, want.Max)
	}
	b := []byte("<accounts xmlns='" + NSRegistry + "'>")
	for _, w := range want.Accounts {
		a, err := r.find(ctx, iq.To.Domain(), w.JID, w.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		b = r.append(b, &a)
	}
	return append(b, "</accounts>"...), nil
}

// find gives an account by its address or, without one, by its ID. One that is leaving is
// not there any more.
func (r *Registry) find(ctx context.Context, domain, address, id string) (a Account, err error) {
	if address != "" {
		bare, err := jid.Parse(address)
		if err != nil || bare.Domain() != domain || bare.IsFull() || bare.Local() == "" {
			return Account{}, ErrNotFound
		}
		a, err = r.accounts.Get(ctx, bare)
		if err != nil {
			return Account{}, err
		}
	} else {
		known, err := ParseID(id)
		if err != nil {
			return Account{}, ErrNotFound
		}
		if a, err = r.accounts.OfID(ctx, domain, known); err != nil {
			return Account{}, err
		}
	}
	if a.Leaving {
		return Account{}, ErrNotFound
	}
	return a, nil
}

// page gives a page of all accounts, and the ID where the next begins.
func (r *Registry) page(ctx context.Context, domain, from string, limit int) ([]byte, error) {
	var at ID
	if from != "" {
		var err error
		if at, err = ParseID(from); err != nil {
			return nil, stanza.BadRequest.Err("from is not the ID of an account")
		}
	}
	limit = min(max(limit, 1), maxAsked)
	var found []Account
	var next ID
	for more := true; more && next.IsZero(); {
		list, err := r.accounts.Made(ctx, domain, at, limit+1)
		if err != nil {
			return nil, err
		}
		more = len(list) > limit
		for i := range list {
			switch a := &list[i]; {
			case more && i == limit:
				at = a.ID // the first of the next round, if there is one
			case a.Leaving:
			default:
				found = append(found, *a)
			}
		}
		if len(found) > limit {
			next, found = found[limit].ID, found[:limit]
		} else if more && len(found) == limit {
			next = at
		}
	}
	b := []byte("<accounts xmlns='" + NSRegistry + "'")
	if !next.IsZero() {
		b = stanza.AppendAttr(b, "next", next.String())
	}
	b = append(b, '>')
	for i := range found {
		b = r.append(b, &found[i])
	}
	return append(b, "</accounts>"...), nil
}

// make makes the accounts that the request describes, in their order. Each is in the
// answer, or the error that it met.
func (r *Registry) make(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		Open     bool `xml:"open,attr"`
		Accounts []struct {
			JID      string `xml:"jid,attr"`
			Name     string `xml:"name,attr"`
			Nick     string `xml:"nick,attr"`
			Password string `xml:"password"`
		} `xml:"account"`
	}
	if err := iq.Decode(&want); err != nil || len(want.Accounts) == 0 {
		return nil, stanza.BadRequest.Err("name accounts to make")
	}
	if len(want.Accounts) > maxMade {
		return nil, stanza.PolicyViolation.Err("too many accounts in one request")
	}
	drafts := make([]Draft, len(want.Accounts))
	for i, w := range want.Accounts {
		if bare, err := jid.Parse(w.JID); err == nil && bare.Domain() == iq.To.Domain() {
			drafts[i].JID = bare // else it is the zero JID, which cannot be made
		}
		drafts[i].Password, drafts[i].Profile = w.Password, Profile{Name: w.Name, Nick: w.Nick}
	}
	b := []byte("<made xmlns='" + NSRegistry + "'>")
	for i, err := range r.createAll(ctx, drafts, want.Open) {
		var told *stanza.Error
		switch {
		case err == nil:
			a, err := r.accounts.Get(ctx, drafts[i].JID)
			if err != nil {
				return nil, err
			}
			b = r.append(b, &a)
			r.audit(ctx, "add", iq.From, a.JID)
		case errors.As(err, &told):
			b = append(b, "<failed"...)
			b = stanza.AppendAttr(b, "jid", want.Accounts[i].JID)
			b = append(b, '>')
			b = append(stanza.AppendError(b, told), "</failed>"...)
		default:
			return nil, err
		}
	}
	return append(b, "</made>"...), nil
}

// createAll makes accounts; open is that they are for people whom nobody knows, as in CreateOwn.
func (r *Registry) createAll(ctx context.Context, drafts []Draft, open bool) []error {
	if open && slices.ContainsFunc(drafts, func(d Draft) bool { return slices.Contains(r.accounts.cfg.Admins, d.JID) }) {
		errs := make([]error, len(drafts))
		for i := range errs {
			errs[i] = ErrExists
		}
		return errs
	}
	return r.accounts.CreateAll(ctx, drafts)
}

func (r *Registry) erase(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		JID string `xml:"jid,attr"`
	}
	if err := iq.Decode(&want); err != nil {
		return nil, stanza.BadRequest.Err("whom?")
	}
	a, err := r.find(ctx, iq.To.Domain(), want.JID, "")
	if err != nil {
		return nil, err
	}
	// It cannot be undone and nobody finds the account any more, so it does not end with
	// whoever waits for it.
	if err := r.accounts.Erase(context.WithoutCancel(ctx), a.JID); err != nil {
		return nil, err
	}
	r.accounts.cfg.Logger.InfoContext(ctx, "administration", slog.String("act", "erase"), slog.String("jid", a.JID.String()), slog.String("by", iq.From.String()))
	return nil, nil
}

// A description is what <describe/> changes; what is nil stays as it is.
type description struct {
	JID  string  `xml:"jid,attr"`
	Nick *string `xml:"nick,attr"`
	Push *struct {
		Style    *int    `xml:"style,attr"`
		Quiet    *bool   `xml:"quiet,attr"`
		Start    *int    `xml:"start,attr"`
		End      *int    `xml:"end,attr"`
		Notifier *string `xml:"notifier,attr"`
		Device   *string `xml:"device,attr"`
		Ignore   []struct {
			Room   string `xml:"room,attr"`
			Ignore bool   `xml:"ignore,attr"`
		} `xml:"ignore"`
	} `xml:"push"`
}

func (r *Registry) describe(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want description
	if err := iq.Decode(&want); err != nil {
		return nil, stanza.BadRequest.Err("not a description of an account")
	}
	a, err := r.find(ctx, iq.To.Domain(), want.JID, "")
	if err != nil {
		return nil, err
	}
	if err := r.accounts.Describe(ctx, a.JID, want.apply); err != nil {
		return nil, err
	}
	r.audit(ctx, "describe", iq.From, a.JID)
	if a, err = r.accounts.Get(ctx, a.JID); err != nil {
		return nil, err
	}
	b := []byte("<accounts xmlns='" + NSRegistry + "'>")
	return append(r.append(b, &a), "</accounts>"...), nil
}

// maxIgnored is how many rooms an account may ignore.
const maxIgnored = 1000

// apply changes a profile as it is described. It shares nothing that p had before, of
// which there may be copies.
func (d *description) apply(p *Profile) {
	p.Modified = time.Now().UTC().Truncate(time.Millisecond)
	if d.Nick != nil {
		p.Nick = *d.Nick
	}
	if d.Push == nil {
		return
	}
	change(&p.Push.Style, d.Push.Style)
	change(&p.Push.Quiet, d.Push.Quiet)
	change(&p.Push.Start, d.Push.Start)
	change(&p.Push.End, d.Push.End)
	if d.Push.Notifier != nil {
		p.Push.Notifier = *d.Push.Notifier
	}
	if d.Push.Device != nil {
		p.Push.Device = *d.Push.Device
	}
	ignore := make(map[string]bool, len(p.Push.Ignore))
	for room, is := range p.Push.Ignore {
		ignore[room] = is
	}
	for _, i := range d.Push.Ignore {
		if _, known := ignore[i.Room]; known || len(ignore) < maxIgnored {
			ignore[i.Room] = i.Ignore
		}
	}
	p.Push.Ignore = ignore
}

func change[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

func (r *Registry) audit(ctx context.Context, what string, who, whom jid.JID) {
	r.accounts.cfg.Logger.DebugContext(ctx, "administration", slog.String("act", what), slog.String("jid", whom.String()), slog.String("by", who.String()))
}
