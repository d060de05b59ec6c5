package badger

import "time"

// Space in the value log comes back by whole files, when half of one is no longer needed. What is not needed any
// more Badger learns when it merges tables; so there is no hurry.
const (
	reclaimPeriod = 5 * time.Minute
	reclaimRatio  = 0.5
)

// reclaim gives back space of the value log until the end is asked for.
func (db *DB) reclaim() {
	tick := time.NewTicker(reclaimPeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-db.halted:
			return
		}
		db.Reclaim()
	}
}

// Reclaim frees the files of the value log of which half is not needed any more, and says how many they were. The
// engine does so by itself every few minutes. It goes on until there are none or the end is asked for; what is
// still needed is written again, which who writes at the same time hardly notices.
func (db *DB) Reclaim() (files int) {
	for {
		select {
		case <-db.halted:
			return files
		default:
		}
		// Whatever the error, it is either that there is nothing to do or that the engine ends.
		if db.kv.RunValueLogGC(reclaimRatio) != nil {
			return files
		}
		files++
	}
}
