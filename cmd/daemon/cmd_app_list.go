package daemon

import (
	"context"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

func (c *cli) appList() *cobra.Command {
	return &cobra.Command{
		Use:     "list [DOMAIN...]",
		Short:   "List the apps of hosts; of all, if none is named",
		Example: "  causeway app list\n  causeway app list capulet.lit --json",
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
				return c.listApps(cmd.Context(), a, domains)
			})
		},
	}
}

// listApps prints the apps of hosts, of all if none is named.
func (c *cli) listApps(ctx context.Context, a agent, domains []string) error {
	if len(domains) == 0 {
		domains = a.hosts()
	}
	all := &form.Form{}
	for _, d := range domains {
		if err := appsOf(ctx, a, d, all); err != nil {
			return explainApp(d, nodeApps, err)
		}
	}
	return c.printRows(all, true)
}

// appsOf adds the apps of a host to all, page by page.
func appsOf(ctx context.Context, a agent, host string, all *form.Form) error {
	for after := ""; ; {
		f, err := run(ctx, a, host, nodeApps, form.Field{Var: "x-after", Values: []string{after}})
		if err != nil {
			return err
		}
		all.Reported = f.Reported
		all.Items = append(all.Items, f.Items...)
		if len(f.Items) < mostApps {
			return nil
		}
		last := &form.Form{Fields: f.Items[len(f.Items)-1].Fields}
		after = last.Value("kind") + " " + last.Value("id")
	}
}

func (c *cli) appShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show KIND ID",
		Short:   "Print what is known of an app, but its secret, of which there is a hash only",
		Example: "  causeway app show flash default --json",
		Args:    kindAndIDArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := c.atApp(cmd.Context(), args, nodeAppShow)
			if err != nil {
				return err
			}
			return c.printFields(f)
		},
	}
}
