package run

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"causeway/conformance/oracle"
)

const (
	nsCommands = "http://jabber.org/protocol/commands"
	nsForm     = "jabber:x:data"
	nsAdmin    = "http://jabber.org/protocol/admin"
	nsRegister = "jabber:iq:register"
)

// An administrator makes accounts by ad-hoc commands (XEP-0133 #add-user).
type administrator struct {
	t   *Target
	who Account
	mu  sync.Mutex
	s   *oracle.Stream
}

// Administer logs in as an administrator, who makes and removes the accounts.
func Administer(ctx context.Context, t *Target, user, password string) (Accounts, error) {
	a := &administrator{t: t, who: Account{Name: "admin", User: user, Password: password}}
	if err := a.login(ctx); err != nil {
		return nil, err
	}
	return &made{make: a.add, remove: a.remove}, nil
}

// login opens the stream. The lock is held, or nobody else has it yet.
func (a *administrator) login(ctx context.Context) error {
	s, err := a.t.login(ctx, a.who, nil)
	if err != nil {
		return err
	}
	if _, err := s.Bind(""); err != nil {
		s.Close()
		return err
	}
	a.s = s
	return nil
}

// awake opens the stream again if the target has ended it, as a check may have had it do.
// The lock is held.
func (a *administrator) awake(ctx context.Context) error {
	if _, err := ask(a.s, "get", a.t.Domain, "<ping xmlns='urn:xmpp:ping'/>", a.t.patience()); err == nil {
		return nil
	}
	a.s.Close()
	return a.login(ctx)
}

func (a *administrator) add(ctx context.Context, who Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.awake(ctx); err != nil {
		return err
	}
	return a.command("add-user", field("accountjid", who.User+"@"+a.t.Domain)+field("password", who.Password)+field("password-verify", who.Password))
}

