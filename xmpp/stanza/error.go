package stanza

// ErrorType is the type attribute of a stanza error (RFC 6120 §8.3.2).
type ErrorType string

// The error types: what the sender should do next.
const (
	Auth     ErrorType = "auth"
	Cancel   ErrorType = "cancel"
	Continue ErrorType = "continue"
	Modify   ErrorType = "modify"
	Wait     ErrorType = "wait"
)

// Condition is a defined condition of a stanza error (RFC 6120 §8.3.3).
type Condition string

// The defined conditions.
const (
	BadRequest            Condition = "bad-request"
	Conflict              Condition = "conflict"
	FeatureNotImplemented Condition = "feature-not-implemented"
	Forbidden             Condition = "forbidden"
	Gone                  Condition = "gone"
	InternalServerError   Condition = "internal-server-error"
	ItemNotFound          Condition = "item-not-found"
	JIDMalformed          Condition = "jid-malformed"
	NotAcceptable         Condition = "not-acceptable"
	NotAllowed            Condition = "not-allowed"
	NotAuthorized         Condition = "not-authorized"
	PolicyViolation       Condition = "policy-violation"
	RecipientUnavailable  Condition = "recipient-unavailable"
	Redirect              Condition = "redirect"
	RegistrationRequired  Condition = "registration-required"
	RemoteServerNotFound  Condition = "remote-server-not-found"
	RemoteServerTimeout   Condition = "remote-server-timeout"
	ResourceConstraint    Condition = "resource-constraint"
	ServiceUnavailable    Condition = "service-unavailable"
	SubscriptionRequired  Condition = "subscription-required"
	UndefinedCondition    Condition = "undefined-condition"
	UnexpectedRequest     Condition = "unexpected-request"
)

// NSStanzas is the namespace of the defined conditions (RFC 6120 §8.3.2).
const NSStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"

// An Error is a fault that the sender of a stanza is told of (RFC 6120 §8.3). It
// carries no inner detail of the server.
type Error struct {
	Type      ErrorType
	Condition Condition
	Text      string // human-readable, English; may be empty
	App       []byte // an application-specific element (RFC 6120 §8.3.4) as XML; may be nil
}

func (e *Error) Error() string {
	if e.Text == "" {
		return string(e.Condition)
	}
	return string(e.Condition) + ": " + e.Text
}

// defined reports whether RFC 6120 §8.3.3 knows c.
func (c Condition) defined() bool {
	switch c {
	case BadRequest, Conflict, FeatureNotImplemented, Forbidden, Gone, InternalServerError, ItemNotFound, JIDMalformed,
		NotAcceptable, NotAllowed, NotAuthorized, PolicyViolation, RecipientUnavailable, Redirect, RegistrationRequired,
		RemoteServerNotFound, RemoteServerTimeout, ResourceConstraint, ServiceUnavailable, SubscriptionRequired,
		UndefinedCondition, UnexpectedRequest:
		return true
	}
	return false
}

// Err makes an Error of c with the type that RFC 6120 §8.3.3 recommends for it.
func (c Condition) Err(text string) *Error {
	return &Error{Type: c.errorType(), Condition: c, Text: text}
}

// errorType is the type that RFC 6120 §8.3.3 names first at each condition.
func (c Condition) errorType() ErrorType {
	switch c {
	case BadRequest, JIDMalformed, NotAcceptable, PolicyViolation, Redirect:
		return Modify
	case Forbidden, NotAuthorized, RegistrationRequired, SubscriptionRequired:
		return Auth
	case RecipientUnavailable, RemoteServerTimeout, ResourceConstraint, UnexpectedRequest:
		return Wait
	default:
		return Cancel
	}
}
