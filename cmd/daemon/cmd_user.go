package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"causeway/xmpp/account"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nodeAdmin is what the nodes of XEP-0133 begin with.
const nodeAdmin = "http://jabber.org/protocol/admin#"

func (c *cli) userCommand() *cobra.Command {
	return group(&cobra.Command{Use: "user", Short: "Add, change and list accounts"}, needSubcommand,
		c.userAdd(), c.userPasswd(), c.userDisable(), c.userEnable(), c.userDel(), c.userList(), c.userShow())
}

// with runs f with an agent for the hosts of the accounts. A store that is not
// there is made only if create says so.
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
	_, missing := os.Stat(storeDir(&cfg, plan{}))
	a, err := reach(ctx, cfg, c.quiet(), create, slices.Compact(hosts)...)
	if err != nil {
		return err
	}
	// A throw-away server keeps nothing in its data folder.
	if _, err := os.Stat(storeDir(&cfg, plan{})); errors.Is(missing, fs.ErrNotExist) && err == nil {
		_, _ = fmt.Fprintln(c.errs, "note: a new store was made in", cfg.Data)
	}
	return errors.Join(f(a), a.close())
}

// accountArg reads the address of an account from the command line.
func accountArg(arg string) (jid.JID, error) {
	j, err := sessionArg(arg)
	if err == nil && j.IsFull() {
		return jid.JID{}, misuse("%q has a resource; the account is %s", arg, j.Bare())
	}
	return j, err
}

// sessionArg reads the address of an account, or of one of its sessions.
func sessionArg(arg string) (jid.JID, error) {
	j, err := jid.Parse(arg)
	if err != nil || j.Local() == "" {
		return jid.JID{}, misuse("%q is not an address like romeo@montague.lit", arg)
	}
	return j, nil
}

// tell says what was done to an account.
func (c *cli) tell(done string, j jid.JID) error {
	if c.json {
		return c.printJSON(map[string]string{"jid": j.String(), "done": done})
	}
	_, err := fmt.Fprintln(c.out, done, j)
	return err
}

func (c *cli) userAdd() *cobra.Command {
	var password secret
	var batch string
	cmd := &cobra.Command{
		Use:   "add JID | add --batch FILE",
		Short: "Add an account, or one for each line JID TAB PASSWORD of a file (- is the standard input)",
		Long: "Add an account, or one for each line JID TAB PASSWORD of a file (- is the standard input).\n" +
			"Empty lines of the file, and those that begin with #, are passed over.",
		Example: "  causeway user add romeo@montague.lit\n" +
			"  printf 'romeo@montague.lit\\tpencil\\n' | causeway user add --batch -",
		Args: func(_ *cobra.Command, args []string) error {
			if (batch != "") == (len(args) == 1) || len(args) > 1 {
				return &fault{err: errors.New("user add: expected an address or --batch FILE"), hint: "causeway user add romeo@montague.lit", usage: true}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if batch != "" {
				return c.addBatch(cmd.Context(), batch)
			}
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			if err := password.possible(c); err != nil {
				return err
			}
			if password.prompts() {
				if known, err := c.exists(cmd.Context(), j); known || err != nil {
					return explain(j.String(), cmp.Or(err, account.ErrExists))
				}
			}
			p, err := password.read(c)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), []jid.JID{j}, true, func(a agent) error {
				if err := addAccount(cmd.Context(), a, j, p); err != nil {
					return err
				}
				return c.tell("added", j)
			})
		},
	}
	password.flags(cmd)
	cmd.Flags().StringVar(&batch, "batch", "", "file of accounts")
	return cmd
}

// exists asks for an account before anybody is asked for its password.
func (c *cli) exists(ctx context.Context, j jid.JID) (known bool, err error) {
	err = c.with(ctx, []jid.JID{j}, false, func(a agent) error {
		known, err = isAccount(ctx, a, j)
		return err
	})
	if errors.Is(err, errNothingKept) {
		return false, nil
	}
	return known, err
}

func isAccount(ctx context.Context, a agent, j jid.JID) (bool, error) {
	_, err := run(ctx, a, j.Domain(), nodeAdmin+"user-stats", form.Field{Var: "accountjid", Values: []string{j.Bare().String()}})
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.ItemNotFound {
		return false, nil
	}
	return err == nil, err
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
		Use:     "passwd JID",
		Short:   "Change the password of an account",
		Example: "  causeway user passwd romeo@montague.lit\n  causeway user passwd romeo@montague.lit --password-stdin < secret",
		Args:    oneArg("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			if err := password.possible(c); err != nil {
				return err
			}
			if password.prompts() {
				if known, err := c.exists(cmd.Context(), j); !known || err != nil {
					return explain(j.String(), cmp.Or(err, account.ErrNotFound))
				}
			}
			p, err := password.read(c)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), []jid.JID{j}, false, func(a agent) error {
				_, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+"change-user-password",
					form.Field{Var: "accountjid", Values: []string{j.String()}},
					form.Field{Var: "password", Values: []string{p}})
				if err != nil {
					return explain(j.String(), err)
				}
				return c.tell("changed the password of", j)
			})
		},
	}
	password.flags(cmd)
	return cmd
}

// explain puts what a command was about before the error that the server told.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var told *stanza.Error
	if !errors.As(err, &told) {
		return fmt.Errorf("%s: %w", what, err) // with the hint it may have
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