func (a *administrator) remove(ctx context.Context, all []Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.awake(ctx); err != nil {
		return err
	}
	defer func() { a.s.Close() }()
	const portion = 50 // of one form
	var errs []error
	for some := range slices.Chunk(all, portion) {
		if a.delete(some...) == nil {
			continue
		}
		// One that a check has removed spoils the portion.
		for _, who := range some {
			if err := a.delete(who); err != nil && !a.t.gone(ctx, who) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// delete removes accounts. The lock is held.
func (a *administrator) delete(some ...Account) error {
	jids := make([]string, len(some))
	for i, who := range some {
		jids[i] = who.User + "@" + a.t.Domain
	}
	return a.command("delete-user", field("accountjids", jids...))
}

// gone reports whether nobody can log in to an account.
func (t *Target) gone(ctx context.Context, who Account) bool {
	s, err := t.login(ctx, who, nil)
	if err == nil {
		s.Close()
	}
	return errors.Is(err, oracle.ErrRefused)
}

// command runs a command of XEP-0133 with its form. The lock is held.
func (a *administrator) command(node, fields string) error {
	first, err := ask(a.s, "set", a.t.Domain, fmt.Sprintf("<command xmlns='%s' node='%s#%s' action='execute'/>", nsCommands, nsAdmin, node), a.t.patience())
	if err != nil {
		return err
	}
	c := first.Child(nsCommands, "command")
	if first.Attr("type") != "result" || c == nil {
		return fmt.Errorf("%s: %.300s", node, first.Raw)
	}
	form := fmt.Sprintf("<x xmlns='%s' type='submit'><field var='FORM_TYPE' type='hidden'><value>%s</value></field>%s</x>", nsForm, nsAdmin, fields)
	last, err := ask(a.s, "set", a.t.Domain, fmt.Sprintf("<command xmlns='%s' node='%s#%s' sessionid='%s'>%s</command>",
		nsCommands, nsAdmin, node, oracle.Escape(c.Attr("sessionid")), form), a.t.patience())
	if err != nil {
		return err
	}
	c = last.Child(nsCommands, "command")
	if last.Attr("type") != "result" || c == nil || c.Attr("status") != "completed" {
		return fmt.Errorf("%s: %.300s", node, last.Raw)
	}
	return nil
}

func field(name string, values ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<field var='%s'>", name)
	for _, v := range values {
		b.WriteString("<value>" + oracle.Escape(v) + "</value>")
	}
	b.WriteString("</field>")
	return b.String()
}

// ErrNoRegistration is that of a target that does not let people register.
var ErrNoRegistration = errors.New("the target refuses to register accounts in band")

// Register gives an Accounts that registers accounts in band, and has each remove
// itself in the end (XEP-0077 #usecases-register, #usecases-cancel).
func Register(t *Target) Accounts {
	return &made{
		make: func(ctx context.Context, who Account) error {
			s, err := t.secure(ctx, "register", nil)
			if err != nil {
				return err
			}
			defer s.Close()
			e, err := ask(s, "set", t.Domain, fmt.Sprintf("<query xmlns='%s'><username>%s</username><password>%s</password></query>",
				nsRegister, who.User, who.Password), t.patience())
			switch {
			case errors.Is(err, oracle.ErrClosed):
				return fmt.Errorf("%w: %w", ErrNoRegistration, err)
			case err == nil && e.Attr("type") != "result":
				return fmt.Errorf("%w: %s %.300s", ErrNoRegistration, e.Condition(), e.Raw)
			}
			return err
		},
		remove: t.removeThemselves,
	}
}

// removeThemselves has accounts remove themselves.
func (t *Target) removeThemselves(ctx context.Context, all []Account) error {
	var errs []error
	for _, who := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s, err := t.login(ctx, who, nil)
		if err != nil {
			if !errors.Is(err, oracle.ErrRefused) { // a check may have removed it
				errs = append(errs, err)
			}
			continue
		}
		if _, err = s.Bind(""); err == nil {
			var e *oracle.Element
			e, err = ask(s, "set", t.Domain, "<query xmlns='"+nsRegister+"'><remove/></query>", t.patience())
			if err == nil && e.Attr("type") == "error" {
				err = fmt.Errorf("%w: %.300s", errLeft, e.Raw)
			}
		}
		s.Close()
		if err != nil && !errors.Is(err, oracle.ErrClosed) && ctx.Err() == nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Command gives an Accounts that runs a command for each account, in which {user},
// {host} and {password} are put in; no shell is involved. With an empty removal the
// accounts remove themselves.
func Command(t *Target, making, removal string) Accounts {
	runs := func(ctx context.Context, line string, who Account) error {
		words := strings.Fields(line)
		put := strings.NewReplacer("{user}", who.User, "{host}", t.Domain, "{password}", who.Password)
		for i := range words {
			words[i] = put.Replace(words[i])
		}
		if len(words) == 0 {
			return errors.New("the account command is empty")
		}
		out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput() //nolint:gosec // the person who runs it has written it
		if err != nil {
			return fmt.Errorf("%w: %.300s", err, strings.ReplaceAll(string(out), who.Password, "…"))
		}
		return nil
	}
	m := &made{make: func(ctx context.Context, who Account) error { return runs(ctx, making, who) }, remove: t.removeThemselves}
	if removal != "" {
		m.remove = func(ctx context.Context, all []Account) error {
			var errs []error
			for _, who := range all {
				errs = append(errs, runs(ctx, removal, who))
			}
			return errors.Join(errs...)
		}
	}
	return m
}

// tidy removes from an account what checks leave there: contacts, blocks, a card,
// nodes, and messages that wait.
func tidy(ctx context.Context, t *Target, a Account) error {
	s, err := t.login(ctx, a, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Bind(""); err != nil {
		return err
	}
	me := a.User + "@" + t.Domain
	do := func(typ, payload string) *oracle.Element {
		var e *oracle.Element
		if err == nil {
			e, err = ask(s, typ, me, payload, t.patience())
		}
		return e
	}
	if contacts := do("get", "<query xmlns='jabber:iq:roster'/>"); contacts != nil {
		for _, item := range contacts.All("jabber:iq:roster", "item") {
			do("set", "<query xmlns='jabber:iq:roster'><item jid='"+oracle.Escape(item.Attr("jid"))+"' subscription='remove'/></query>")
		}
	}
	if nodes := do("get", "<query xmlns='"+nsItems+"'/>"); nodes != nil {
		for _, item := range nodes.All(nsItems, "item") {
			if node := item.Attr("node"); node != "" {
				do("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='"+oracle.Escape(node)+"'/></pubsub>")
			}
		}
	}
	do("set", "<unblock xmlns='urn:xmpp:blocking'/>")
	do("set", "<vCard xmlns='vcard-temp'/>")
	if err == nil {
		err = s.Send("<presence xmlns='jabber:client'/>")
	}
	do("get", "<query xmlns='jabber:iq:roster'/>") // what waited has come before this
	return err
}
