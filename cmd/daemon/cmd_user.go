package daemon

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nodeAdmin is what the nodes of XEP-0133 begin with.
const nodeAdmin = "http://jabber.org/protocol/admin#"

func (c *cli) userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Add, change and list accounts", Args: cobra.NoArgs, RunE: needSubcommand}
	cmd.AddCommand(
		c.userAdd(), c.userPasswd(),
		c.userAct("disable", "Keep accounts from logging in; nothing of theirs is lost", "disable-user"),
		c.userAct("enable", "Let disabled accounts log in again", "reenable-user"),
		c.userAct("del", "Remove accounts and all that they keep", "delete-user"),
		c.userList(), c.userShow(),
	)
	return cmd
}

// A secret is where a password comes from.
type secret struct {
	given string // --password
	stdin bool   // --password-stdin
}

func (s *secret) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.given, "password", "", "the password; other users of this machine may see it in the list of processes")
	cmd.Flags().BoolVar(&s.stdin, "password-stdin", false, "read the password from the first line of the standard input")
}

// read gets the password: from a flag, the standard input, or whoever sits at the terminal.
func (s *secret) read(c *cli) (string, error) {
	switch {
	case s.given != "" && s.stdin:
		return "", misuse("--password and --password-stdin exclude each other")
	case s.given != "":
		return s.given, nil
	case s.stdin:
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	f, ok := c.in.(*os.File)
	if !ok || !isTerminal(c.in) {
		return "", &fault{err: errors.New("no password"), hint: "--password-stdin reads it from the standard input", usage: true}
	}
	prompt := func(text string) (string, error) {
		_, _ = fmt.Fprint(c.errs, text)
		line, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(c.errs)
		return string(line), err
	}
	first, err := prompt("password: ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	second, err := prompt("again: ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if first != second {
		return "", errors.New("the passwords differ")
	}
	return first, nil
}

// with runs f with an agent for the hosts of the accounts.
// A store that is not there is made only if create says so.
func (c *cli) with(ctx context.Context, accounts []jid.JID, create bool, f func(agent) error) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	var hosts []string
	for _, j := range accounts {
		hosts = append(hosts, j.Domain())
	}
	slices.Sort(hosts)
	a, err := reach(ctx, cfg, c.quiet(), create, slices.Compact(hosts)...)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.close())
}

// account reads an address of the command line.
func accountArg(arg string) (jid.JID, error) {
	j, err := jid.Parse(arg)
	if err != nil || j.Local() == "" {
		return jid.JID{}, misuse("%q is not an address like romeo@montague.lit", arg)
	}
	return j, nil
}

func (c *cli) userAdd() *cobra.Command {
	var password secret
	var batch string
	cmd := &cobra.Command{
		Use:   "add JID | add --batch FILE",
		Short: "Add an account, or one for each line JID TAB PASSWORD of a file (- is the standard input)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (batch != "") == (len(args) == 1) {
				return misuse("user add: expected an address or --batch FILE")
			}
			if batch != "" {
				return c.addBatch(cmd.Context(), batch)
			}
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			p, err := password.read(c)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), []jid.JID{j}, true, func(a agent) error {
				return addAccount(cmd.Context(), a, j, p)
			})
		},
	}
	password.flags(cmd)
	cmd.Flags().StringVar(&batch, "batch", "", "file of accounts")
	return cmd
}

func addAccount(ctx context.Context, a agent, j jid.JID, password string) error {
	_, err := run(ctx, a, j.Domain(), nodeAdmin+"add-user",
		form.Field{Var: "accountjid", Values: []string{j.String()}},
		form.Field{Var: "password", Values: []string{password}})
	return explain(j.String(), err)
}

