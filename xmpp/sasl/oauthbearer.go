package sasl

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/secure/precis"
)

// Tokens is what the mechanisms need to know about tokens of people, beside the Directory. It must be safe for use by many
// exchanges at once.
type Tokens interface {
	// Holder gives whom a token lets log in by a mechanism, OAUTHBEARER or PLAIN, or else why not: a code of RFC 6750
	// §3.1, TokenInvalid or TokenScope. username is who the client says it is, prepared as for a
	// Directory, or "" if it does not say; what it is good for is to slow down who guesses.
	Holder(ctx context.Context, mechanism, username, token string) (holder Holder, why TokenFault, err error)
}

// A Holder is whom a token lets log in.
type Holder struct {
	Username string // the localpart of the account; "" is nobody
	// Program is who acts in the name of the person, such as a site that it has allowed to. It is "" if the token is
	// the person's own, and then as good as its password.
	Program string
}

// A TokenFault is why a token lets nobody log in, "" if it does (RFC 6750 §3.1).
type TokenFault string

// The faults of tokens.
const (
	TokenInvalid TokenFault = "invalid_token"      // unknown, expired, revoked
	TokenScope   TokenFault = "insufficient_scope" // good, but not for this
)

// passwordToken is what a password in PLAIN begins with that is a token of the REST API, as clients of that have it.
const passwordToken = "$t$"

// kvsep stands between the parts of a message, and alone it is the whole answer to a challenge (RFC 7628 §3.1).
const kvsep = "\x01"

// oauthBearer is the mechanism of RFC 7628 §3.2: one message with a bearer token in it (RFC 6750). If that is no good, the
// client is told what it lacks in a challenge, and the exchange fails at its next message.
type oauthBearer struct {
	cfg  Config
	told *Failure // what the challenge was about
}

func (o *oauthBearer) next(ctx context.Context, message []byte) ([]byte, string, error) {
	if o.told != nil {
		// RFC 7628 §3.2.3: the client answers with a single kvsep, which says nothing; the server fails the exchange.
		return nil, "", o.told
	}
	m, err := parseBearer(message)
	if err != nil {
		return nil, "", err
	}
	if m.token == "" {
		// Clients that have no token yet ask like this where to get one; they do not guess.
		return o.tell(TokenInvalid, true)
	}
	holder, why, err := o.cfg.Tokens.Holder(ctx, bearerName, m.username, m.token)
	if err != nil {
		return nil, "", fmt.Errorf("look up token: %w", err)
	}
	if why != "" || holder.Username == "" {
		return o.tell(why, why == TokenScope)
	}
	if err := checkAuthzid(m.authzid, holder.Username, o.cfg.Domain); err != nil {
		return nil, "", err
	}
	return nil, holder.Username, nil
}

// tell makes the challenge of RFC 7628 §3.2.2. spared says that nobody has guessed.
func (o *oauthBearer) tell(why TokenFault, spared bool) ([]byte, string, error) {
	if why == "" {
		why = TokenInvalid
	}
	o.told = wrongCredentials()
	o.told.spared = spared
	challenge, err := json.Marshal(struct {
		Status        TokenFault `json:"status"`
		Scope         string     `json:"scope,omitempty"`
		Configuration string     `json:"openid-configuration,omitempty"`
	}{why, o.cfg.TokenScope, o.cfg.TokenIssuer})
	if err != nil {
		return nil, "", fmt.Errorf("make challenge: %w", err)
	}
	return challenge, "", nil
}

func (o *oauthBearer) refused() bool { return o.told != nil && o.told.CountsAsBadPassword() }

// bearerMessage is what a client says in OAUTHBEARER.
type bearerMessage struct {
	authzid  string
	username string // in authzid, prepared; "" if there is none
	token    string // "" if the client has none
}

// parseBearer reads client-resp of RFC 7628 §3.1: gs2-header kvsep *kvpair kvsep.
func parseBearer(message []byte) (m bearerMessage, err error) {
	header, pairs, ok := strings.Cut(string(message), kvsep)
	if !ok {
		return m, malformed("incomplete message")
	}
	if m.authzid, err = parseBearerHeader(header); err != nil {
		return m, err
	}
	local, _, _ := strings.Cut(m.authzid, "@")
	if prepared, err := precis.UsernameCaseMapped.String(local); err == nil && local != "" {
		m.username = prepared
	}
	values, err := parsePairs(pairs)
	if err != nil {
		return m, err
	}
	credentials, ok := values["auth"]
	if !ok {
		return m, malformed("no auth in the message") // RFC 7628 §3.1: it is required
	}
	if credentials == "" {
		return m, nil
	}
	// It is what would stand in the header Authorization (RFC 6750 §2.1), where the name of a scheme has no case (RFC
	// 9110 §11.1).
	scheme, token, _ := strings.Cut(credentials, " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || !isBearerToken(token) {
		return m, malformed("not a bearer token")
	}
	m.token = token
	return m, nil
}

// parseBearerHeader reads the gs2-header (RFC 5801 §4). Without a variant with channel binding a client can say only that
// it does none.
func parseBearerHeader(header string) (authzid string, err error) {
	flag, rest, ok := strings.Cut(header, ",")
	name, end, ok2 := strings.Cut(rest, ",")
	if !ok || !ok2 || end != "" || flag != "n" && flag != "y" || !isText([]byte(header)) {
		return "", malformed("invalid header")
	}
	if name == "" {
		return "", nil
	}
	name, ok = strings.CutPrefix(name, "a=")
	if !ok {
		return "", malformed("invalid header")
	}
	return unescape(name)
}

// parsePairs reads *kvpair kvsep. What it does not know it passes over; where the client has connected to (host and port,
// RFC 7628 §3.1.1) is nothing that a bearer token depends on.
func parsePairs(text string) (map[string]string, error) {
	pairs, ok := strings.CutSuffix(text, kvsep)
	if !ok {
		return nil, malformed("the message has no end")
	}
	values := make(map[string]string)
	for pairs != "" {
		pair, rest, ok := strings.Cut(pairs, kvsep)
		key, value, ok2 := strings.Cut(pair, "=")
		if _, twice := values[key]; !ok || !ok2 || twice || !isKey(key) || !isValue(value) {
			return nil, malformed("invalid key or value")
		}
		values[key], pairs = value, rest
	}
	if port, ok := values["port"]; ok && !isPort(port) {
		return nil, malformed("invalid port")
	}
	return values, nil
}

// isKey: key = 1*(ALPHA).
func isKey(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

// isValue: value = *(VCHAR / SP / HTAB / CR / LF).
func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// isPort: a positive integer in decimal, without zeros before it (RFC 7628 §3.1.1).
func isPort(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && s[0] != '0' && len(s) <= 5
}

// isBearerToken: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" (RFC 6750 §2.1).
func isBearerToken(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		switch c := body[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~+/", c) >= 0:
		default:
			return false
		}
	}
	return body != ""
}
