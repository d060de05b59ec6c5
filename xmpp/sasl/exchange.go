package sasl

import (
	"context"
	"io"
)

// MaxMessage is the length in bytes, base64 taken off, above which a message of a client is refused unread. The longest
// honest one is a PLAIN message of three identities of about a thousand bytes each.
const MaxMessage = 4096

// Directory is what the mechanisms need to know about accounts. It must answer for unknown users like for known ones.
// It normalises the names it is given by its own rules; they arrive prepared with the UsernameCaseMapped profile of
// RFC 8265 §3.3. It must be safe for use by many exchanges at once.
type Directory interface {
	// Keys gives the key set of a user. Unknown users, disabled accounts and accounts without a key set for h get a
	// fake one with known=false: of the same shape (iterations, lengths of salt and keys), and the same at each call.
	Keys(ctx context.Context, username string, h Hash) (k Keys, known bool, err error)
	// CheckPassword is for PLAIN. It must cost the same for unknown users.
	CheckPassword(ctx context.Context, username, password string) (ok bool, err error)
}

// Config is what one login may use. A mechanism whose part is missing is neither listed nor accepted.
type Config struct {
	// Directory knows the accounts; nil turns SCRAM and PLAIN off.
	Directory Directory
	// Tokens knows the tokens that people of Domain log in with; nil turns OAUTHBEARER off, and in PLAIN there are
	// passwords only.
	Tokens Tokens
	// TokenScope is the scope that a token needs, and TokenIssuer the address of a document that says where to get one
	// (RFC 8414); clients without a good token are told. Either may be empty.
	TokenScope, TokenIssuer string
	// Binding is the channel-binding data of the TLS connection; nil or empty if there is none.
	Binding Binding
	// PlusOffered is the setting that turns the -PLUS mechanisms on. They are offered if it is set and Binding has
	// something to offer; a client that then claims to have seen none is refused (RFC 5802 §6).
	PlusOffered bool
	// Certificate gives the user, in normalised form, for whom the client's certificate speaks, asked with the
	// authorization identity that the client sent or with "". It must be nil, which turns EXTERNAL off, unless the
	// client presented a certificate that was verified and holds at least one address of Domain (XEP-0178 #c2s).
	Certificate func(authzid string) (username string, ok bool)
	// Anonymous makes up a temporary user; nil turns ANONYMOUS off.
	Anonymous func() (username string, err error)
	// Domain is the host the client wants to log in to, in its normalised form.
	Domain string
	// Rand is the source of nonces; nil means crypto/rand.
	Rand io.Reader
	// Lacking are the hashes that some account of Domain has no key set for; SCRAM with them is not offered. The client
	// has to choose before it says who it is.
	Lacking []Hash
}

// mechanism is the part of an exchange that differs between mechanisms.
type mechanism interface {
	// next takes one message of the client. It returns either a challenge, or the name of the user who has proved
	// itself and what goes to the client with the success, or an error: a *Failure for what the client did wrong.
	// It is not called again after a name or an error, and it keeps no reference to message.
	next(ctx context.Context, message []byte) (out []byte, username string, err error)
}

// Exchange is one try to log in. It is for one goroutine and one try: after a failure make another.
type Exchange struct {
	mechanism mechanism
	started   bool // the client has spoken, or was asked to
	over      bool
	username  string
}

// New starts an exchange. It returns a *Failure with InvalidMechanism for a mechanism that is unknown or that cfg does
// not allow. It does not know whether the stream is encrypted, so the caller compares with the list of [Mechanisms]
// first.
func New(mechanism string, cfg Config) (*Exchange, error) {
	for _, o := range offers(cfg) {
		if o.name == mechanism {
			// The one message of ANONYMOUS may be empty (RFC 4505 §2), so a client that sends no initial response
			// has said all it had to say, and XEP-0175 #flow answers it with success at once.
			return &Exchange{mechanism: o.start(), started: mechanism == anonymousName}, nil
		}
	}
	return nil, &Failure{Condition: InvalidMechanism}
}

// Step takes the next message of the client. A nil response to the first call means that the client sent no initial
// response, which differs from an empty one (RFC 6120 §6.4.2).
//
// If done is false, challenge goes to the client, even when empty. If done is true, challenge goes with the success
// (the last message of SCRAM), or is nil. An error ends the exchange: a *Failure for everything the client caused; any
// other error is our fault and means TemporaryAuthFailure. The exchange keeps no reference to response.
func (x *Exchange) Step(ctx context.Context, response []byte) (challenge []byte, done bool, err error) {
	if x.over {
		return nil, false, malformed("the exchange is over")
	}
	if !x.started && response == nil {
		// All our mechanisms let the client speak first: an empty challenge asks it to (RFC 4422 §5).
		x.started = true
		return []byte{}, false, nil
	}
	x.started = true
	if len(response) > MaxMessage {
		x.over = true
		return nil, false, malformed("message too long")
	}
	out, username, err := x.mechanism.next(ctx, response)
	if err != nil {
		x.over = true
		return nil, false, err
	}
	if username == "" {
		return out, false, nil
	}
	x.over, x.username = true, username
	return out, true, nil
}

// Refused reports whether the client has shown something wrong and is being told so in a challenge: the exchange fails at
// its next message, if one comes, with a Failure that CountsAsBadPassword. A limit on guesses should count it now.
func (x *Exchange) Refused() bool {
	r, ok := x.mechanism.(interface{ refused() bool })
	return ok && r.refused()
}

// Username is the localpart of the account that proved itself, in the form in which the Directory was asked for it.
// It is empty until Step has said done.
func (x *Exchange) Username() string { return x.username }
