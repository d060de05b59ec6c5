package badger

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// checkSpaceAtOpen refuses a disk on which Badger could not even open its files.
func (db *DB) checkSpaceAtOpen() error {
	if db.opts.Memory {
		return nil
	}
	if db.opts.Dir == "" {
		return errors.New("no data folder named")
	}
	if err := os.MkdirAll(db.opts.Dir, 0o700); err != nil {
		return err
	}
	free, err := db.opts.FreeSpace(db.opts.Dir)
	if err != nil {
		return fmt.Errorf("look at free space: %w", err)
	}
	if free < db.opts.StopWater {
		return fmt.Errorf("%w: %d MiB free, %d MiB needed", ErrFull, free/mib, db.opts.StopWater/mib)
	}
	db.full.Store(free < db.opts.LowWater)
	return nil
}

// checkSpace compares the free space with the two marks.
func (db *DB) checkSpace() {
	free, err := db.opts.FreeSpace(filepath.Clean(db.opts.Dir))
	if err != nil {
		// Not knowing is no reason to stop; the next look may succeed.
		db.opts.Logger.Warn("free space unknown", slog.Any("err", err))
		return
	}
	if free < db.opts.StopWater {
		db.halt(fmt.Errorf("%w: %d MiB free, stop mark is %d MiB", ErrFull, free/mib, db.opts.StopWater/mib))
		return
	}
	low := free < db.opts.LowWater
	if db.full.Swap(low) == low {
		return
	}
	if low {
		db.opts.Logger.Error("disk nearly full, growing writes refused", slog.Uint64("free_mib", free/mib))
	} else {
		db.opts.Logger.Info("disk has space again", slog.Uint64("free_mib", free/mib))
	}
}
