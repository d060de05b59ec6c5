package webim

import (
	"fmt"
	"testing"
	"time"
)

// When there is no room a nonce is not let in, but a log-out counts all the same.
func TestFullNonces(t *testing.T) {
	n, now := newNonces(), time.Now()
	for i := range maxNonces {
		n.add(fmt.Sprint(i), now.Add(time.Duration(i+1)*time.Second), now)
	}
	if n.add("one more", now.Add(time.Hour), now) {
		t.Error("one more is let in")
	}
	n.revoke("the last", now.Add(time.Hour), now)
	if !n.has("the last") || n.has("0") || !n.has("1") || len(n.used) != maxNonces {
		t.Errorf("the last %t, the first %t, the second %t, %d in all", n.has("the last"), n.has("0"), n.has("1"), len(n.used))
	}
	if !n.add("later", now.Add(time.Hour), now.Add(10*time.Second)) {
		t.Error("what is over makes no room")
	}
}
