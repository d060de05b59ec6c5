package daemon

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"causeway/store/backup"
	"causeway/store/badger"
	"causeway/xmpp/form"
)

func (c *cli) restoreCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore FILE [INCREMENT...]",
		Short: "Bring back what backups have, into a data folder that no server uses",
		Long: "Bring back what backups have, into a data folder that no server uses. Of increments, all files from the full backup on\n" +
			"are needed, in any order; what comes back is the state of the last. All files are verified before anything is changed.",
		Example: "  causeway restore /var/backups/causeway/sunday /var/backups/causeway/monday --data /var/lib/causeway/data",
		Args:    someArgs("FILE"),
		RunE: func(cmd *cobra.Command, files []string) error {
			return c.restore(cmd.Context(), files, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "move aside what the data folder has")
	return cmd
}

func (c *cli) restore(ctx context.Context, files []string, force bool) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	running, err := dial(ctx, cfg.Data)
	if err == nil {
		return errors.Join(hinted(fmt.Errorf("a server is running on %s", cfg.Data), "stop it first"), running.close())
	}
	if !errors.Is(err, errNoServer) {
		return err
	}
	target := backup.Target{
		Store: storeDir(&cfg, plan{}), Uploads: uploadsDir(&cfg), Force: force,
		Engine: badger.Options{LowWater: uint64(cfg.Store.FreeBytes), Logger: c.quiet()},
	}
	stop := c.progress("restored", func() int64 { return folderSize(target.Unfinished()) })
	began := time.Now()
	done, err := backup.Restore(ctx, target, files...)
	stop()
	switch {
	case errors.Is(err, backup.ErrExists):
		return hinted(err, "--data names another folder; --force moves what is there aside")
	case errors.Is(err, badger.ErrFull):
		return hinted(err, "free some space; store.free_bytes says how much stays free")
	case err != nil:
		return hintFiles(err)
	}
	return c.printRestored(done, time.Since(began))
}

func (c *cli) printRestored(done backup.Restored, took time.Duration) error {
	number := func(name, label string, n uint64) form.Field {
		return form.Field{Var: name, Label: label, Values: []string{strconv.FormatUint(n, 10)}}
	}
	f := &form.Form{Fields: append(backupFields(done.Summary),
		number("expired", "expired since", done.Expired),
		form.Field{Var: "aside", Type: form.TextMulti, Label: "what was there", Values: done.Aside},
		number("duration_ms", "milliseconds", uint64(took.Milliseconds())))}
	if c.json {
		return c.printFields(f)
	}
	_, err := fmt.Fprintf(c.out, "restored %d records and %d uploaded files, as they were at %s\n",
		done.Records-done.Expired, done.Uploads, done.Taken.Format(time.RFC3339))
	if err == nil && len(done.Aside) > 0 {
		_, err = fmt.Fprintln(c.out, "what was there is in", strings.Join(done.Aside, " "))
	}
	return err
}
