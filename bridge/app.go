package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"causeway/xmpp/jid"
)

// A Kind is the bridge that an App comes in by.
type Kind string

// The kinds of Apps.
const (
	REST     Kind = "rest"     // a back end; its ID is the client_id of the REST admin API
	Site     Kind = "site"     // a site that people log in to with their account here; its ID is the app_id
	Plugchat Kind = "plugchat" // a site with a chat bar; its ID is the publicKey, its secret the apiKey
	Flash    Kind = "flash"    // a tool that sends XML commands; its ID is the group, its secret the api_pwd
)

// An App is something foreign that a host lets in by one of the bridges: whoever shows
// its secret. Administrators make it with `causeway app`.
type App struct {
	Kind     Kind
	ID       string  // public, unique within its kind on this server
	Host     jid.JID // the domain that it acts for
	Name     string  // what people call it
	UUID     string  // made with it, in the form of RFC 9562, the same ever after
	Key      string  // of a REST app: its appkey, org#app, in lower case
	Redirect string  // of a Site: the one address that people are sent back to
	Website  string  // of a Site: its domain, as people see it; of Plugchat: the domain whose pages may have the bar
	Public   bool    // of a Site: it runs where it can keep no secret, and lets PKCE stand for one (RFC 6749 §2.1)
	Strict   bool    // of a Site: errors of its API have a status of HTTP that says so
	Disabled bool    // it is let in no more, and so are its tokens
	Created  time.Time
	Rotated  time.Time // when it got the secret that it has
}

// Apps is where the Apps of all hosts are kept. Of secrets it has hashes only.
type Apps interface {
	// App finds one; ok is false if there is none.
	App(ctx context.Context, kind Kind, id string) (a App, ok bool, err error)
	// AppOfKey finds a REST app by its appkey, in lower case; ok is false if there is none.
	// A host may have several apps with one key, a key has one host.
	AppOfKey(ctx context.Context, key string) (a App, ok bool, err error)
	// Verify finds an App and reports whether secret is its secret, and it is not disabled.
	// It takes the same time for an App that is not there.
	Verify(ctx context.Context, kind Kind, id, secret string) (a App, ok bool, err error)
	// AppOfSecret is Verify for requests that show the secret alone, as those of Plugchat do;
	// ok is false for all other kinds, whose secrets may be equal.
	AppOfSecret(ctx context.Context, kind Kind, secret string) (a App, ok bool, err error)
}

// A Use is what a token is good for. A token of one use is unknown for all others.
type Use string

// The uses of tokens.
const (
	AdminToken   Use = "admin"   // what a REST app acts with
	UserToken    Use = "user"    // what a person acts with: REST, and SASL
	Code         Use = "code"    // what a Site trades for an AccessToken, once
	AccessToken  Use = "access"  // what a Site reads a person's data with
	RefreshToken Use = "refresh" // what a Site gets a new AccessToken with, once
)

// A Grant is what a token stands for.
type Grant struct {
	Use     Use
	Kind    Kind    // of the App it was given to
	App     string  // ID of that App
	Host    jid.JID // the domain
	User    jid.JID // bare JID of the person; zero if it is the App itself that acts
	Scope   string  // words, with blanks between them
	Data    string  // what belongs to the token, such as a challenge and the address of the redirect
	Family  string  // names the Code that this token goes back to; those of one family can be revoked together
	Issued  time.Time
	Expires time.Time // zero is never
}

// Errors of Tokens.
var (
	ErrTokenUnknown = errors.New("no such token") // damaged, revoked, of another use, its App or account gone, disabled or with a new password
	ErrTokenExpired = errors.New("the token has expired")
	ErrTokenSpent   = errors.New("the token was used before")
	// ErrAppDisabled is an ErrTokenUnknown.
	ErrAppDisabled = fmt.Errorf("its app is disabled: %w", ErrTokenUnknown)
)

// Tokens is where tokens are kept, as hashes. When a method that changes something
// returns nil, the change is on the disk.
type Tokens interface {
	// Issue makes a token of at least 128 random bits, in letters, digits, - and _. Issued
	// is filled in, and so is Family if it is empty. It is ErrTokenUnknown if the App or the
	// account is gone or disabled by now.
	Issue(ctx context.Context, g Grant) (token string, err error)
	// Grant gives what a token stands for, or one of the errors above. With all of them but a
	// plain ErrTokenUnknown it gives the Grant, too: of a token that was.
	Grant(ctx context.Context, use Use, token string) (Grant, error)
	// Trade is Grant for a token that is good once: of many at once, exactly one gets it, and in
	// the same step what it is traded for, a token for each of into. Those go to the same App
	// and person, in the same family; Use, Scope, Data and Expires are as they are given. With
	// ErrTokenSpent it gives the Grant, too, so that its family can be revoked. Of a RefreshToken
	// that was spent that is known for as long as there is a token of its family.
	Trade(ctx context.Context, use Use, token string, into ...Grant) (from Grant, made []string, err error)
	// Revoke makes all tokens of a family unknown.
	Revoke(ctx context.Context, family string) error
	// RevokeOf makes all tokens unknown that a person, or of one App if it is not "", has.
	RevokeOf(ctx context.Context, user jid.JID, kind Kind, app string) error
}

// A Consent is what a person has allowed an App, until they take it back.
type Consent struct {
	Kind  Kind
	App   string // its ID
	Scope string // words, with blanks between them
	Given time.Time
}

// Consents is where consents are kept. When a method that changes something returns nil,
// the change is on the disk.
type Consents interface {
	// Allow keeps a consent of a person, in place of an earlier one for the same App; Given
	// is filled in. It is ErrTokenUnknown if the App or the account is gone or disabled.
	Allow(ctx context.Context, user jid.JID, c Consent) error
	// Allowed lists the consents of a person to Apps that there are, in the order of kind and ID.
	Allowed(ctx context.Context, user jid.JID) ([]Consent, error)
	// Withdraw takes one back and makes the tokens that the App has of the person unknown,
	// in one step. It is no error if there is none.
	Withdraw(ctx context.Context, user jid.JID, kind Kind, app string) error
}
