package account

import (
	"context"
	"slices"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// leaveTime is how long the sessions of an account that may have none any more
// have to be gone; a client that does not close its stream is not waited for.
const leaveTime = 20 * time.Second

// EndSessions ends all sessions of an account that may have none any more, and
// waits until they are gone, with what waited in them stored: whoever removes
// the account then finds all of it. It is made for Service.OnEnd. XEP-0077
// #usecases-cancel names the error not-authorized.
func EndSessions(r *router.Router) func(ctx context.Context, bare jid.JID) {
	return func(ctx context.Context, bare jid.JID) {
		ctx, cancel := context.WithTimeout(ctx, leaveTime)
		defer cancel()
		sessions := r.Sessions(bare)
		for _, s := range sessions {
			s.End(stream.NotAuthorized.Err("the account is disabled or removed"))
		}
		for _, s := range sessions {
			select {
			case <-s.Left():
			case <-ctx.Done():
				return
			}
		}
	}
}

// endSession is XEP-0133 #end-user-session: a bare address is all sessions of an
// account, a full one that session only. Who is not online needs no ending.
func (a *Admin) endSession(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	list, err := many(host, given)
	if err != nil {
		return nil, err
	}
	ended := 0
	for _, j := range list {
		for _, s := range a.router.Sessions(j.Bare()) {
			if j.IsBare() || s.JID() == j {
				// RFC 6120 §4.9.3.14: "violated some local service policy" is the nearest.
				s.End(stream.PolicyViolation.Err("the session was ended by an administrator"))
				ended++
				a.audit(ctx, "end session", who, s.JID())
			}
		}
	}
	return result(form.Field{Var: "x-ended", Label: "Sessions ended", Values: []string{strconv.Itoa(ended)}}), nil
}

func announceForm() *form.Form {
	return ask("Making an Announcement", "Fill out this form to make an announcement to all active users of this service.",
		form.Field{Var: "announcement", Type: form.TextMulti, Label: "Announcement", Required: true},
		form.Field{Var: "x-nick", Type: form.TextSingle, Label: "The name that it is shown with"})
}

// announce is XEP-0133 #announce: to "users who currently have a session", so
// nothing of it is stored. A headline is for that (RFC 6121 §5.2.2). The field x-nick is
// ours.
func (a *Admin) announce(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	text := given.Text("announcement")
	if text == "" {
		return nil, badPayload("announcement is missing")
	}
	body := append(stanza.AppendText([]byte("<body>"), text), "</body>"...)
	if nick := given.Value("x-nick"); nick != "" {
		body = append(stanza.AppendText(append(body, "<nick xmlns='http://jabber.org/protocol/nick'>"...), nick), "</nick>"...) // XEP-0172 #message
	}
	sent := 0
	for s := range a.router.All {
		if s.JID().Domain() != host.Domain() {
			continue
		}
		if _, err := a.router.Emit(ctx, stanza.New(stanza.Message, stanza.Headline, "", host, s.JID(), body)); err != nil {
			return nil, err
		}
		sent++
	}
	a.audit(ctx, "announce", who, host)
	return result(form.Field{Var: "x-sent", Label: "Sessions reached", Values: []string{strconv.Itoa(sent)}}), nil
}

// sessionsPage is how many sessions are in one answer: with the longest addresses
// that there can be it is still shorter than the control socket takes.
const sessionsPage = 500

// listSessions gives the sessions of a host as a table, ordered by address: those
// after the address in the field x-after, at most sessionsPage of them. None means
// that there are no more.
func (a *Admin) listSessions(_ context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	var after jid.JID
	if given.Value("x-after") != "" {
		var err error
		if after, err = given.JID("x-after"); err != nil {
			return nil, badPayload("x-after is not an address")
		}
	}
	var bound []*router.Session
	for s := range a.router.All {
		if s.JID().Domain() == host.Domain() && jid.Compare(s.JID(), after) > 0 {
			bound = append(bound, s)
		}
	}
	slices.SortFunc(bound, func(x, y *router.Session) int { return jid.Compare(x.JID(), y.JID()) })
	bound = bound[:min(len(bound), sessionsPage)]
	f := form.New(form.Result, NodeSessions)
	f.Reported = []form.Field{
		{Var: "jid", Type: form.JIDSingle, Label: "Address"},
		{Var: "started", Type: form.TextSingle, Label: "Since"},
		{Var: "active", Type: form.TextSingle, Label: "Last stanza"},
		{Var: "priority", Label: "Priority"}, // none if not available
		{Var: "addr", Type: form.TextSingle, Label: "From"},
		{Var: "tls", Type: form.TextSingle, Label: "TLS"},
		{Var: "state", Type: form.TextSingle, Label: "State"},
	}
	for _, s := range bound {
		f.Items = append(f.Items, a.sessionRow(s))
	}
	return f, nil
}

// sessionRow is one line of the table. What is not known is left out.
func (a *Admin) sessionRow(s *router.Session) form.Item {
	var row form.Item
	cell := func(name, value string) {
		if value != "" {
			row.Fields = append(row.Fields, form.Field{Var: name, Values: []string{value}})
		}
	}
	cell("jid", s.JID().String())
	cell("started", stamp(s.Started()))
	cell("active", stamp(s.Active()))
	if s.Available() {
		cell("priority", strconv.Itoa(int(s.Priority())))
	}
	if a.Connection != nil {
		addr, tls, state := a.Connection(s)
		cell("addr", addr)
		cell("tls", tls)
		cell("state", state)
	}
	return row
}
