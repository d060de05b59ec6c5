package archive

import (
	"strconv"
	"sync/atomic"
	"time"
)

// String gives the ID as it stands on the wire: in decimal, without leading zeros.
// See doc/adr/0011-archive-ids.md for why it tells the time.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Time is when the message came to the archive, to the microsecond.
func (id ID) Time() time.Time { return time.UnixMicro(int64(id)).UTC() }

// maxID is the largest that is still a time.
const maxID = 1<<63 - 1

// parseID reads what String writes, and nothing else: two ways to write one ID
// would be two ids to everybody else.
func parseID(s string) (ID, bool) {
	if s == "" || s[0] == '0' || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 63)
	return ID(n), err == nil
}

// A clock gives IDs: the time, and one more than the last if it stands still or goes
// back. All archives share it, so whoever has the turn of an account has its IDs in
// order; an ID that two archives have means nothing.
type clock struct{ last atomic.Uint64 }

// next gives an ID for now that is above all that were given.
func (c *clock) next(now time.Time) ID {
	for {
		last := c.last.Load()
		id := max(last+1, uint64(max(now.UnixMicro(), 1)))
		if c.last.CompareAndSwap(last, id) {
			return ID(id)
		}
	}
}

// raise sees to it that all further IDs are above one that was given before the
// server started: the clock of the machine may have been set back since.
func (c *clock) raise(to ID) {
	for {
		last := c.last.Load()
		if last >= uint64(to) || c.last.CompareAndSwap(last, uint64(to)) {
			return
		}
	}
}
