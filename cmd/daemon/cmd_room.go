package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

func (c *cli) roomCommand() *cobra.Command {
	return group(&cobra.Command{Use: "room", Short: "Add, change and list rooms"}, needSubcommand,
		c.roomAdd(), c.roomList(), c.roomShow(), c.roomEdit(), c.roomDel())
}

// roomArg reads the address of a room, and the host whose room it is.
func roomArg(arg string) (room jid.JID, host string, err error) {
	room, err = jid.Parse(arg)
	if err != nil || room.Local() == "" || room.IsFull() {
		return room, "", misuse("%q is not the address of a room, like balcony@conference.capulet.lit", arg)
	}
	_, host, _ = strings.Cut(room.Domain(), ".")
	if host == "" {
		return room, "", misuse("%q is not the address of a room, like balcony@conference.%s", arg, room.Domain())
	}
	return room, host, nil
}

// atRoom runs a command of the host that a room is of, and says what its error was about.
func (c *cli) atRoom(ctx context.Context, arg string, create bool, node string, fields ...form.Field) (*form.Form, error) {
	room, host, err := roomArg(arg)
	if err != nil {
		return nil, err
	}
	about, err := jid.New("", host, "")
	if err != nil {
		return nil, misuse("%q is not the address of a room", arg)
	}
	var answer *form.Form
	err = c.with(ctx, []jid.JID{about}, create, func(a agent) error {
		if slices.Contains(a.hosts(), room.Domain()) {
			return hinted(fmt.Errorf("%s is the address of an account", room), "rooms have addresses like "+room.Local()+"@conference."+room.Domain())
		}
		fields = append([]form.Field{{Var: "room", Values: []string{room.String()}}}, fields...)
		answer, err = run(ctx, a, host, node, fields...)
		return explainRoom(room.String(), node, err)
	})
	return answer, err
}

// explainRoom is explain for the commands about rooms.
func explainRoom(what, node string, err error) error {
	var told *stanza.Error
	if !errors.As(err, &told) {
		return explain(what, err)
	}
	text, hint := told.Text, ""
	if text == "" {
		text = string(told.Condition)
	}
	switch {
	case told.Condition == stanza.ItemNotFound && text == "no such command":
		text, hint = "there are no rooms here", "they are turned off: the server's configuration has an empty rooms.service"
	case told.Condition == stanza.Conflict && node == nodeRoomAdd:
		hint = "causeway room edit changes it"
	case told.Condition == stanza.Conflict && node == nodeRoomEdit:
		hint = "--owner makes somebody else an owner, in a command of its own"
	case told.Condition == stanza.ItemNotFound && node == nodeRoomAdd:
		hint = "causeway user list shows who has one"
	case told.Condition == stanza.ItemNotFound:
		hint = "causeway room list shows what there is"
	}
	return hinted(fmt.Errorf("%s: %s", what, text), hint)
}

// A roomFlag is a setting on the command line.
type roomFlag struct {
	name, field, usage string
	text               *string // nil for yes or no
	yes                *bool
}

// roomFlags are the settings that a command was given.
type roomFlags struct {
	name, description, whois                                 string
	persistent, public, membersOnly, moderated, archive, ask bool
	noPassword                                               bool
}

// list gives all of them.
func (r *roomFlags) list() []roomFlag {
	return []roomFlag{
		{"name", roomName, "what people read", &r.name, nil},
		{"description", roomDescription, "what it is for", &r.description, nil},
		{"whois", roomWhois, "who sees the addresses of those in it: moderators or anyone", &r.whois, nil},
		{"persistent", roomPersistent, "keep it when everybody has left", nil, &r.persistent},
		{"public", roomPublic, "list it", nil, &r.public},
		{"members-only", roomMembersOnly, "let only members in", nil, &r.membersOnly},
		{"moderated", roomModerated, "let only those speak who were given voice", nil, &r.moderated},
		{"archive", roomArchived, "keep what is said", nil, &r.archive},
	}
}

func (r *roomFlags) flags(cmd *cobra.Command) {
	for _, f := range r.list() {
		if f.text != nil {
			cmd.Flags().StringVar(f.text, f.name, "", f.usage)
		} else {
			cmd.Flags().BoolVar(f.yes, f.name, false, f.usage+"; --"+f.name+"=false does not")
		}
	}
	cmd.Flags().BoolVar(&r.ask, "password-stdin", false, "read a password for the room from the first line of the standard input")
}

