package rooms

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// One occupant does not read while another speaks much more than the network between them
// holds: nobody else waits for it, and when it reads it has heard everything in order.
func TestSlowReader(t *testing.T) {
	const number = 3000
	s := newServer(t, 3)
	s.Start(t)
	defer s.Stop(t)
	romeo, juliet, slow := enter(t, s, 0), enter(t, s, 1), enter(t, s, 2)
	words := strings.Repeat("But, soft! what light through yonder window breaks? ", 80)
	sent := make(chan error, 1)
	// Ends when all is written, or at the end of the connection.
	go func() {
		for n := range number {
			if err := romeo.conn.Send(strings.Replace(message(fmt.Sprintf("%s-%d", romeo.name, n)), "<body>", "<body>"+words, 1)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for _, o := range []*occupant{romeo, juliet, slow} { // the last begins when the others have all
		for len(o.said) < number {
			if err := o.listen(); err != nil {
				t.Fatalf("%s, after %d messages: %v", o.name, len(o.said), err)
			}
		}
		if !slices.Equal(o.said, romeo.said) {
			t.Errorf("%s has heard something else than the one who spoke", o.name)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if err := inOrder(slow.said); err != nil {
		t.Error(err)
	}
}
