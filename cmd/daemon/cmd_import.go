package daemon

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/form"
)

// importFlags are the flags of one import.
type importFlags struct {
	merge, replace, dryRun bool
	rename                 []string
}

func (c *cli) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Read accounts, with all they keep, from a file of another server",
		Long: "Read accounts, with all they keep, from a file of another server, or from a folder of such files (XEP-0227). Their hosts\n" +
			"must be in the configuration. An account that exists is left as it is, unless --merge or --replace says otherwise;\n" +
			"one that is connected is left as it is in any case. The report tells what cannot be carried; --dry-run tells it\n" +
			"before anything is changed. An import that was interrupted can be run again.",
		Example: "  causeway import prosody.xml --dry-run\n  causeway import prosody.xml\n  causeway import old.xml --host old.example.org=example.org",
		Args:    oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.importAccounts(cmd.Context(), args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.merge, "merge", false, "add to accounts that exist what they have not; passwords stay")
	flags.BoolVar(&f.replace, "replace", false, "forget accounts that exist, and all they keep, first")
	flags.BoolVar(&f.dryRun, "dry-run", false, "change nothing, only tell what would be done")
	flags.StringArrayVar(&f.rename, "host", nil, "give a host another name, as OLD=NEW; may be repeated")
	return cmd
}

func (c *cli) importAccounts(ctx context.Context, path string, f *importFlags) error {
	path, err := absolute(path)
	if err != nil {
		return err
	}
	if f.merge && f.replace {
		return misuse("import: --merge and --replace cannot both be")
	}
	for _, pair := range f.rename {
		if from, to, ok := strings.Cut(pair, "="); !ok || from == "" || to == "" {
			return misuse("--host %s: expected OLD=NEW", pair)
		}
	}
	r, err := c.portable(ctx, !f.dryRun, f.dryRun, func(ctx context.Context, a agent) (*form.Form, error) {
		return run(ctx, a, a.hosts()[0], nodeImport,
			form.Field{Var: "file", Values: []string{path}}, form.Field{Var: "host", Values: f.rename},
			form.Field{Var: "merge", Values: []string{strconv.FormatBool(f.merge)}},
			form.Field{Var: "replace", Values: []string{strconv.FormatBool(f.replace)}},
			form.Field{Var: "dry-run", Values: []string{strconv.FormatBool(f.dryRun)}})
	})
	if err != nil {
		return err
	}
	if err := c.printReport(r); err != nil {
		return err
	}
	return reportError(r, "import")
}
