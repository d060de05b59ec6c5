package webim

import (
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Where the nick is taken the person comes by another; all who wait to enter are told
// when that is done, and not before.
func TestNickTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := new(orchard)
		p, _ := o.stands(t)
		room := jid.MustParse("ball@conference.capulet.lit")
		o.answer = func(st *stanza.Stanza) *stanza.Stanza {
			if st.To.Resource() == "juliet" {
				return st.ErrorReply(stanza.Conflict.Err("taken"))
			}
			return nil
		}
		done := make(chan error, 2)
		for range 2 {
			go func() { // ends with the presence
				_, err := p.enter(t.Context(), room, nil)
				done <- err
			}()
			synctest.Wait()
		}
		if len(done) > 0 || len(o.sent) != 2 {
			t.Fatalf("%d are done, %d stanzas were sent", len(done), len(o.sent))
		}
		nick := "juliet (juliet)"
		full, err := room.WithResource(nick)
		if err != nil {
			t.Fatal(err)
		}
		o.exit.Deliver(stanza.New(stanza.Presence, stanza.Available, "", full, juliet, []byte("<x xmlns='"+nsRoomUser+"'><status code='110'/></x>")))
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if r := p.rooms[room]; !r.inside || r.nick != nick {
			t.Errorf("%+v", r)
		}
	})
}

// A room in which the other nick is taken too is not tried for ever.
func TestNicksTaken(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	o.answer = func(st *stanza.Stanza) *stanza.Stanza { return st.ErrorReply(stanza.Conflict.Err("taken")) }
	if _, err := p.enter(t.Context(), jid.MustParse("ball@conference.capulet.lit"), nil); err == nil || !strings.Contains(err.Error(), "conflict") || len(o.sent) != 2 {
		t.Errorf("%v after %d tries", err, len(o.sent))
	}
}
