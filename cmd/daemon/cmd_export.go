package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"causeway/store/portable"
	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

func (c *cli) exportCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export FILE [HOST|JID...]",
		Short: "Write accounts, with all they keep, into a file that other servers can read",
		Long: "Write accounts, with all they keep, into a file that other servers can read (XEP-0227): those of the hosts named, or\n" +
			"those named themselves, or all. In the file are keys that passwords can be guessed with: keep it safe.\n" +
			"Not in it are rooms, uploaded files, and which devices are woken by push.",
		Example: "  causeway export /var/backups/causeway/all.xml\n  causeway export montagues.xml montague.lit\n  causeway export romeo.xml romeo@montague.lit",
		Args:    someArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := absolute(args[0])
			if err != nil {
				return err
			}
			r, err := c.portable(cmd.Context(), false, false, func(ctx context.Context, a agent) (*form.Form, error) {
				return run(ctx, a, a.hosts()[0], nodeExport,
					form.Field{Var: "file", Values: []string{file}}, form.Field{Var: "of", Values: args[1:]},
					form.Field{Var: "force", Values: []string{strconv.FormatBool(force)}})
			})
			if err != nil {
				return err
			}
			if err := c.printReport(r); err != nil {
				return err
			}
			return reportError(r, "export")
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it is there")
	return cmd
}

// empty is a server that keeps nothing, for a dry run where none has kept anything yet.
func empty(ctx context.Context, cfg Config, log *slog.Logger) (agent, error) {
	dir, err := os.MkdirTemp("", "causeway")
	if err != nil {
		return nil, fmt.Errorf("dry run: %w", err)
	}
	cfg.Data = dir
	h, err := build(ctx, cfg, plan{memory: true}, log)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return emptied{standIn{h}, dir}, nil
}

// emptied is a standIn whose folder goes with it.
type emptied struct {
	standIn
	dir string
}

func (e emptied) close() error { return errors.Join(e.standIn.close(), os.RemoveAll(e.dir)) }

// portable runs a command of the server, or of one that stands in for it, and gives its
// report. A store that is not there is made if create says so; a dry run needs none.
func (c *cli) portable(ctx context.Context, create, dry bool, ask func(context.Context, agent) (*form.Form, error)) (*portable.Report, error) {
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	a, err := reach(ctx, cfg, c.quiet(), create, "localhost")
	if errors.Is(err, errNothingKept) && dry {
		a, err = empty(ctx, cfg, c.quiet())
	}
	if err != nil {
		return nil, err
	}
	f, err := ask(ctx, a)
	var told *stanza.Error
	if errors.As(err, &told) && told.Text != "" {
		err = errors.New(told.Text)
	}
	if err = errors.Join(err, a.close()); err != nil {
		return nil, err
	}
	r := new(portable.Report)
	if err := json.Unmarshal([]byte(f.Value("report")), r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return r, nil
}

// printReport tells of each account what became of it, and what is missing.
func (c *cli) printReport(r *portable.Report) error {
	if c.json {
		return c.printJSON(r)
	}
	var b strings.Builder
	for i := range r.Accounts {
		o := &r.Accounts[i]
		fmt.Fprintf(&b, "%s %s", word(r, o.Result), o.JID)
		if o.Why != "" {
			b.WriteString(": " + o.Why)
		}
		if len(o.Counts) > 0 {
			b.WriteString(": " + counted(o.Counts))
		}
		b.WriteByte('\n')
		writeFindings(&b, o.Left)
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&b, "and %d more accounts\n", r.Omitted)
	}
	if len(r.Left) > 0 {
		b.WriteString("\nnot carried, of all:\n")
		writeFindings(&b, r.Left)
	}
	if len(r.Results) > 0 {
		b.WriteByte('\n')
	}
	for _, result := range slices.Sorted(maps.Keys(r.Results)) {
		fmt.Fprintf(&b, "%d %s\n", r.Results[result], word(r, result))
	}
	if len(r.Counts) > 0 {
		b.WriteString(counted(r.Counts) + "\n")
	}
	_, err := fmt.Fprint(c.out, b.String())
	return err
}

// word is what became of an account, or would.
func word(r *portable.Report, result string) string {
	if r.DryRun {
		return "would be " + result
	}
	return result
}

func counted(counts map[string]int) string {
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		if counts[kind] > 0 {
			list = append(list, fmt.Sprintf("%s %d", kind, counts[kind]))
		}
	}
	return strings.Join(list, ", ")
}

func writeFindings(b *strings.Builder, list []portable.Finding) {
	for _, f := range list {
		fmt.Fprintf(b, "  not carried: %d × %s", f.Count, f.What)
		if f.First != "" {
			b.WriteString(", the first at " + f.First)
		}
		b.WriteByte('\n')
	}
}

// reportError is why a command fails whose report has been printed.
func reportError(r *portable.Report, what string) error {
	switch {
	case strings.HasSuffix(r.Error, portable.ErrFileExists.Error()):
		return hinted(errors.New(r.Error), "name another file, or replace it with --force")
	case strings.Contains(r.Error, portable.ErrHost.Error()):
		return hinted(errors.New(r.Error), "add the host to the configuration, or give it another name with --host OLD=NEW")
	case r.Error != "" && what == "import" && len(r.Accounts) == 0:
		return hinted(errors.New(r.Error), "nothing was imported")
	case r.Error != "":
		return errors.New(r.Error)
	}
	if n := r.Results[portable.Refused] + r.Results[portable.Failed]; n > 0 {
		return hinted(fmt.Errorf("%d accounts not imported", n), "--merge adds to accounts that exist, --replace forgets them first")
	}
	return nil
}
