package archive

import (
	"context"
	"slices"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// pending knows the writes to archives that are under way. Messages are delivered
// before they are on the disk; whoever asks for a page waits for those that were
// archived before, or it would have a gap that nobody can see. Archives share slots.
type pending struct{ slots [64]slot }

// A slot holds what is closed when a write ends. Writes that end together share
// that, so there are few.
type slot struct {
	mu   sync.Mutex
	ends []<-chan struct{}
}

func (p *pending) slot(owner jid.JID) *slot { return &p.slots[owner.Shard(len(p.slots))] }

// note notes a write to the archive of owner.
func (p *pending) note(owner jid.JID, t router.Ticket) {
	sl, end := p.slot(owner), t.Done()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if !slices.Contains(sl.ends, end) {
		sl.ends = append(slices.DeleteFunc(sl.ends, over), end)
	}
}

// wait waits until all that was noted for owner has ended.
func (p *pending) wait(ctx context.Context, owner jid.JID) error {
	sl := p.slot(owner)
	sl.mu.Lock()
	sl.ends = slices.DeleteFunc(sl.ends, over)
	ends := slices.Clone(sl.ends)
	sl.mu.Unlock()
	for _, end := range ends {
		select {
		case <-end:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func over(end <-chan struct{}) bool {
	select {
	case <-end:
		return true
	default:
		return false
	}
}
