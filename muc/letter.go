package muc

import (
	"context"

	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

// letter is a message to the room that is not for all: an invitation, an answer to one, or
// a form about voice or registration. "A service MAY ignore messages that are improperly
// typed, or reject them" (XEP-0045 #bizrules-message).
func (r *room) letter(ctx context.Context, t *turn, st *stanza.Stanza) error {
	if c, ok := st.Child(nsUser, "x"); ok {
		_, inside, err := stanza.Split(st.ChildBytes(c))
		if err != nil {
			return stanza.BadRequest.Err("")
		}
		for i := range inside {
			switch {
			case inside[i].Is(nsUser, "invite"):
				return r.invite(ctx, t, st, inside)
			case inside[i].Is(nsUser, "decline"):
				return r.decline(t, st, &inside[i])
			}
		}
	}
	if c, ok := st.Child(form.NS, "x"); ok {
		f, err := form.Parse(st.ChildBytes(c))
		if err != nil {
			return stanza.BadRequest.Err("this is no form")
		}
		switch f.FormType() {
		case formVoice:
			return r.voice(t, st, f)
		case formRegister:
			return r.approve(t, st, f)
		}
	}
	if r.sessions[st.From] == nil {
		return stanza.NotAcceptable.Err("you are not in this room")
	}
	return stanza.BadRequest.Err("what is for the room is groupchat")
}
