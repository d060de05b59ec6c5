package rest

import (
	"fmt"
	"testing"

	"causeway/xmpp/jid"
)

// One person, however slow, leaves room for the files of others; so do many.
func TestUploads(t *testing.T) {
	var u uploads
	juliet, romeo := jid.MustParse("juliet@capulet.lit"), jid.MustParse("romeo@capulet.lit")
	for range filesOfOne {
		if !u.enter(juliet) {
			t.Fatal("she has fewer than she may")
		}
	}
	if u.enter(juliet) || !u.enter(romeo) {
		t.Error("it is not she who waits for her")
	}
	u.leave(romeo)
	for u.leave(juliet); u.all < filesAtOnce; {
		if !u.enter(jid.MustParse(fmt.Sprintf("x%d@capulet.lit", u.all))) {
			t.Fatalf("%d at once", u.all)
		}
	}
	if u.enter(romeo) {
		t.Error("one too many of all")
	}
	for u.leave(juliet); u.of[juliet] > 0; {
		u.leave(juliet)
	}
	if _, known := u.of[juliet]; known || !u.enter(romeo) {
		t.Error("who has none under way is remembered, or there is no room")
	}
}
