package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

func (c *cli) appCommand() *cobra.Command {
	return group(&cobra.Command{Use: "app", Short: "Add, change and list what the bridges let in: back ends, sites, chat bars, tools"}, needSubcommand,
		c.appAdd(), c.appList(), c.appShow(), c.appRotate(), c.appEdit(), c.appSwitch("disable", "1"), c.appSwitch("enable", "0"), c.appDel())
}

// appFlags are what a command line says of an app.
type appFlags struct {
	host, key, name, redirect, website, group string
	strict, public, ask                       bool
}

// kindFlags names the flags that a kind has besides those of all.
func kindFlags(kind bridge.Kind) []string {
	switch kind {
	case bridge.REST:
		return []string{"key"}
	case bridge.Site:
		return []string{"redirect", "website", "strict", "public"}
	case bridge.Plugchat:
		return []string{"website", "secret-stdin"}
	case bridge.Flash:
		return []string{"group", "secret-stdin"}
	}
	return nil
}

// fields gives what the command line has; a secret is read from the standard input.
func (a *appFlags) fields(c *cli, cmd *cobra.Command) (fields []form.Field, err error) {
	for _, f := range [...]struct{ name, value string }{
		{"key", a.key}, {"name", a.name}, {"redirect", a.redirect}, {"website", a.website}, {"group", a.group}, {"strict", oneOrZero(a.strict)}, {"public", oneOrZero(a.public)},
	} {
		if !cmd.Flags().Changed(f.name) {
			continue
		}
		if f.value == "" {
			return nil, misuse("--%s is empty", f.name)
		}
		fields = append(fields, form.Field{Var: f.name, Values: []string{f.value}})
	}
	if !a.ask {
		return fields, nil
	}
	own, err := (&secret{stdin: true}).read(c)
	switch {
	case err != nil:
		return nil, err
	case own == "":
		return nil, misuse("the secret is empty")
	case utf8.RuneCountInString(own) < leastHardPart:
		_, _ = fmt.Fprintf(c.errs, "note: a secret of less than %d characters may be guessed; without --secret-stdin one is made\n", leastHardPart)
	}
	return append(fields, form.Field{Var: "secret", Values: []string{own}}), nil
}

func (a *appFlags) siteFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.name, "name", "", "what people call it")
	f.StringVar(&a.redirect, "redirect", "", "of a site: the one address that people are sent back to: https, or http on their own machine")
	f.StringVar(&a.website, "website", "", "of a site: its domain, as people see it (default that of --redirect); of a chat bar: the domain whose pages may have it")
	f.BoolVar(&a.public, "public", false, "of a site: it runs where it can keep no secret, as in a page or an app, and has to use PKCE")
	f.BoolVar(&a.strict, "strict", false, "of a site: errors have a status of HTTP that says so; the old way is 200 for all")
}

func (a *appFlags) secretFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.ask, "secret-stdin", false, "of plugchat and flash: read the secret that it has already from the first line of the standard input")
}

// kindArg reads the kind of an app from the command line.
func kindArg(arg string) (bridge.Kind, error) {
	for _, k := range appKinds() {
		if string(k) == arg {
			return k, nil
		}
	}
	return "", &fault{err: fmt.Errorf("there is no kind %q of apps", arg), hint: "rest, site, plugchat or flash", usage: true}
}

