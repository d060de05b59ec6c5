package webim

import "sync/atomic"

// A letter is a message that was taken from the line and is owed to the account: it is
// settled when any tab certainly has it, or else goes another way. It is settled once.
type letter struct {
	told func(delivered bool)
	done atomic.Bool
}

// settle settles letters, in order. It is called without any lock.
func settle(list []*letter, delivered bool) {
	for _, l := range list {
		if !l.done.Swap(true) {
			l.told(delivered)
		}
	}
}
