package account

import (
	"context"
	"slices"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// addUserForm is XEP-0133 #add-user without the fields for mail address and
// names, which we do not keep.
func addUserForm() *form.Form {
	return ask("Adding a User", "Fill out this form to add a user.",
		form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "The Jabber ID for the account to be added", Required: true},
		form.Field{Var: "password", Type: form.TextPrivate, Label: "The password for this account", Required: true},
		form.Field{Var: "password-verify", Type: form.TextPrivate, Label: "Retype password"})
}

func (a *Admin) addUser(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	bare, err := one(host, given)
	if err != nil {
		return nil, err
	}
	password := given.Value("password")
	if given.Field("password-verify") != nil && given.Value("password-verify") != password {
		return nil, badPayload("the passwords differ")
	}
	if err := a.accounts.Create(ctx, bare, password); err != nil {
		return nil, err
	}
	a.audit(ctx, "add", who, bare)
	return nil, nil
}

// deleteUser is XEP-0133 #delete-user.
func (a *Admin) deleteUser(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	return nil, a.each(ctx, "delete", who, host, given, a.accounts.Remove)
}

// disableForm is XEP-0133 #disable-user with a reason, which is shown to
// administrators.
func disableForm() *form.Form {
	return ask("Disabling a User", "Fill out this form to disable a user.",
		form.Field{Var: "accountjids", Type: form.JIDMulti, Label: "The Jabber ID(s) to disable", Required: true},
		form.Field{Var: "x-reason", Type: form.TextSingle, Label: "The reason, for administrators"})
}

func (a *Admin) disableUser(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	return nil, a.each(ctx, "disable", who, host, given, func(ctx context.Context, bare jid.JID) error {
		return a.accounts.Disable(ctx, bare, given.Value("x-reason"))
	})
}

// enableUser is XEP-0133 #reenable-user.
func (a *Admin) enableUser(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	return nil, a.each(ctx, "enable", who, host, given, a.accounts.Enable)
}

// each does something to each account that the form names, or, if one of them
// does not exist, to none.
func (a *Admin) each(ctx context.Context, what string, who, host jid.JID, given *form.Form, do func(context.Context, jid.JID) error) error {
	list, err := many(host, given)
	if err != nil {
		return err
	}
	for i, j := range list {
		list[i] = j.Bare()
		if _, err := a.accounts.Get(ctx, list[i]); err != nil {
			return err
		}
	}
	slices.SortFunc(list, jid.Compare)
	for _, bare := range slices.Compact(list) {
		if err := do(ctx, bare); err != nil {
			return err
		}
		a.audit(ctx, what, who, bare)
	}
	return nil
}

// passwordForm is XEP-0133 #change-user-password.
func passwordForm() *form.Form {
	return ask("Changing a User Password", "Fill out this form to change a user's password.",
		form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "The Jabber ID for this account", Required: true},
		form.Field{Var: "password", Type: form.TextPrivate, Label: "The password for this account", Required: true})
}

func (a *Admin) changePassword(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	bare, err := one(host, given)
	if err != nil {
		return nil, err
	}
	if err := a.accounts.SetPassword(ctx, bare, given.Value("password")); err != nil {
		return nil, err
	}
	a.audit(ctx, "change password", who, bare)
	return nil, nil
}

// lastLogin is XEP-0133 #get-user-lastlogin. The XEP shows one account only; for
// several, the times come in the order of the addresses, empty where not known.
func (a *Admin) lastLogin(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	list, err := many(host, given)
	if err != nil {
		return nil, err
	}
	var jids, times []string
	for _, j := range list {
		if _, err := a.accounts.Get(ctx, j.Bare()); err != nil {
			return nil, err
		}
		t, err := a.seen(ctx, j.Bare())
		if err != nil {
			return nil, err
		}
		jids, times = append(jids, j.Bare().String()), append(times, t)
	}
	return result(form.Field{Var: "accountjids", Values: jids}, form.Field{Var: "lastlogin", Values: times}), nil
}

// seen is when the account logged in last or, if it is not online, when it was
// last here; "" if that is not known.
func (a *Admin) seen(ctx context.Context, bare jid.JID) (string, error) {
	var at time.Time
	for _, s := range a.router.Sessions(bare) {
		if s.Started().After(at) {
			at = s.Started()
		}
	}
	if at.IsZero() && a.LastLogin != nil {
		var err error
		if at, err = a.LastLogin(ctx, bare); err != nil {
			return "", err
		}
	}
	return stamp(at), nil
}

// stamp writes a time in the DateTime profile of XEP-0082; the zero time is "".
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func statsForm() *form.Form {
	return ask("Get User Statistics", "Fill out this form to gather user statistics.",
		form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "The Jabber ID for statistics", Required: true})
}

// userStats is XEP-0133 #get-user-stats; the names of fields of ours begin with
// x-, as XEP-0068 #approach-fieldnames wants.
func (a *Admin) userStats(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	bare, err := one(host, given)
	if err != nil {
		return nil, err
	}
	acc, err := a.accounts.Get(ctx, bare)
	if err != nil {
		return nil, err
	}
	seen, err := a.seen(ctx, bare)
	if err != nil {
		return nil, err
	}
	var resources []string
	for _, s := range a.router.Sessions(bare) {
		resources = append(resources, s.JID().Resource())
	}
	slices.Sort(resources)
	f := result(
		form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "account", Values: []string{bare.String()}},
		form.Field{Var: "onlineresources", Type: form.TextMulti, Label: "online with", Values: resources},
		form.Field{Var: "lastlogin", Type: form.TextSingle, Label: "last seen", Values: []string{seen}},
		form.Field{Var: "x-created", Type: form.TextSingle, Label: "created", Values: []string{stamp(acc.Created)}},
		form.Field{Var: "x-password-changed", Type: form.TextSingle, Label: "password set", Values: []string{stamp(acc.Changed)}},
		form.Field{Var: "x-disabled", Type: form.Boolean, Label: "disabled", Values: []string{strconv.FormatBool(!acc.Active())}},
		form.Field{Var: "x-reason", Type: form.TextSingle, Label: "because", Values: []string{acc.Reason}})
	if a.RosterSize != nil {
		n, err := a.RosterSize(ctx, bare)
		if err != nil {
			return nil, err
		}
		f.Fields = append(f.Fields, form.Field{Var: "rostersize", Label: "contacts", Values: []string{strconv.Itoa(n)}})
	}
	return f, nil
}