// fields gives those that the command line has.
func (r *roomFlags) fields(c *cli, cmd *cobra.Command) (fields []form.Field, err error) {
	for _, f := range r.list() {
		switch {
		case !cmd.Flags().Changed(f.name):
		case f.text == nil:
			fields = append(fields, form.Field{Var: f.field, Values: []string{oneOrZero(*f.yes)}})
		case *f.text == "":
			fields = append(fields, form.Field{Var: "clear", Values: []string{f.field}})
		default:
			fields = append(fields, form.Field{Var: f.field, Values: []string{*f.text}})
		}
	}
	switch {
	case r.whois != "" && r.whois != "moderators" && r.whois != "anyone":
		return nil, misuse("--whois %q: moderators or anyone", r.whois)
	case r.ask && r.noPassword:
		return nil, misuse("--password-stdin and --no-password exclude each other")
	case r.ask:
		p, err := (&secret{stdin: true}).read(c)
		if err != nil {
			return nil, err
		}
		if p == "" {
			return nil, misuse("the password is empty")
		}
		fields = append(fields, form.Field{Var: roomProtected, Values: []string{"1"}}, form.Field{Var: roomSecret, Values: []string{p}})
	case r.noPassword:
		fields = append(fields, form.Field{Var: roomProtected, Values: []string{"0"}})
	}
	return fields, nil
}

func (c *cli) roomAdd() *cobra.Command {
	var owner string
	var settings roomFlags
	cmd := &cobra.Command{
		Use:   "add JID --owner JID",
		Short: "Add a room",
		Long: "Add a room. What no flag says is as the section rooms of the configuration has it, but that\n" +
			"the room stays when nobody is in it.",
		Example: "  causeway room add balcony@conference.capulet.lit --owner juliet@capulet.lit --name 'The balcony' --public",
		Args:    oneArg("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if owner == "" {
				return &fault{err: errors.New("room add: --owner is missing"), hint: cmd.Root().Name() + " room add " + args[0] + " --owner JID", usage: true}
			}
			j, err := accountArg(owner)
			if err != nil {
				return err
			}
			fields, err := settings.fields(c, cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("persistent") {
				fields = append(fields, form.Field{Var: roomPersistent, Values: []string{"1"}})
			}
			return c.roomDone(cmd.Context(), "added", args[0], nodeRoomAdd, append(fields, form.Field{Var: "owner", Values: []string{j.String()}})...)
		},
	}
	settings.flags(cmd)
	cmd.Flags().StringVar(&owner, "owner", "", "the address of who owns it")
	return cmd
}

// roomDone runs a command about a room and says what was done.
func (c *cli) roomDone(ctx context.Context, done, arg, node string, fields ...form.Field) error {
	f, err := c.atRoom(ctx, arg, false, node, fields...)
	if err != nil {
		return err
	}
	room, err := f.JID("room")
	if err != nil {
		return err
	}
	return c.tell(done, room)
}

func (c *cli) roomEdit() *cobra.Command {
	var settings roomFlags
	lists := make([][]string, len(roomLists))
	flags := [...]struct{ name, usage string }{
		{"owner", "make this person an owner; may be repeated, as those below"},
		{"admin", "make this person an admin"},
		{"member", "make this person a member"},
		{"ban", "ban this person, or all of a domain"},
		{"remove", "make this person none of these any more"},
	}
	cmd := &cobra.Command{
		Use:   "edit JID",
		Short: "Change a room",
		Example: "  causeway room edit balcony@conference.capulet.lit --members-only --member romeo@montague.lit\n" +
			"  causeway room edit balcony@conference.capulet.lit --public=false --ban tybalt@capulet.lit",
		Args: oneArg("JID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			fields, err := settings.fields(c, cmd)
			if err != nil {
				return err
			}
			for i, list := range lists {
				for _, text := range list {
					j, err := jid.Parse(text)
					if err != nil || j.IsFull() || j.Local() == "" && flags[i].name != "ban" && flags[i].name != "remove" {
						return misuse("--%s: %q is not an address like romeo@montague.lit", flags[i].name, text)
					}
				}
				if len(list) > 0 {
					fields = append(fields, form.Field{Var: roomLists[i].name, Values: list})
				}
			}
			if len(fields) == 0 {
				return &fault{err: errors.New("room edit: nothing is to be changed"), hint: "causeway room edit --help", usage: true}
			}
			return c.roomDone(cmd.Context(), "changed", args[0], nodeRoomEdit, fields...)
		},
	}
	settings.flags(cmd)
	cmd.Flags().BoolVar(&settings.noPassword, "no-password", false, "ask for no password any more")
	for i, f := range flags {
		cmd.Flags().StringSliceVar(&lists[i], f.name, nil, f.usage)
	}
	return cmd
}
