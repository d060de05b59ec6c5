//go:build !linux

package c2s

import "log/slog"

// canSleep says whether there is a way to watch a socket without a goroutine.
const canSleep = false

type sleepers struct{ log *slog.Logger }

func (*sleepers) stop()            {}
func (*sleepers) watch(*link) bool { return false }
func (*sleepers) forget(*link)     {}