func (c *cli) appAdd() *cobra.Command {
	var flags appFlags
	cmd := &cobra.Command{
		Use:   "add KIND --host DOMAIN",
		Short: "Let in a back end (rest), a site that people log in to (site), a chat bar (plugchat) or a tool (flash)",
		Long: "Let in a back end (rest), a site that people log in to (site), a chat bar (plugchat) or a tool (flash).\n" +
			"Its secret is printed now and never again: the server keeps a hash.",
		Example: "  causeway app add rest --host capulet.lit --key capulet#verona\n" +
			"  causeway app add site --host capulet.lit --name 'The feud' --redirect https://feud.example.org/back\n" +
			"  causeway app add plugchat --host capulet.lit --website www.capulet.lit\n" +
			"  causeway app add flash --host capulet.lit --group default --secret-stdin < api_pwd",
		Args: oneArg("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindArg(args[0])
			if err != nil {
				return err
			}
			if err := flags.suit(cmd, kind); err != nil {
				return err
			}
			host, err := hostJID(flags.host)
			if err != nil {
				return err
			}
			if kind == bridge.Plugchat && flags.website == "" {
				_, _ = fmt.Fprintln(c.errs, "note: without --website no page may have the bar, but those of plugchat.origins")
			}
			fields, err := flags.fields(c, cmd)
			if err != nil {
				return err
			}
			fields = append(fields, form.Field{Var: "kind", Values: []string{string(kind)}})
			return c.with(cmd.Context(), []jid.JID{host}, true, func(a agent) error {
				f, err := run(cmd.Context(), a, host.Domain(), nodeAppAdd, fields...)
				if err != nil {
					return explainApp(string(kind)+" app of "+host.Domain(), nodeAppAdd, err)
				}
				return c.printFields(f)
			})
		},
	}
	cmd.Flags().StringVar(&flags.host, "host", "", "the host that it acts for")
	cmd.Flags().StringVar(&flags.key, "key", "", "of a REST app: its appkey, org#app")
	cmd.Flags().StringVar(&flags.group, "group", defaultGroup, "of a flash tool: the group that it names")
	flags.siteFlags(cmd)
	flags.secretFlag(cmd)
	return cmd
}

// suit refuses flags that a kind does not have, and the lack of those that it has to have.
func (a *appFlags) suit(cmd *cobra.Command, kind bridge.Kind) error {
	has := kindFlags(kind)
	for _, k := range appKinds() {
		for _, name := range kindFlags(k) {
			if cmd.Flags().Changed(name) && !strings.Contains(" "+strings.Join(has, " ")+" ", " "+name+" ") {
				return misuse("a %s app has no --%s", kind, name)
			}
		}
	}
	for _, f := range [...]struct {
		name, value, like string
		needed            bool
	}{
		{"host", a.host, "capulet.lit", true},
		{"key", a.key, "capulet#verona", kind == bridge.REST},
		{"name", a.name, "'The feud'", kind == bridge.Site},
		{"redirect", a.redirect, "https://feud.example.org/back", kind == bridge.Site},
	} {
		if f.needed && f.value == "" {
			return &fault{err: fmt.Errorf("app add %s: --%s is missing", kind, f.name), hint: fmt.Sprintf("such as --%s %s", f.name, f.like), usage: true}
		}
	}
	return nil
}

// atApp runs a command about an app at the host that has it.
func (c *cli) atApp(ctx context.Context, args []string, node string, fields ...form.Field) (f *form.Form, err error) {
	kind, err := kindArg(args[0])
	if err != nil {
		return nil, err
	}
	fields = append([]form.Field{{Var: "kind", Values: []string{string(kind)}}, {Var: "id", Values: []string{args[1]}}}, fields...)
	err = c.with(ctx, nil, false, func(a agent) error {
		err := errors.New("there are no hosts here")
		for _, host := range a.hosts() {
			f, err = run(ctx, a, host, node, fields...)
			var told *stanza.Error
			if !errors.As(err, &told) || told.Condition != stanza.ItemNotFound {
				break // this host has it, whatever else is wrong
			}
		}
		return explainApp(string(kind)+" app "+args[1], node, err)
	})
	return f, err
}

// explainApp is explain for the commands about apps.
func explainApp(what, node string, err error) error {
	var told *stanza.Error
	if !errors.As(err, &told) {
		return explain(what, err)
	}
	text, hint := told.Text, ""
	if text == "" {
		text = string(told.Condition)
	}
	switch {
	case told.Condition == stanza.ItemNotFound:
		hint = "causeway app list shows what there is"
	case told.Condition == stanza.Conflict && node == nodeAppAdd:
		hint = "causeway app list shows what there is; causeway app rotate gives another secret"
	}
	return hinted(fmt.Errorf("%s: %s", what, text), hint)
}

