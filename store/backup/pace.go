package backup

import (
	"context"
	"time"
)

const (
	paceBytes = 256 << 10 // between two rests
	paceMost  = 10 * time.Millisecond
)

// A pacer keeps a backup from taking a processor, or the disk, for itself: it rests as long as it works. A nil pacer never
// rests.
type pacer struct {
	since time.Time // the end of the last rest
	bytes int       // since then
}

// worked notes that so many bytes were read or written, and rests when it is time to.
func (p *pacer) worked(ctx context.Context, n int) error {
	if p == nil {
		return nil
	}
	if p.bytes += n; p.bytes < paceBytes {
		return nil
	}
	now := time.Now()
	if !p.since.IsZero() {
		rest := time.NewTimer(min(now.Sub(p.since), paceMost))
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.since, p.bytes = time.Now(), 0
	return nil
}
