package badger

import (
	"log/slog"
	"time"
)

// The free space is looked at each spacePeriod, and after so many bytes: a fast writer can fill more than
// the distance of the two marks in a second, because Badger writes everything several times.
const (
	spacePeriod = time.Second
	spaceBytes  = 8 * mib
)

// watch looks after the free space until the end is asked for, then ends everything in order.
func (db *DB) watch() {
	defer close(db.stopped)
	if db.opts.Memory {
		<-db.halted
	} else {
		db.watchSpace()
	}
	db.end()
}

func (db *DB) watchSpace() {
	tick := time.NewTicker(spacePeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			db.checkSpace()
		case <-db.look:
			db.checkSpace()
		case <-db.halted:
			return
		}
	}
}

// noteWritten is called by the committer with the size of each batch.
func (db *DB) noteWritten(n int) {
	db.fresh += n
	if db.fresh < spaceBytes {
		return
	}
	db.fresh = 0
	select {
	case db.look <- struct{}{}:
	default: // it looks already
	}
}

// end closes in the order that loses nothing: no new work, then the waiting writes, then the running
// views, then the files.
func (db *DB) end() {
	db.queue.close(db.closedErr())
	<-db.committed
	db.mu.Lock()
	db.closed = true
	db.mu.Unlock()
	db.views.Wait()
	db.closeErr = db.kv.Close()
	if db.closeErr != nil {
		db.opts.Logger.Error("store did not close cleanly", slog.Any("err", db.closeErr))
	}
}
