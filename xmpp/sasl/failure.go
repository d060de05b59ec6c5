package sasl

// The conditions of a failed login, as the element names of RFC 6120 §6.5. This package produces InvalidAuthzid,
// InvalidMechanism, MalformedRequest and NotAuthorized; the others are for the stream, which knows about base64,
// encryption, the abort element and the state of accounts.
const (
	Aborted              = "aborted"                // RFC 6120 §6.5.1
	AccountDisabled      = "account-disabled"       // RFC 6120 §6.5.2
	CredentialsExpired   = "credentials-expired"    // RFC 6120 §6.5.3
	EncryptionRequired   = "encryption-required"    // RFC 6120 §6.5.4
	IncorrectEncoding    = "incorrect-encoding"     // RFC 6120 §6.5.5: not base64
	InvalidAuthzid       = "invalid-authzid"        // RFC 6120 §6.5.6
	InvalidMechanism     = "invalid-mechanism"      // RFC 6120 §6.5.7
	MalformedRequest     = "malformed-request"      // RFC 6120 §6.5.8
	MechanismTooWeak     = "mechanism-too-weak"     // RFC 6120 §6.5.9
	NotAuthorized        = "not-authorized"         // RFC 6120 §6.5.10
	TemporaryAuthFailure = "temporary-auth-failure" // RFC 6120 §6.5.11
)

// Failure is a login refused for something the client did. It is meant for the client as it stands.
type Failure struct {
	// Condition is one of the conditions of RFC 6120 §6.5.
	Condition string
	// Text explains the condition in English, or is empty. It is fixed text, never a part of what the client sent.
	Text string
	// spared marks a NotAuthorized for which no password was looked at.
	spared bool
}

// Error gives the condition and the text.
func (f *Failure) Error() string {
	if f.Text == "" {
		return "sasl: " + f.Condition
	}
	return "sasl: " + f.Condition + ": " + f.Text
}

// CountsAsBadPassword reports whether a password, or a proof of one, was looked at and found wrong: what a limit on
// guesses should count. It is false for malformed messages and for refused channel bindings. Clients try those in good
// faith before they settle on a mechanism, and they tell a guesser nothing.
func (f *Failure) CountsAsBadPassword() bool {
	return f.Condition == NotAuthorized && !f.spared
}

// wrongCredentials is the one answer to an unknown user, a disabled account and a wrong password alike.
func wrongCredentials() *Failure {
	return &Failure{Condition: NotAuthorized}
}

func malformed(text string) *Failure {
	return &Failure{Condition: MalformedRequest, Text: text}
}

// wrongBinding refuses a channel binding before any proof was looked at.
func wrongBinding(text string) *Failure {
	return &Failure{Condition: NotAuthorized, Text: text, spared: true}
}

func wrongAuthzid() *Failure {
	return &Failure{Condition: InvalidAuthzid, Text: "log in as yourself"}
}
