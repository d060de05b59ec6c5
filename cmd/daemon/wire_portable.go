package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"causeway/store/portable"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Commands of ours: write accounts into a file on the server's machine, and read them
// from one (XEP-0227). Like backups they are for the operator alone (see operatorCommand).
const (
	nodeExport = "urn:causeway:admin#export"
	nodeImport = "urn:causeway:admin#import"
)

// maxReport is the most bytes of a report that goes over the control socket.
const maxReport = maxControl / 2

// portableCommands gives both; one of them runs at a time.
func (h *house) portableCommands() []command.Command {
	running := make(chan struct{}, 1)
	named := func(node, name string, run formStep) command.Command {
		const busy = "an export or import is under way already"
		return operatorCommand(node, name, running, busy, func(ctx context.Context, given *form.Form) (*form.Form, error) {
			if !filepath.IsAbs(given.Value("file")) {
				return nil, stanza.BadRequest.Err("expected a path from the root")
			}
			return run(ctx, given)
		})
	}
	return []command.Command{
		named(nodeExport, "Write accounts into a file", h.exportFile),
		named(nodeImport, "Read accounts from a file", h.importFile),
	}
}

// exportFile writes the accounts of the hosts and addresses that the form names.
func (h *house) exportFile(ctx context.Context, given *form.Form) (*form.Form, error) {
	want := portable.Wanted{}
	for _, name := range given.Values("of") {
		j, err := jid.Parse(name)
		switch {
		case err != nil || !h.router.IsHost(j.Domain()) || j.IsFull():
			return nil, stanza.ItemNotFound.Err(fmt.Sprintf("%q is neither a host here nor an account of one", name))
		case j.IsHost():
			want.Hosts = append(want.Hosts, j.Domain())
		default:
			want.Accounts = append(want.Accounts, j)
		}
	}
	if len(want.Hosts)+len(want.Accounts) == 0 {
		want.Hosts = h.router.Hosts()
	}
	file := given.Value("file")
	report, err := portable.ExportFile(ctx, h.store, want, file, given.Bool("force", false))
	if report == nil {
		report = &portable.Report{}
	}
	if err != nil {
		report.Error = err.Error()
	}
	h.logReport("export", file, report)
	return reportForm(nodeExport, report)
}

// importFile reads the accounts of a file or folder.
func (h *house) importFile(ctx context.Context, given *form.Form) (*form.Form, error) {
	o := portable.Options{
		Source: portable.Source{Path: given.Value("file"), Rename: make(map[string]string)},
		DryRun: given.Bool("dry-run", false),
	}
	switch {
	case given.Bool("merge", false):
		o.Mode = portable.Merge
	case given.Bool("replace", false):
		o.Mode = portable.Replace
	}
	for _, pair := range given.Values("host") {
		from, to, _ := strings.Cut(pair, "=")
		old, err := jid.Parse(from)
		if err != nil || !old.IsHost() || !h.router.IsHost(to) {
			return nil, stanza.BadRequest.Err(fmt.Sprintf("--host %s: expected OLD=NEW, where NEW is one of the hosts here: %s", pair, strings.Join(h.router.Hosts(), " ")))
		}
		o.Rename[old.Domain()] = to
	}
	report, err := portable.Import(ctx, h.portableTarget(), o)
	if err != nil {
		h.log.Error("import failed", slog.String("file", o.Path), slog.Any("err", err))
	}
	h.logReport("import", o.Path, report)
	return reportForm(nodeImport, report)
}

// portableTarget is this server as imports see it.
func (h *house) portableTarget() *portable.Target {
	l := &h.cfg.Limits
	keepAt, _ := h.cfg.Archive.keepAt() // the configuration was checked
	return &portable.Target{
		Store: h.store, Hosts: h.router.Hosts(),
		Limits: portable.Limits{
			Contacts: l.Roster, RosterBytes: min(512<<10, h.cfg.C2S.QueueBytes/2), Waiting: l.Offline, CardBytes: l.VCardBytes, PrivateBytes: l.PrivateBytes,
			Nodes: l.PEPNodes, Items: l.PEPItems, ItemBytes: l.PEPItemBytes, NodeBytes: l.PEPBytes,
		},
		Keep: func(host string) time.Duration {
			if keep, ok := keepAt[host]; ok {
				return keep
			}
			return time.Duration(h.cfg.Archive.Keep)
		},
		Connected: online{h.router}.Online,
		Derive:    h.accounts.Derive,
		Changed:   h.accountChanged,
		Forget:    h.forgetQuietly,
		Enqueue:   h.queue.Admit,
	}
}

// accountChanged makes all services forget what they remember of an account that has
// changed in the store.
func (h *house) accountChanged(bare jid.JID) {
	for _, f := range h.changed {
		f(bare)
	}
	// These only forget what is in memory, and cannot fail.
	_ = h.events.Remove(context.Background(), bare)
	_ = h.archive.Forget(context.Background(), bare)
}

// forgetQuietly removes what is kept for an account, as its removal does, but without a
// word to its contacts.
func (h *house) forgetQuietly(ctx context.Context, bare jid.JID) error {
	for _, f := range []func(context.Context, jid.JID) error{h.queue.Remove, h.push.Forget, h.uploads.Remove, h.store.Forget} {
		if err := f(ctx, bare); err != nil {
			return err
		}
	}
	h.accountChanged(bare)
	return nil
}

func (h *house) logReport(what, file string, r *portable.Report) {
	if r.DryRun {
		return
	}
	h.log.Info("accounts moved", slog.String("by", what), slog.String("file", file), slog.Any("accounts", r.Results), slog.Any("carried", r.Counts))
}

// reportForm wraps a report for the other end of the control socket. One that is too
// long for a frame loses accounts.
func reportForm(node string, r *portable.Report) (*form.Form, error) {
	for {
		text, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		if len(text) <= maxReport || len(r.Accounts) == 0 {
			f := form.New(form.Result, node)
			f.Fields = append(f.Fields, form.Field{Var: "report", Type: form.TextSingle, Values: []string{string(text)}})
			return f, nil
		}
		half := len(r.Accounts) / 2
		r.Omitted += len(r.Accounts) - half
		r.Accounts = r.Accounts[:half]
	}
}
