package portable

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"causeway/xmpp/ext/push"
	"causeway/xmpp/jid"
)

func TestExportFile(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	dir := t.TempDir()
	file := filepath.Join(dir, "all.xml")
	want := Wanted{Hosts: hosts}
	report, err := ExportFile(t.Context(), from.Store, want, file, false)
	must(t, err)
	if got := results(report); got != "juliet@capulet.lit exported, romeo@montague.lit exported" {
		t.Errorf("report: %s", got) // and not tybalt, who is leaving
	}
	if n := report.Counts; n["archived"] != 1200 || n["contacts"] != 3 || n["requests"] != 2 || n["items"] != 6 || n["nodes"] != 3 {
		t.Errorf("counts: %v", n)
	}
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode().Perm() != 0o600 { // XEP-0227 #security
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := ExportFile(t.Context(), from.Store, want, file, false); !errors.Is(err, ErrFileExists) {
		t.Errorf("a file was replaced: %v", err)
	}
	_, err = ExportFile(t.Context(), from.Store, Wanted{Accounts: []jid.JID{romeo, romeo}}, file, true)
	must(t, err)
	text, err := os.ReadFile(file)
	must(t, err)
	if n := strings.Count(string(text), "<user "); n != 1 {
		t.Errorf("%d accounts instead of one:\n%s", n, text)
	}
	// What fails leaves no file behind, and the one that is there alone.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ExportFile(ctx, from.Store, want, file, true); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := ExportFile(t.Context(), from.Store, Wanted{Accounts: []jid.JID{nurse}}, file, true); err == nil {
		t.Error("an account was exported that is not there")
	}
	again, err := os.ReadFile(file)
	if err != nil || string(again) != string(text) {
		t.Errorf("the file has changed: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestExportTells what it leaves out.
func TestExportTells(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	must(t, from.Store.Push().Change(t.Context(), juliet, func([]push.Registration) ([]push.Registration, error) {
		return []push.Registration{{Service: jid.MustParse("push.verona.lit"), Node: "n", Device: "balcony"}}, nil
	}))
	report, err := ExportFile(t.Context(), from.Store, Wanted{Hosts: hosts}, filepath.Join(t.TempDir(), "all.xml"), false)
	must(t, err)
	if l := report.Accounts[0].Left; len(l) != 1 || l[0] != (Finding{What: "device that is woken by push", Count: 1}) {
		t.Errorf("left out: %v", l)
	}
}
