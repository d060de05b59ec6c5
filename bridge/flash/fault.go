package flash

import (
	"context"
	"errors"

	"causeway/xmpp/stanza"
)

// A code is what a reply says of a command (wire §1.9).
type code int

// The codes.
const (
	done          code = iota
	malformed          // not a document, or not a Command
	notAuthorised      // wrong password, wrong address or unknown group: nobody learns which
	unknownType
	badParameter // missing, or not what it can be; the text names it
	numberTaken
	noSuchRoom
	noSuchUser
	groupStopped
	tooLarge
	tooMany
	internal
)

var codeTexts = [...]string{
	done: "ok", malformed: "not a command", notAuthorised: "not authorised", unknownType: "unknown type",
	badParameter: "bad parameter", numberTaken: "room id taken", noSuchRoom: "no such room", noSuchUser: "no such user",
	groupStopped: "group stopped", tooLarge: "too large", tooMany: "too many requests", internal: "internal error",
}

// A fault is a code that is not done, with what it is about, which is a word of ours and
// never of the client.
type fault struct {
	code  code
	about string
}

func (f *fault) Error() string {
	if f.about == "" {
		return codeTexts[f.code]
	}
	return codeTexts[f.code] + ": " + f.about
}

// bad is the fault of a parameter.
func bad(name string) error { return &fault{badParameter, name} }

// faultOf is the one place where faults of the server become those of a reply; known is
// false for what should be logged.
func faultOf(err error) (f *fault, known bool) {
	var told *stanza.Error
	switch {
	case errors.As(err, &f):
		return f, true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &fault{code: tooMany, about: "try again"}, true
	case !errors.As(err, &told):
		return &fault{code: internal}, false
	}
	switch told.Condition {
	case stanza.ItemNotFound, stanza.Gone:
		return &fault{code: noSuchRoom}, true
	case stanza.Conflict:
		return &fault{code: numberTaken}, true
	case stanza.BadRequest, stanza.NotAcceptable, stanza.JIDMalformed, stanza.PolicyViolation:
		return &fault{code: badParameter}, true
	case stanza.ResourceConstraint, stanza.ServiceUnavailable:
		return &fault{code: tooMany}, true
	}
	return &fault{code: internal}, false
}
