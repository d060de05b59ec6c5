package badger

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// engineLog hands Badger's printf-style messages to slog. What Badger calls information is of interest to
// nobody who operates a chat server, so it becomes debug output.
type engineLog struct {
	log      *slog.Logger
	unsynced *atomic.Bool // set when the value log could not be synced
}

// logUnsynced is how the message begins by which alone Badger tells that it could not sync the value log.
const logUnsynced = "Error while curlf sync"

// Errorf implements badgerdb.Logger.
func (l engineLog) Errorf(format string, args ...any) {
	if strings.HasPrefix(format, logUnsynced) {
		l.unsynced.Store(true)
	}
	l.print(slog.LevelError, format, args)
}

func (l engineLog) Warningf(format string, args ...any) { l.print(slog.LevelWarn, format, args) }
func (l engineLog) Infof(format string, args ...any)    { l.print(slog.LevelDebug, format, args) }

// Debugf drops the message: Badger calls it several times for each write.
func (engineLog) Debugf(string, ...any) {}

func (l engineLog) print(level slog.Level, format string, args []any) {
	ctx := context.Background()
	if l.log.Enabled(ctx, level) {
		text := strings.TrimSpace(fmt.Sprintf(format, args...))
		l.log.Log(ctx, level, "storage engine message", slog.String("detail", text))
	}
}
