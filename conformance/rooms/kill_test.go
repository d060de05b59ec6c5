package rooms

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/wire"
)

// longest is how long after the first message the server may live.
const longest = 300 * time.Millisecond

// window bounds how many messages of one person may be on their way.
const window = 50

// The server is killed while people speak: what anybody was told is in the archive
// afterwards, once and in the same order.
func TestKill(t *testing.T) {
	people, rounds := 20, 4
	if testing.Short() {
		rounds = 2
	}
	s := newServer(t, people)
	heardBefore := make([][][]heard, rounds)
	counts := make([]int, people)
	for round := range rounds {
		s.Start(t)
		room := make([]*occupant, people)
		for i := range room {
			room[i] = enter(t, s, i)
		}
		first := make(chan struct{}, 1)
		var all sync.WaitGroup
		for i, o := range room {
			all.Go(func() { o.speak(&counts[i], first) })
		}
		select {
		case <-first:
		case <-wire.Soon():
			t.Fatal("nobody hears anything")
		}
		<-time.After(rand.N(longest))
		s.Kill(t)
		all.Wait()
		for _, o := range room {
			if o.err != nil && !wire.Gone(o.err) {
				t.Fatalf("%s: %v", o.name, o.err)
			}
			heardBefore[round] = append(heardBefore[round], o.said)
		}
	}
	s.Start(t)
	archive := enter(t, s, 0).archive(t)
	s.Stop(t)
	if err := inOrder(archive); err != nil {
		t.Error(err)
	}
	for round, views := range heardBefore {
		for i, said := range views {
			if err := isPart(archive, said); err != nil {
				t.Errorf("round %d, %s: %v", round, name(i), err)
			}
		}
	}
	t.Logf("rooms: %d rounds, %d messages in the archive", rounds, len(archive))
	if len(archive) < people*rounds {
		t.Error("too little was said to tell")
	}
}

// speak says one thing after the other and listens, until the connection ends. The number
// of the next one is in next.
func (o *occupant) speak(next *int, first chan<- struct{}) {
	var talking sync.WaitGroup
	mayTalk, deaf := make(chan struct{}, window), make(chan struct{})
	// Ends when nobody listens any more.
	talking.Go(func() {
		for {
			select {
			case mayTalk <- struct{}{}:
			case <-deaf:
				return
			}
			if o.conn.Send(message(fmt.Sprintf("%s-%d", o.name, *next))) != nil {
				return // the server is dead, who listens will notice
			}
			*next++
		}
	})
	for o.err == nil {
		before := len(o.said)
		o.err = o.listen()
		if len(o.said) == before {
			continue
		}
		select {
		case first <- struct{}{}:
		default:
		}
		if strings.HasPrefix(o.said[before].id, o.name+"-") {
			<-mayTalk
		}
	}
	close(deaf)
	talking.Wait()
}
