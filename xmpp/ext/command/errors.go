package command

import "causeway/xmpp/stanza"

// fault makes an error of the table of XEP-0050 #desc-errors: a stanza error with
// a specific condition beside it.
func fault(t stanza.ErrorType, c stanza.Condition, specific, text string) *stanza.Error {
	return &stanza.Error{Type: t, Condition: c, Text: text, App: []byte("<" + specific + " xmlns='" + NS + "'/>")}
}

func malformedAction() *stanza.Error {
	return fault(stanza.Modify, stanza.BadRequest, "malformed-action", "unknown action")
}

func badAction() *stanza.Error {
	return fault(stanza.Modify, stanza.BadRequest, "bad-action", "this action is not possible now")
}

func badPayload(text string) *stanza.Error {
	return fault(stanza.Modify, stanza.BadRequest, "bad-payload", text)
}

func badSession() *stanza.Error {
	return fault(stanza.Modify, stanza.BadRequest, "bad-sessionid", "no such session of yours")
}

func sessionExpired() *stanza.Error {
	return fault(stanza.Cancel, stanza.NotAllowed, "session-expired", "the session is over")
}
