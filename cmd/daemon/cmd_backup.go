package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"causeway/store/backup"
	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

func (c *cli) backupCommand() *cobra.Command {
	var since string
	var verify, force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all that is kept into a file, while the server runs or not",
		Long: "Write all that is kept into a file, while the server runs or not: accounts, rosters, archives, uploaded files and so on.\n" +
			"Not in it are the configuration and the keys of certificates. With --since only what has changed since that backup\n" +
			"is written; to restore, all files from the full backup on are needed.",
		Example: "  causeway backup /var/backups/causeway/sunday\n" +
			"  causeway backup /var/backups/causeway/monday --since /var/backups/causeway/sunday --verify",
		Args: oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.backup(cmd.Context(), args[0], since, verify, force)
		},
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "", "an earlier backup; only what has changed since is written")
	f.BoolVar(&verify, "verify", false, "read the file back before it gets its name")
	f.BoolVar(&force, "force", false, "replace the file if it is there")
	cmd.AddCommand(c.backupVerify())
	return cmd
}

func (c *cli) backup(ctx context.Context, file, since string, verify, force bool) error {
	file, err := absolute(file)
	if err == nil && since != "" {
		since, err = absolute(since)
	}
	if err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	// The hosts do not matter here, but a house has one at least.
	a, err := reach(ctx, cfg, c.quiet(), false, "localhost")
	if err != nil {
		return err
	}
	done := c.progress("written", func() int64 { return fileSize(file + ".tmp") })
	result, err := run(ctx, a, a.hosts()[0], nodeBackup,
		form.Field{Var: "file", Values: []string{file}}, form.Field{Var: "since", Values: []string{since}},
		form.Field{Var: "verify", Values: []string{strconv.FormatBool(verify)}}, form.Field{Var: "force", Values: []string{strconv.FormatBool(force)}})
	done()
	if err = errors.Join(hintBackup(err), a.close()); err != nil {
		return err
	}
	return c.printFields(result)
}

// absolute makes a path that the server understands as well as we do, and that fits into a stanza.
func absolute(path string) (string, error) {
	if !utf8.ValidString(path) || path == "" {
		return "", misuse("%q is not the name of a file", path)
	}
	for _, r := range path {
		if r < ' ' || r == 0xfffe || r == 0xffff {
			return "", misuse("%q is not the name of a file", path)
		}
	}
	return filepath.Abs(path)
}

// hintBackup tells what to do about an error of the backup command.
func hintBackup(err error) error {
	var told *stanza.Error
	if err == nil || !errors.As(err, &told) {
		return err
	}
	text := told.Text
	if text == "" {
		text = string(told.Condition)
	}
	hints := map[stanza.Condition]string{
		stanza.Conflict:           "name another file, or replace it with --force",
		stanza.ItemNotFound:       "the folder must be there already, and so must the file that --since names",
		stanza.Forbidden:          "the server's user must be able to write there",
		stanza.ResourceConstraint: "name a file on another disk; store.free_bytes says how much stays free",
		stanza.NotAcceptable:      "without --since the backup is a full one; causeway backup verify looks at files",
		stanza.NotAllowed:         "wait for it to end",
	}
	return hinted(errors.New("backup: "+text), hints[told.Condition])
}

// progress tells on a terminal how much there is already, until the returned function is called.
func (c *cli) progress(word string, measure func() int64) (done func()) {
	if !isTerminal(c.errs) || c.json {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // stopped by done
		defer close(stopped)
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = fmt.Fprintf(c.errs, "\r%s %s\x1b[K", size(measure()), word)
			case <-stop:
				_, _ = fmt.Fprint(c.errs, "\r\x1b[K")
				return
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (c *cli) backupVerify() *cobra.Command {
	return &cobra.Command{
		Use:     "verify FILE...",
		Short:   "Read backups from end to end and tell whether they can be restored",
		Example: "  causeway backup verify sunday monday tuesday",
		Args:    someArgs("FILE"),
		RunE: func(cmd *cobra.Command, files []string) error {
			list, whole, err := backup.Verify(cmd.Context(), files...)
			if err != nil {
				return hintFiles(err)
			}
			return c.printBackups(list, whole)
		},
	}
}

func (c *cli) printBackups(list []backup.Summary, whole bool) error {
	table := &form.Form{Reported: backupFields(backup.Summary{})}
	for _, sum := range list {
		table.Items = append(table.Items, form.Item{Fields: backupFields(sum)})
	}
	if c.json {
		return c.printJSON(map[string]any{"files": rows(table), "restorable": whole})
	}
	table.Reported = table.Reported[:7] // what people look for; the rest is for programs
	if err := c.printRows(table, true); err != nil {
		return err
	}
	word := "all is well: these can be restored"
	if !whole {
		word = "all is well, but to restore, the earlier files are needed too"
	}
	_, err := fmt.Fprintln(c.out, word)
	return err
}

// hintFiles tells what to do about files that are not as they should be.
func hintFiles(err error) error {
	for _, h := range []struct {
		err  error
		hint string
	}{
		{backup.ErrMissing, "name all files from the full backup on"},
		{backup.ErrForeign, "causeway backup verify FILE tells of each file which one it is"},
		{backup.ErrDamaged, "it cannot be restored; use another copy"},
		{backup.ErrNewer, "use the program that wrote it, or a newer one"},
		{backup.ErrNotBackup, "name a file that causeway backup has written"},
		{fs.ErrPermission, "run causeway as the user that the files belong to"},
	} {
		if errors.Is(err, h.err) {
			return hinted(err, h.hint)
		}
	}
	return err
}
