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
const leaveTime = 5 * time.Second

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
		form.Field{Var: "announcement", Type: form.TextMulti, Label: "Announcement", Required: true})
}

// announce is XEP-0133 #announce: to "users who currently have a session", so
// nothing of it is stored. A headline is for that (RFC 6121 §5.2.2).
func (a *Admin) announce(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	text := given.Text("announcement")
	if text == "" {
		return nil, badPayload("announcement is missing")
	}
	body := append(stanza.AppendText([]byte("<body>"), text), "</body>"...)
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

// listSessions gives the sessions of a host as a table, ordered by address.
func (a *Admin) listSessions(_ context.Context, _, host jid.JID, _ *form.Form) (*form.Form, error) {
	var bound []*router.Session
	for s := range a.router.All {
		if s.JID().Domain() == host.Domain() {
			bound = append(bound, s)
		}
	}
	slices.SortFunc(bound, func(x, y *router.Session) int { return jid.Compare(x.JID(), y.JID()) })
	f := form.New(form.Result, NodeSessions)
	f.Reported = []form.Field{
		{Var: "jid", Type: form.JIDSingle, Label: "Address"},
		{Var: "started", Label: "Bound since"},
		{Var: "active", Label: "Last stanza"},
		{Var: "priority", Label: "Priority, none if not available"},
	}
	for _, s := range bound {
		priority := ""
		if s.Available() {
			priority = strconv.Itoa(int(s.Priority()))
		}
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			{Var: "jid", Values: []string{s.JID().String()}},
			{Var: "started", Values: []string{stamp(s.Started())}},
			{Var: "active", Values: []string{stamp(s.Active())}},
			{Var: "priority", Values: []string{priority}},
		}})
	}
	return f, nil
}
