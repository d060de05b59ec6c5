//go:build !linux

package load

import "time"

// ownCPU is not known here.
func ownCPU() time.Duration { return 0 }

// openFiles is not known here: the system says when there are too many.
func openFiles() int { return 1 << 30 }

// pause waits, as well as a timer does.
func pause(d time.Duration) { <-time.After(d) }