func (c *cli) userPasswd() *cobra.Command {
	var password secret
	cmd := &cobra.Command{
		Use:   "passwd JID",
		Short: "Change the password of an account",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			p, err := password.read(c)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), []jid.JID{j}, false, func(a agent) error {
				_, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+"change-user-password",
					form.Field{Var: "accountjid", Values: []string{j.String()}},
					form.Field{Var: "password", Values: []string{p}})
				return explain(j.String(), err)
			})
		},
	}
	password.flags(cmd)
	return cmd
}

// userAct is a command that does one thing to each account it is given.
func (c *cli) userAct(name, short, node string) *cobra.Command {
	return &cobra.Command{
		Use:   name + " JID...",
		Short: short,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := make([]jid.JID, len(args))
			for i, arg := range args {
				var err error
				if list[i], err = accountArg(arg); err != nil {
					return err
				}
			}
			return c.with(cmd.Context(), list, false, func(a agent) error {
				var failed error
				for _, j := range list {
					_, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+node,
						form.Field{Var: "accountjids", Values: []string{j.String()}})
					failed = cmp.Or(failed, explain(j.String(), err))
				}
				return failed
			})
		},
	}
}

func (c *cli) userShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show JID",
		Short: "Print what is known of an account",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), []jid.JID{j}, false, func(a agent) error {
				f, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+"user-stats",
					form.Field{Var: "accountjid", Values: []string{j.String()}})
				if err != nil {
					return explain(j.String(), err)
				}
				return c.printFields(f)
			})
		},
	}
}

func (c *cli) userList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [DOMAIN...]",
		Short: "List the accounts of hosts; of all, if none is named",
		RunE: func(cmd *cobra.Command, domains []string) error {
			var hosts []jid.JID
			for _, d := range domains {
				j, err := hostJID(d)
				if err != nil {
					return err
				}
				hosts = append(hosts, j)
			}
			return c.with(cmd.Context(), hosts, false, func(a agent) error {
				if len(domains) == 0 {
					domains = a.hosts()
				}
				rows := &form.Form{}
				for _, d := range domains {
					if err := listAccounts(cmd.Context(), a, d, rows); err != nil {
						return explain(d, err)
					}
				}
				return c.printRows(rows)
			})
		},
	}
}

// listAccounts adds the accounts of a host to rows, and which of them are disabled.
func listAccounts(ctx context.Context, a agent, domain string, rows *form.Form) error {
	disabled := make(map[string]bool)
	err := pages(ctx, a, domain, "get-disabled-users-list", "disableduserjids", func(j string) { disabled[j] = true })
	if err != nil {
		return err
	}
	return pages(ctx, a, domain, "get-registered-users-list", "registereduserjids", func(j string) {
		state := "active"
		if disabled[j] {
			state = "disabled"
		}
		rows.Items = append(rows.Items, form.Item{Fields: []form.Field{
			{Var: "jid", Values: []string{j}}, {Var: "state", Values: []string{state}},
		}})
	})
}

// pages reads a list of addresses to its end.
func pages(ctx context.Context, a agent, domain, node, field string, each func(string)) error {
	for after := ""; ; {
		f, err := run(ctx, a, domain, nodeAdmin+node,
			form.Field{Var: "max_items", Values: []string{"none"}}, form.Field{Var: "x-after", Values: []string{after}})
		if err != nil {
			return err
		}
		list := f.Values(field)
		if len(list) == 0 {
			return nil
		}
		for _, j := range list {
			each(j)
		}
		if after, _, _ = strings.Cut(list[len(list)-1], "@"); after == "" {
			return nil
		}
	}
}

// explain puts what a command was about before the error that the server told.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var told *stanza.Error
	if !errors.As(err, &told) {
		return fmt.Errorf("%s: %w", what, err)
	}
	hint := ""
	switch told.Condition {
	case stanza.Conflict:
		hint = "causeway user passwd changes its password"
	case stanza.ItemNotFound:
		hint = "causeway user list shows what there is"
	}
	text := told.Text
	if text == "" {
		text = string(told.Condition)
	}
	return hinted(fmt.Errorf("%s: %s", what, text), hint)
}
