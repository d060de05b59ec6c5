//go:build unix

package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Others cannot get at the socket, even if the data folder is open to them, files
// are made so that everybody may do anything with them, and the socket's folder was
// there before.
func TestControlSocketIsPrivate(t *testing.T) {
	for _, found := range []bool{false, true} {
		data := t.TempDir()
		defer syscall.Umask(syscall.Umask(0))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(os.Chmod(data, 0o755))
		folder := filepath.Dir(socketPath(data))
		if found {
			must(os.Mkdir(folder, 0o777))
		}
		cfg := Default()
		cfg.Data, cfg.Hosts = data, []string{"capulet.lit"}
		h, err := build(t.Context(), cfg, plan{memory: true}, slog.New(slog.DiscardHandler))
		must(err)
		socket, err := h.openControl(t.Context())
		must(err)
		info, err := os.Stat(folder)
		must(err)
		if info.Mode().Perm() != 0o700 || filepath.Dir(folder) != data {
			t.Errorf("found %v: the folder is %v", found, info.Mode())
		}
		a, err := dial(t.Context(), data)
		must(err)
		must(a.close())
		must(socket.Close())
		must(h.store.Close())
	}
}
