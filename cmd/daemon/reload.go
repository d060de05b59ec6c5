package daemon

import (
	"log/slog"
	"strings"
)

// hangUp is what SIGHUP means: the certificates are read anew. The rest of the
// configuration is not, but the log says what has changed in it.
func (h *house) hangUp() {
	if err := h.certs.reload(); err != nil {
		h.log.Error("certificates not read, the old ones go on", slog.Any("err", err))
	}
	if h.reread == nil {
		return
	}
	now, err := h.reread()
	if err != nil {
		h.log.Error("the configuration has mistakes; the next start would fail", slog.Any("err", err))
		return
	}
	if changed := differences(&h.cfg, &now); len(changed) > 0 {
		h.log.Warn("settings have changed; they need a restart", slog.String("keys", strings.Join(changed, " ")))
		return
	}
	h.log.Info("no setting has changed; only certificates are read while the server runs")
}

// differences names the keys that are not the same in a and b.
func differences(a, b *Config) (names []string) {
	other := sections(b)
	for i, s := range sections(a) {
		for j, k := range s.keys {
			if k.literal() != other[i].keys[j].literal() {
				names = append(names, k.name)
			}
		}
	}
	return names
}
