package rooms

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Fifty people speak at once, as fast as they can: everybody hears everything once, in
// the order of the archive.
func TestOrder(t *testing.T) {
	people, each := 50, 25
	if testing.Short() {
		each = 5
	}
	s := newServer(t, people)
	s.Start(t)
	defer s.Stop(t)
	room := make([]*occupant, people)
	for i := range room {
		room[i] = enter(t, s, i)
	}
	var all sync.WaitGroup
	for _, o := range room {
		var text strings.Builder
		for n := range each {
			text.WriteString(message(fmt.Sprintf("%s-%d", o.name, n)))
		}
		faults := make(chan error, 1)
		all.Go(func() { faults <- o.conn.Send(text.String()) })
		all.Go(func() {
			for len(o.said) < people*each && o.err == nil {
				o.err = o.listen()
			}
			if err := <-faults; err != nil {
				o.err = err
			}
		})
	}
	all.Wait()
	for _, o := range room {
		if o.err != nil {
			t.Fatalf("%s, after %d messages: %v", o.name, len(o.said), o.err)
		}
	}
	archive := enter(t, s, 0).archive(t) // from another session: nothing is on its way to it
	if len(archive) != people*each {
		t.Errorf("the archive has %d messages of %d", len(archive), people*each)
	}
	if err := inOrder(archive); err != nil {
		t.Error(err)
	}
	for _, o := range room {
		if !slices.Equal(o.said, archive) {
			t.Errorf("%s: %v", o.name, isPart(archive, o.said))
		}
	}
}