// kindAndIDArgs wants the two arguments that say which app is meant.
func kindAndIDArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	return &fault{err: fmt.Errorf("%s: expected a kind and an ID", phrase(cmd)), hint: cmd.CommandPath() + " flash default", usage: true}
}

// appDone runs a command about an app and says what was done.
func (c *cli) appDone(ctx context.Context, done string, args []string, node string, fields ...form.Field) error {
	f, err := c.atApp(ctx, args, node, fields...)
	if err != nil {
		return err
	}
	if c.json {
		answer := object(f)
		answer["done"] = done
		return c.printJSON(answer)
	}
	_, err = fmt.Fprintln(c.out, done, f.Value("kind"), f.Value("id"))
	return err
}

func (c *cli) appEdit() *cobra.Command {
	var flags appFlags
	cmd := &cobra.Command{
		Use:     "edit KIND ID",
		Short:   "Change an app",
		Example: "  causeway app edit site 48151623420007 --redirect https://feud.example.org/back --strict",
		Args:    kindAndIDArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			fields, err := flags.fields(c, cmd)
			if err != nil {
				return err
			}
			if len(fields) == 0 {
				return &fault{err: errors.New("app edit: nothing is to be changed"), hint: "causeway app edit --help", usage: true}
			}
			return c.appDone(cmd.Context(), "changed", args, nodeAppEdit, fields...)
		},
	}
	flags.siteFlags(cmd)
	return cmd
}

// appSwitch lets an app in no more, or again.
func (c *cli) appSwitch(name, disabled string) *cobra.Command {
	short := "Let an app in again, and its tokens"
	if name == "disable" {
		short = "Let an app in no more, nor its tokens; nothing is lost"
	}
	return &cobra.Command{
		Use: name + " KIND ID", Short: short, Example: "  causeway app " + name + " flash default", Args: kindAndIDArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.appDone(cmd.Context(), name+"d", args, nodeAppEdit, form.Field{Var: "disabled", Values: []string{disabled}})
		},
	}
}

func (c *cli) appRotate() *cobra.Command {
	var flags appFlags
	cmd := &cobra.Command{
		Use:   "rotate KIND ID",
		Short: "Give an app another secret; the one before is wrong at once",
		Long: "Give an app another secret; the one before is wrong at once, and so are the tokens that a REST app\n" +
			"has got with it. The new one is printed now and never again.",
		Example: "  causeway app rotate flash default\n  causeway app rotate plugchat 0f8fad5bd9cb469fa16570867728950e --secret-stdin < apiKey",
		Args:    kindAndIDArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindArg(args[0])
			if err != nil {
				return err
			}
			if flags.ask && kind != bridge.Plugchat && kind != bridge.Flash {
				return misuse("a %s app has no --secret-stdin", kind)
			}
			fields, err := flags.fields(c, cmd)
			if err != nil {
				return err
			}
			f, err := c.atApp(cmd.Context(), args, nodeAppRotate, fields...)
			if err != nil {
				return err
			}
			return c.printFields(f)
		},
	}
	flags.secretFlag(cmd)
	return cmd
}

func (c *cli) appDel() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "del KIND ID",
		Short:   "Remove an app; its tokens and what people have allowed it end with it",
		Example: "  causeway app del flash default",
		Args:    kindAndIDArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes && isTerminal(c.in) {
				_, _ = fmt.Fprintf(c.errs, "remove the %s app %s and its tokens? y or n: ", args[0], args[1])
				answer, err := bufio.NewReader(c.in).ReadString('\n')
				if answer = strings.TrimSpace(answer); err != nil || answer != "y" && answer != "yes" {
					return errors.New("nothing was removed")
				}
			}
			return c.appDone(cmd.Context(), "removed", args, nodeAppDelete)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask; on a terminal you are asked otherwise")
	return cmd
}
