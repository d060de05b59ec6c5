package daemon

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// newLogger makes the logger of a server: text for people, JSON for machines.
func newLogger(cfg LogConfig, w io.Writer) *slog.Logger {
	var level slog.LevelVar
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level.Set(slog.LevelInfo) // the configuration was checked; this cannot be
	}
	opts := &slog.HandlerOptions{Level: &level}
	if cfg.Format == "text" || cfg.Format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
