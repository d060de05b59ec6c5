package daemon

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
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
	ears     atomic.Pointer[[]ear] // nil before clients can connect
}

// statusCommand tells administrators how the server is. XEP-0133 has no such thing.
func (h *house) statusCommand() command.Command {
	return command.Command{
		Node: nodeStatus, Name: "Get the status of the server", Allowed: h.accounts.IsAdmin,
		Run: func(ctx context.Context, _, _ jid.JID, _ *form.Form) (*form.Form, error) { return h.report(ctx) },
	}
}

// report tells how the house is: fields, and a table of the certificates that
// clients see. Names that end in _bytes and _seconds say what they count.
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
	rooms, occupants := 0, 0
	if h.rooms != nil {
		rooms, occupants = h.rooms.Live()
	}
	state := "running"
	if h.status.draining.Load() {
		state = "draining"
	}
	text := func(name, label string, values ...string) form.Field {
		return form.Field{Var: name, Type: form.TextSingle, Label: label, Values: values}
	}
	number := func(name, label string, n int64) form.Field {
		return form.Field{Var: name, Label: label, Values: []string{strconv.FormatInt(n, 10)}}
	}
	f := form.New(form.Result, nodeStatus,
		text("version", "version", release),
		text("state", "state", state),
		number("pid", "process", int64(os.Getpid())),
		text("started", "started", h.started.UTC().Format(time.RFC3339)),
		number("uptime_seconds", "up for", int64(time.Since(h.started).Seconds())),
		form.Field{Var: "hosts", Type: form.TextMulti, Label: "hosts", Values: h.router.Hosts()},
		form.Field{Var: "listening", Type: form.TextMulti, Label: "listening", Values: h.listening()},
		text("data", "data", h.cfg.Data),
		number("accounts", "accounts", int64(registered)),
		number("online", "accounts online", int64(online)),
		number("sessions", "sessions", int64(sessions)),
		number("rooms", "rooms in use", int64(rooms)),
		number("occupants", "sessions in rooms", int64(occupants)),
		number("memory_bytes", "memory", int64(memory())),
		number("store_bytes", "store on the disk", folderSize(storeDir(&h.cfg, plan{}))),
	)
	if list := slices.DeleteFunc(h.router.Hosts(), func(host string) bool { return !h.router.Stopped(host) }); len(list) > 0 {
		f.Fields = append(f.Fields, form.Field{Var: "stopped", Type: form.TextMulti, Label: "stopped hosts", Values: list})
	}
	if list := h.attached(); len(list) > 0 {
		f.Fields = append(f.Fields, form.Field{Var: "components", Type: form.TextMulti, Label: "components", Values: list})
	}
	h.reportCertificates(f)
	return f, nil
}

// listening names the addresses of all listeners.
func (h *house) listening() (list []string) {
	ears := h.status.ears.Load()
	if ears == nil {
		return nil
	}
	for _, e := range *ears {
		list = append(list, string(e.kind)+":"+e.Addr().String())
	}
	return list
}

// reportCertificates adds a row for what clients of each host see.
func (h *house) reportCertificates(f *form.Form) {
	if h.certs == nil {
		return
	}
	f.Reported = []form.Field{
		{Var: "host", Type: form.TextSingle, Label: "host"},
		{Var: "issuer", Type: form.TextSingle, Label: "certificate"},
		{Var: "until", Type: form.TextSingle, Label: "until"},
		{Var: "file", Type: form.TextSingle, Label: "file"},
		{Var: "doubt", Type: form.TextSingle, Label: "doubt"},
	}
	for _, c := range h.certs.shown() {
		row := []form.Field{{Var: "host", Values: []string{c.host}}, {Var: "issuer", Values: []string{c.issuer()}}}
		if c.leaf != nil {
			row = append(row, form.Field{Var: "until", Values: []string{day(c.leaf.NotAfter)}},
				form.Field{Var: "file", Values: []string{c.file}}, form.Field{Var: "doubt", Values: []string{c.doubt()}})
		}
		f.Items = append(f.Items, form.Item{Fields: row})
	}
}

// memory is what the Go runtime has from the system, in bytes, less what it gave back.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// folderSize adds up what the files of a folder take on the disk, in bytes; files
// that vanish meanwhile count nothing.
func folderSize(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += onDisk(info)
		}
		return nil
	})
	return size
}
