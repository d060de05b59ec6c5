package webim

import (
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
)

// Who could not be hidden is not told that they are, and may try again.
func TestNotHidden(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	refuse := true
	o.answer = func(st *stanza.Stanza) *stanza.Stanza {
		switch {
		case st.Kind != stanza.IQ:
			return nil
		case refuse:
			return st.ErrorReply(stanza.InternalServerError.Err(""))
		}
		return stanza.New(stanza.IQ, stanza.Result, st.ID(), juliet, juliet)
	}
	if err := p.appear(t.Context(), showAvailable, "here"); err != nil {
		t.Fatal(err)
	}
	if err := p.setShow(t.Context(), showInvisible); err == nil || p.show != showAvailable || p.status != "here" {
		t.Errorf("%v, and she is %s", err, p.show)
	}
	refuse = false
	asked := len(o.sent)
	if err := p.setShow(t.Context(), showInvisible); err != nil || p.show != showInvisible || len(o.sent) == asked {
		t.Errorf("%v, and she is %s", err, p.show)
	}
}

// What the server is told last is what the person is, however long the answers take.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := new(orchard)
		p, _ := o.stands(t)
		order := ""
		o.answer = func(st *stanza.Stanza) *stanza.Stanza {
			for _, word := range []string{"invisible", "visible"} {
				if st.Has(nsInvisible, word) {
					order += " " + word
				}
			}
			if st.Kind != stanza.IQ || order == " invisible" {
				return nil
			}
			return stanza.New(stanza.IQ, stanza.Result, st.ID(), juliet, juliet)
		}
		for _, show := range []string{showInvisible, showAvailable} {
			go func() { // ends with the answer
				if err := p.appear(t.Context(), show, ""); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		order += " answered"
		o.exit.Deliver(stanza.New(stanza.IQ, stanza.Result, o.sent[0].ID(), juliet, juliet))
		synctest.Wait()
		if order != " invisible answered visible" || p.show != showAvailable {
			t.Errorf("the server is asked%s, and she is %s", order, p.show)
		}
	})
}
