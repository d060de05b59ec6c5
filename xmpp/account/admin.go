package account

import (
	"context"
	"log/slog"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

const (
	// nsAdmin is the FORM_TYPE of service administration, and what all its nodes
	// begin with (XEP-0133 #registrar-formtype).
	nsAdmin = "http://jabber.org/protocol/admin"
	// NodeSessions is a command of ours: every bound session of a host as a table.
	// XEP-0133 lists users only.
	NodeSessions = "urn:causeway:admin#sessions"
)

// A Command is one ad-hoc command (XEP-0050) for the administrators of a host. Its
// fields are those of the commands that the engine runs, which is no business of
// this package.
type Command struct {
	Node    string
	Name    string
	Allowed func(ctx context.Context, who, host jid.JID) bool
	Forms   []func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)
	Run     func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)
}

// Admin is service administration (XEP-0133): the accounts and sessions of a host
// in the hands of its administrators.
type Admin struct {
	accounts *Service
	router   *router.Router
	// LastLogin, if set, tells when an account that is not online went away; zero
	// if that is not known.
	LastLogin func(ctx context.Context, bare jid.JID) (time.Time, error)
	// RosterSize, if set, counts the contacts of an account.
	RosterSize func(ctx context.Context, bare jid.JID) (int, error)
	// Connection, if set, tells how the client of a session is connected: from which
	// address, with which version of TLS, and whether at present; "" is not known.
	Connection func(s *router.Session) (addr, tls, state string)
}

// NewAdmin makes the administration of the accounts of s, whose sessions r has.
func NewAdmin(s *Service, r *router.Router) *Admin { return &Admin{accounts: s, router: r} }

// Commands gives all commands, in the order of XEP-0133. Not among them: the
// password of a user, which we do not have (XEP-0133 #get-user-password is
// retracted); lists of administrators and of hosts to refuse, which are the
// configuration's; and stopping the server, which is the operating system's.
func (a *Admin) Commands() []Command {
	list := []Command{
		a.accountCommand("add-user", "Add a user", addUserForm, a.addUser),
		a.accountCommand("delete-user", "Delete users", askJIDs("Deleting a User", "The Jabber ID(s) to delete"), a.deleteUser),
		a.accountCommand("disable-user", "Disable users", disableForm, a.disableUser),
		a.accountCommand("reenable-user", "Re-enable users", askJIDs("Re-Enable a User", "The Jabber ID(s) to re-enable"), a.enableUser),
		a.accountCommand("end-user-session", "End sessions of users", askJIDs("Ending a User Session", "The Jabber ID(s) for which to end sessions"), a.endSession),
		a.accountCommand("change-user-password", "Change a user's password", passwordForm, a.changePassword),
		a.accountCommand("get-user-lastlogin", "Get when users were last here", askJIDs("Getting a User's Last Login Time", "The Jabber ID(s) for which to retrieve the last login time"), a.lastLogin),
		a.accountCommand("user-stats", "Get facts about a user", statsForm, a.userStats),
	}
	list = append(list, a.countCommands()...)
	list = append(list, a.listCommands()...)
	return append(list,
		a.accountCommand("announce", "Send an announcement to online users", announceForm, a.announce),
		Command{Node: NodeSessions, Name: "List the sessions", Allowed: a.accounts.IsAdmin, Run: a.listSessions},
	)
}

type step = func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)

// accountCommand makes a command with one form, which is always the same.
func (a *Admin) accountCommand(name, title string, ask func() *form.Form, run step) Command {
	c := Command{Node: nsAdmin + "#" + name, Name: title, Allowed: a.accounts.IsAdmin, Run: run}
	if ask != nil {
		c.Forms = []step{func(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) { return ask(), nil }}
	}
	return c
}

// ask makes the form of a command.
func ask(title, instructions string, fields ...form.Field) *form.Form {
	f := form.New(form.Ask, nsAdmin, fields...)
	f.Title, f.Instructions = title, []string{instructions}
	return f
}

func askJIDs(title, label string) func() *form.Form {
	return func() *form.Form {
		return ask(title, "Fill out this form.",
			form.Field{Var: "accountjids", Type: form.JIDMulti, Label: label, Required: true})
	}
}

// audit notes in the log what was done to an account, and by whom: an
// administrator, or the host itself for the commands of the machine it runs on.
func (a *Admin) audit(ctx context.Context, what string, who, whom jid.JID) {
	a.accounts.cfg.Logger.InfoContext(ctx, "administration", slog.String("act", what),
		slog.String("jid", whom.String()), slog.String("by", who.String()))
}

func result(fields ...form.Field) *form.Form { return form.New(form.Result, nsAdmin, fields...) }

// badPayload is what XEP-0050 #desc-errors has for a form that lacks a field.
func badPayload(text string) error {
	return &stanza.Error{
		Type: stanza.Modify, Condition: stanza.BadRequest, Text: text,
		App: []byte("<bad-payload xmlns='http://jabber.org/protocol/commands'/>"),
	}
}

// one gives the account in the field accountjid. It must be of host: whoever
// administers one host has no say on another.
func one(host jid.JID, given *form.Form) (jid.JID, error) {
	j, err := given.JID("accountjid")
	if err != nil {
		return jid.JID{}, badPayload("accountjid is missing or not an address")
	}
	if j.Local() == "" || j.Domain() != host.Domain() {
		return jid.JID{}, ErrAddress
	}
	// XEP-0133 #change-user-password: "the JID SHOULD be of the form <user@host>".
	return j.Bare(), nil
}

// many gives the addresses in the field accountjids, full ones as they are.
func many(host jid.JID, given *form.Form) ([]jid.JID, error) {
	list, err := given.JIDs("accountjids")
	if err != nil || len(list) == 0 {
		return nil, badPayload("accountjids is missing or not a list of addresses")
	}
	for _, j := range list {
		if j.Local() == "" || j.Domain() != host.Domain() {
			return nil, ErrAddress
		}
	}
	return list, nil
}
