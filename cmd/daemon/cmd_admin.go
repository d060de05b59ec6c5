package daemon

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/account"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// withServer runs f with the running server; there must be one.
func (c *cli) withServer(ctx context.Context, f func(agent) error) error {
	asked := *c
	asked.domains = nil // which hosts a command is about; the server has its own
	cfg, err := asked.config()
	if err != nil {
		return err
	}
	a, err := dial(ctx, cfg.Data)
	if errors.Is(err, errNoServer) {
		return hinted(err, "causeway serve; or --config or --data names another place")
	}
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.close())
}

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Print how the running server is",
		Example: "  causeway status\n  causeway status --data /var/lib/causeway --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				f, err := run(cmd.Context(), a, a.hosts()[0], nodeStatus)
				if err != nil {
					return explain("status", err)
				}
				if c.json {
					object := object(f)
					object["certificates"] = rows(f)
					return c.printJSON(object)
				}
				if err := c.printFields(f); err != nil {
					return err
				}
				if _, err := fmt.Fprintln(c.out); err != nil {
					return err
				}
				return c.printRows(f, true)
			})
		},
	}
}

func (c *cli) sessionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "sessions [DOMAIN...]",
		Short:   "List who is connected to hosts; to all, if none is named",
		Example: "  causeway sessions\n  causeway sessions capulet.lit --json",
		RunE: func(cmd *cobra.Command, hosts []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				if len(hosts) == 0 {
					hosts = a.hosts()
				}
				all := &form.Form{}
				for _, host := range hosts {
					if err := listSessions(cmd.Context(), a, host, all); err != nil {
						return explain(host, err)
					}
				}
				return c.printRows(all, true)
			})
		},
	}
}

// listSessions adds the sessions of a host to all, page by page.
func listSessions(ctx context.Context, a agent, host string, all *form.Form) error {
	for after := ""; ; {
		f, err := run(ctx, a, host, account.NodeSessions, form.Field{Var: "x-after", Values: []string{after}})
		if err != nil {
			return err
		}
		all.Reported = f.Reported
		all.Items = append(all.Items, f.Items...)
		if len(f.Items) == 0 {
			return nil
		}
		last := f.Items[len(f.Items)-1]
		if after = (&form.Form{Fields: last.Fields}).Value("jid"); after == "" {
			return nil
		}
	}
}

func (c *cli) kickCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "kick JID",
		Short:   "End the sessions of an account, or the one of a full address",
		Example: "  causeway kick romeo@montague.lit\n  causeway kick romeo@montague.lit/orchard",
		Args:    oneArg("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := sessionArg(args[0])
			if err != nil {
				return err
			}
			return c.withServer(cmd.Context(), func(a agent) error { return c.kick(cmd.Context(), a, j) })
		},
	}
}

func (c *cli) kick(ctx context.Context, a agent, j jid.JID) error {
	f, err := run(ctx, a, j.Domain(), nodeAdmin+"end-user-session", form.Field{Var: "accountjids", Values: []string{j.String()}})
	if err != nil {
		return explain(j.String(), err)
	}
	if f.Value("x-ended") == "0" {
		known, err := isAccount(ctx, a, j)
		switch {
		case err != nil:
			return explain(j.String(), err)
		case !known:
			return explain(j.String(), account.ErrNotFound)
		}
		return hinted(fmt.Errorf("%s is not connected", j), "causeway sessions shows who is")
	}
	if c.json {
		return c.printJSON(object(f))
	}
	_, err = fmt.Fprintf(c.out, "sessions ended: %s\n", f.Value("x-ended"))
	return err
}

func (c *cli) announceCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "announce TEXT",
		Short:   "Send a message to everybody who is connected to the hosts",
		Example: "  causeway announce 'the server restarts in ten minutes'\n  causeway announce --domain capulet.lit 'the feast begins'",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || strings.TrimSpace(args[0]) == "" {
				return &fault{
					err:  fmt.Errorf("announce: expected one text, not %d words", len(strings.Fields(strings.Join(args, " ")))),
					hint: "quote it: causeway announce 'the feast begins'", usage: true,
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				hosts := c.domains
				if len(hosts) == 0 {
					hosts = a.hosts()
				}
				sent := 0
				for _, host := range hosts {
					f, err := run(cmd.Context(), a, host, nodeAdmin+"announce",
						form.Field{Var: "announcement", Values: strings.Split(args[0], "\n")})
					if err != nil {
						return explain(host, err)
					}
					n, _ := strconv.Atoi(f.Value("x-sent")) // what is no number counts nothing
					sent += n
				}
				if c.json {
					return c.printJSON(map[string]int{"sent": sent})
				}
				_, err := fmt.Fprintf(c.out, "sessions reached: %d\n", sent)
				return err
			})
		},
	}
}
