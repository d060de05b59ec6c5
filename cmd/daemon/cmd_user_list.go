package daemon

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

func (c *cli) userShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show JID",
		Short:   "Print what is known of an account",
		Example: "  causeway user show romeo@montague.lit --json",
		Args:    oneArg("JID"),
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
		Use:     "list [DOMAIN...]",
		Short:   "List the accounts of hosts; of all, if none is named",
		Example: "  causeway user list\n  causeway user list montague.lit --json",
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
				return c.printRows(rows, false)
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
			{Var: "jid", Type: form.JIDSingle, Values: []string{j}}, {Var: "state", Type: form.TextSingle, Values: []string{state}},
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
