package daemon

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strconv"
	"time"

	"causeway/store/backup"
	"causeway/store/badger"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nodeBackup is a command of ours: write a backup into a file on the server's machine.
const nodeBackup = "urn:causeway:admin#backup"

// uploadsDir is where the uploaded files are.
func uploadsDir(cfg *Config) string { return filepath.Join(cfg.Data, "uploads") }

// operatorKey marks the context of a request that an operator makes on the machine itself: by the control socket, or in
// a command that stands in for the server. The value is a context that ends when nobody waits for the answer any more.
type operatorKey struct{}

func byOperator(ctx, waiting context.Context) context.Context {
	return context.WithValue(ctx, operatorKey{}, waiting)
}

func operator(ctx context.Context) (waiting context.Context, ok bool) {
	waiting, ok = ctx.Value(operatorKey{}).(context.Context)
	return waiting, ok
}

// A formStep answers a filled-in form.
type formStep = func(ctx context.Context, given *form.Form) (*form.Form, error)

// operatorCommand makes a command that reads or writes files, so it is for those who can write to the machine anyway:
// administrators of a host cannot see it, let alone run it. It ends when nobody waits for it any more. Of all commands
// that share running, a channel with room for one token, one runs at a time; busy tells the others so.
func operatorCommand(node, name string, running chan struct{}, busy string, run formStep) command.Command {
	return command.Command{
		Node: node, Name: name,
		Allowed: func(ctx context.Context, _, _ jid.JID) bool { _, ok := operator(ctx); return ok },
		Run: func(ctx context.Context, _, _ jid.JID, given *form.Form) (*form.Form, error) {
			select {
			case running <- struct{}{}:
				defer func() { <-running }()
			default:
				return nil, stanza.NotAllowed.Err(busy)
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if waiting, ok := operator(ctx); ok {
				defer context.AfterFunc(waiting, cancel)()
			}
			return run(ctx, given)
		},
	}
}

// backupCommand gives the command that takes backups.
func (h *house) backupCommand() command.Command {
	return operatorCommand(nodeBackup, "Write a backup", make(chan struct{}, 1), "a backup is being taken already", h.backup)
}

func (h *house) backup(ctx context.Context, given *form.Form) (*form.Form, error) {
	o := backup.Options{
		File: given.Value("file"), Since: given.Value("since"), Force: given.Bool("force", false), Verify: given.Bool("verify", false),
		Hosts: h.router.Hosts(), Uploads: uploadsDir(&h.cfg), Gentle: h.clients != nil,
	}
	for _, path := range []string{o.File, o.Since} {
		if path != "" && !filepath.IsAbs(path) {
			return nil, stanza.BadRequest.Err("expected a path from the root")
		}
	}
	if o.File == "" {
		return nil, stanza.BadRequest.Err("expected a file to write")
	}
	began := time.Now()
	sum, err := backup.Take(ctx, h.store, o)
	took := time.Since(began)
	if err != nil {
		h.log.Error("backup failed", slog.String("file", o.File), slog.Any("err", err))
		return nil, backupError(err)
	}
	h.log.Info("backup", slog.String("file", o.File), slog.Int("increment", sum.Number), slog.Int64("bytes", sum.Bytes),
		slog.Uint64("records", sum.Records), slog.Uint64("version", sum.Version), slog.Duration("took", took))
	f := form.New(form.Result, nodeBackup)
	f.Fields = append(f.Fields, backupFields(sum)...)
	f.Fields = append(f.Fields, form.Field{Var: "duration_ms", Label: "milliseconds", Values: []string{strconv.FormatInt(took.Milliseconds(), 10)}})
	return f, nil
}

// backupFields tells what a backup has in it, in the way of status.
func backupFields(sum backup.Summary) []form.Field {
	number := func(name, label string, n uint64) form.Field {
		return form.Field{Var: name, Label: label, Values: []string{strconv.FormatUint(n, 10)}}
	}
	text := func(name, label, value string) form.Field {
		return form.Field{Var: name, Type: form.TextSingle, Label: label, Values: []string{value}}
	}
	return []form.Field{
		text("file", "file", sum.File),
		number("file_bytes", "size", uint64(sum.Bytes)),
		number("increment", "increment", uint64(sum.Number)),
		text("taken", "taken", sum.Taken.UTC().Format(time.RFC3339)),
		{Var: "hosts", Type: form.TextMulti, Label: "hosts", Values: sum.Hosts},
		number("records", "records", sum.Records),
		number("uploads", "uploaded files", sum.Uploads),
		number("version", "version", sum.Version),
		number("schema", "schema", uint64(sum.Schema)),
		text("checksum", "checksum", sum.Checksum),
	}
}

// backupError says in the words of stanza errors why there is no backup; hintBackup makes hints of them.
func backupError(err error) error {
	condition := stanza.InternalServerError
	switch {
	case errors.Is(err, backup.ErrExists):
		condition = stanza.Conflict
	case errors.Is(err, fs.ErrNotExist):
		condition = stanza.ItemNotFound
	case errors.Is(err, fs.ErrPermission):
		condition = stanza.Forbidden
	case errors.Is(err, badger.ErrFull):
		condition = stanza.ResourceConstraint
	case errors.Is(err, backup.ErrNotBackup), errors.Is(err, backup.ErrDamaged), errors.Is(err, backup.ErrNewer),
		errors.Is(err, backup.ErrLongChain):
		condition = stanza.NotAcceptable
	}
	return condition.Err(err.Error())
}
