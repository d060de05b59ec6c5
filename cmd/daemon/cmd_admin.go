package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"causeway/xmpp/account"
	"causeway/xmpp/form"
)

// withServer runs f with the running server; there must be one.
func (c *cli) withServer(ctx context.Context, f func(agent) error) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	a, err := dial(ctx, cfg.Data)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return hinted(fmt.Errorf("no server runs on the data folder %s", cfg.Data), "causeway serve")
	}
	if err != nil {
		return fmt.Errorf("reach the server: %w", err)
	}
	return errors.Join(f(a), a.close())
}

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Print how the running server is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				f, err := run(cmd.Context(), a, a.hosts()[0], nodeStatus)
				if err != nil {
					return explain("status", err)
				}
				return c.printFields(f)
			})
		},
	}
}

func (c *cli) sessionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "sessions",
		Short: "List who is connected: address, since when, last stanza, priority",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				rows := &form.Form{}
				for _, host := range a.hosts() {
					f, err := run(cmd.Context(), a, host, account.NodeSessions)
					if err != nil {
						return explain(host, err)
					}
					rows.Items = append(rows.Items, f.Items...)
				}
				return c.printRows(rows)
			})
		},
	}
}

func (c *cli) kickCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kick JID",
		Short: "End the sessions of an account, or the one of a full address",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := accountArg(args[0])
			if err != nil {
				return err
			}
			return c.withServer(cmd.Context(), func(a agent) error {
				f, err := run(cmd.Context(), a, j.Domain(), nodeAdmin+"end-user-session",
					form.Field{Var: "accountjids", Values: []string{j.String()}})
				if err != nil {
					return explain(j.String(), err)
				}
				return c.printFields(f)
			})
		},
	}
}

func (c *cli) announceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "announce TEXT",
		Short: "Send a message to everybody who is connected to the hosts",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(a agent) error {
				hosts := c.domains
				if len(hosts) == 0 {
					hosts = a.hosts()
				}
				for _, host := range hosts {
					_, err := run(cmd.Context(), a, host, nodeAdmin+"announce",
						form.Field{Var: "announcement", Values: strings.Split(args[0], "\n")})
					if err != nil {
						return explain(host, err)
					}
				}
				return nil
			})
		},
	}
}
