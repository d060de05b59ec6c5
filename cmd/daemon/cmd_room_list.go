package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

func (c *cli) roomList() *cobra.Command {
	return &cobra.Command{
		Use:     "list [DOMAIN...]",
		Short:   "List the rooms of hosts, hidden ones too; of all, if none is named",
		Example: "  causeway room list\n  causeway room list capulet.lit --json",
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
				return c.listRooms(cmd.Context(), a, domains)
			})
		},
	}
}

// listRooms prints the rooms of hosts, of all if none is named.
func (c *cli) listRooms(ctx context.Context, a agent, domains []string) error {
	if len(domains) == 0 {
		domains = a.hosts()
	}
	all := &form.Form{}
	for _, d := range domains {
		if err := roomsOf(ctx, a, d, all); err != nil {
			return explainRoom(d, nodeRooms, err)
		}
	}
	return c.printRows(all, false)
}

// roomsOf adds the rooms of a host to all, page by page.
func roomsOf(ctx context.Context, a agent, host string, all *form.Form) error {
	for after := ""; ; {
		f, err := run(ctx, a, host, nodeRooms, form.Field{Var: "x-after", Values: []string{after}})
		if err != nil {
			return err
		}
		all.Reported = f.Reported
		all.Items = append(all.Items, f.Items...)
		if len(f.Items) < mostRooms {
			return nil
		}
		last := &form.Form{Fields: f.Items[len(f.Items)-1].Fields}
		j, err := last.JID("room")
		if err != nil {
			return err
		}
		after = j.Local()
	}
}

func (c *cli) roomShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show JID",
		Short:   "Print the settings of a room, who belongs to it and who is in it",
		Example: "  causeway room show balcony@conference.capulet.lit --json",
		Args:    oneArg("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := c.atRoom(cmd.Context(), args[0], false, nodeRoomShow)
			if err != nil {
				return err
			}
			if c.json {
				object := object(f)
				object["occupants"] = rows(f)
				return c.printJSON(object)
			}
			if err := c.printFields(f); err != nil || len(f.Items) == 0 {
				return err
			}
			if _, err := fmt.Fprintln(c.out); err != nil {
				return err
			}
			return c.printRows(f, true)
		},
	}
}

func (c *cli) roomDel() *cobra.Command {
	var yes bool
	var reason, alternate string
	cmd := &cobra.Command{
		Use:     "del JID...",
		Short:   "Remove rooms, and what was said in them; who is in one is told",
		Example: "  causeway room del balcony@conference.capulet.lit --reason 'the feud' --alternate garden@conference.capulet.lit",
		Args:    someArgs("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var fields []form.Field
			if reason != "" {
				fields = append(fields, form.Field{Var: "reason", Values: []string{reason}})
			}
			if alternate != "" {
				if _, err := jid.Parse(alternate); err != nil {
					return misuse("--alternate: %q is not the address of a room", alternate)
				}
				fields = append(fields, form.Field{Var: "alternate", Values: []string{alternate}})
			}
			if !yes && isTerminal(c.in) {
				_, _ = fmt.Fprintf(c.errs, "remove %s and all that was said? y or n: ", strings.Join(args, " "))
				answer, err := bufio.NewReader(c.in).ReadString('\n')
				if answer = strings.TrimSpace(answer); err != nil || answer != "y" && answer != "yes" {
					return errors.New("nothing was removed")
				}
			}
			var failed []error // one that fails does not hold up the others
			for _, arg := range args {
				failed = append(failed, c.roomDone(cmd.Context(), "removed", arg, nodeRoomDelete, fields...))
			}
			return errors.Join(failed...)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; who is in it is told")
	cmd.Flags().StringVar(&alternate, "alternate", "", "the room where they may go instead")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask; on a terminal you are asked otherwise")
	return cmd
}
