package daemon

import (
	"context"
	"io/fs"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"sync/atomic"
	"time"

	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// nodeStatus is a command of ours: how the whole server is.
const nodeStatus = "urn:causeway:admin#status"

// status is what the house knows of itself beside its parts.
type status struct {
	draining atomic.Bool
}

// statusCommand tells administrators how the server is. XEP-0133 has no such thing.
func (h *house) statusCommand() command.Command {
	return command.Command{
		Node: nodeStatus, Name: "Get the status of the server", Allowed: h.accounts.IsAdmin,
		Run: func(ctx context.Context, _, _ jid.JID, _ *form.Form) (*form.Form, error) { return h.report(ctx) },
	}
}

func (h *house) report(ctx context.Context) (*form.Form, error) {
	registered := 0
	for _, host := range h.router.Hosts() {
		n, err := h.accounts.Count(ctx, host)
		if err != nil {
			return nil, err
		}
		registered += n
	}
	sessions, online := h.router.Count()
	state := "running"
	if h.status.draining.Load() {
		state = "draining"
	}
	number := func(name, label string, n int) form.Field {
		return form.Field{Var: name, Label: label, Values: []string{strconv.Itoa(n)}}
	}
	return form.New(form.Result, nodeStatus,
		form.Field{Var: "version", Label: "version", Values: []string{release}},
		form.Field{Var: "state", Label: "state", Values: []string{state}},
		form.Field{Var: "started", Label: "started", Values: []string{h.started.UTC().Format(time.RFC3339)}},
		form.Field{Var: "hosts", Type: form.TextMulti, Label: "hosts", Values: h.router.Hosts()},
		number("accounts", "accounts", registered),
		number("online", "accounts online", online),
		number("sessions", "sessions", sessions),
		number("memory", "memory in bytes", int(memory())),
		number("store", "store in bytes", int(folderSize(storeDir(&h.cfg, plan{})))),
	), nil
}

// memory is what the Go runtime has from the system, in bytes, less what it gave back.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// folderSize adds up the files of a folder, in bytes; files that vanish meanwhile count nothing.
func folderSize(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}
