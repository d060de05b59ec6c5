package store

import "testing"

// A number that a tool takes while a block that has it is fetched is not given out.
func TestRoomNumberTakenMeanwhile(t *testing.T) {
	const service = "conference.capulet.lit"
	n := numbers{next: make(map[string]int), end: make(map[string]int)}
	n.give(service, 1, 65)
	n.pass(service, 100)     // of a room
	n.give(service, 65, 129) // which was asked for before
	if got, ok := n.take(service); !ok || got != 101 {
		t.Errorf("the next number is %d, %t; 100 is taken", got, ok)
	}
	n.pass(service, 1000) // of a room that was not made after all
	n.give(service, 129, 193)
	if got, ok := n.take(service); !ok || got != 129 {
		t.Errorf("then it is %d, %t", got, ok)
	}
}
