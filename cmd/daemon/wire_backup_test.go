package daemon

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The backup command writes files on the machine: an administrator of the host neither finds nor runs it, and the host in
// its own name, which is how bridges ask, cannot either. It takes a request that came by the control socket, or
// from a command that stands in for the server.
func TestBackupIsForOperatorsOnly(t *testing.T) {
	cfg := Default()
	cfg.Data, cfg.Hosts, cfg.Admins = t.TempDir(), []string{"capulet.lit"}, []string{"romeo@capulet.lit"}
	cfg.Accounts.Iterations = 16
	h, err := build(t.Context(), cfg, plan{memory: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.store.Close() //nolint:errcheck // it keeps nothing
	host, romeo := jid.MustParse("capulet.lit"), jid.MustParse("romeo@capulet.lit")
	if err := h.accounts.Create(t.Context(), romeo, "pencil"); err != nil {
		t.Fatal(err)
	}
	if !h.accounts.IsAdmin(t.Context(), romeo, host) {
		t.Fatal("romeo is no administrator")
	}
	file := filepath.Join(cfg.Data, "file")
	ask := func(payload []byte) (*stanza.Stanza, error) {
		return h.ask(t.Context(), stanza.New(stanza.IQ, stanza.Set, "1", jid.JID{}, host, payload))
	}
	request := (&form.Form{Type: form.Submit, Fields: []form.Field{{Var: "file", Values: []string{file}}}}).Append(
		[]byte("<command xmlns='" + command.NS + "' node='" + nodeBackup + "'>"))
	request = append(request, "</command>"...)
	for _, who := range []jid.JID{host, romeo} {
		for _, c := range h.commands.Commands(t.Context(), who, host) {
			if c.Node == nodeBackup {
				t.Errorf("%s is shown it", who)
			}
		}
		if _, allowed, ok := h.commands.Find(t.Context(), who, host, nodeBackup); allowed || !ok {
			t.Errorf("%s: allowed %v, there %v", who, allowed, ok)
		}
	}
	answer, err := ask(request)
	if err != nil {
		t.Fatal(err)
	}
	if told, ok := answer.AsError(); !ok || told.Condition != stanza.Forbidden {
		t.Errorf("the host itself: %v", answer)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
	if _, err := run(t.Context(), standIn{h}, "capulet.lit", nodeBackup, form.Field{Var: "file", Values: []string{file}}); err != nil {
		t.Errorf("the operator: %v", err)
	}
	for _, path := range []string{"", "relative"} {
		if _, err := run(t.Context(), standIn{h}, "capulet.lit", nodeBackup, form.Field{Var: "file", Values: []string{path}}); err == nil {
			t.Errorf("file %q was taken", path)
		}
	}
}
