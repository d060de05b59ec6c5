package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

func (c *cli) userDisable() *cobra.Command {
	var reason string
	cmd := c.userAct("disable", "Keep accounts from logging in; nothing of theirs is lost", "disable-user", "disabled",
		func() form.Field { return form.Field{Var: "x-reason", Values: []string{reason}} })
	cmd.Example = "  causeway user disable romeo@montague.lit --reason 'banished'"
	cmd.Flags().StringVar(&reason, "reason", "", "why; administrators see it")
	return cmd
}

func (c *cli) userEnable() *cobra.Command {
	cmd := c.userAct("enable", "Let disabled accounts log in again", "reenable-user", "enabled")
	cmd.Example = "  causeway user enable romeo@montague.lit"
	return cmd
}

func (c *cli) userDel() *cobra.Command {
	var yes bool
	cmd := c.userAct("del", "Remove accounts and all that they keep", "delete-user", "removed")
	cmd.Example = "  causeway user del romeo@montague.lit juliet@capulet.lit"
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask; on a terminal you are asked otherwise")
	do := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !yes && isTerminal(c.in) {
			_, _ = fmt.Fprintf(c.errs, "remove %s and all that is kept? y or n: ", strings.Join(args, " "))
			answer, err := bufio.NewReader(c.in).ReadString('\n')
			if answer = strings.TrimSpace(answer); err != nil || answer != "y" && answer != "yes" {
				return errors.New("nothing was removed")
			}
		}
		return do(cmd, args)
	}
	return cmd
}

// userAct is a command that does one thing to each account it is given; done is
// the word for what was done. An account that fails does not hold up the others.
func (c *cli) userAct(name, short, node, done string, more ...func() form.Field) *cobra.Command {
	return &cobra.Command{
		Use:   name + " JID...",
		Short: short,
		Args:  someArgs("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := make([]jid.JID, len(args))
			for i, arg := range args {
				var err error
				if list[i], err = accountArg(arg); err != nil {
					return err
				}
			}
			return c.with(cmd.Context(), list, false, func(a agent) error {
				var failed []error
				for _, j := range list {
					fields := []form.Field{{Var: "accountjids", Values: []string{j.String()}}}
					for _, f := range more {
						fields = append(fields, f())
					}
					_, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+node, fields...)
					if err == nil {
						err = c.tell(done, j)
					} else {
						err = explain(j.String(), err)
					}
					failed = append(failed, err)
				}
				return errors.Join(failed...)
			})
		},
	}
}
