package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"

	"causeway/bridge"
	"causeway/bridge/oauth"
	"causeway/xmpp/sasl"
)

// xmppScope is what a token of a site needs for a log-in: the person has allowed more than a
// look at the vCard.
const xmppScope = "xmpp"

// tokensOf gives the tokens with which people of a host can log in, nil if they can have none:
// no back end gives them any, and no site. Issuer is where clients learn how to get one.
func (h *house) tokensOf(ctx context.Context, host string) (tokens sasl.Tokens, scope, issuer string, err error) {
	has, err := h.apps.Has(ctx, host, bridge.REST, bridge.Site)
	if !has || err != nil {
		return nil, "", "", err
	}
	if h.oauth != nil {
		issuer = h.oauthURL(host) + oauth.MetadataPath
	}
	return loginTokens{h.tokens, host}, xmppScope, issuer, nil
}

// loginTokens are the tokens of a host as SASL sees them.
type loginTokens struct {
	tokens bridge.Tokens
	host   string
}

// Holder implements sasl.Tokens. What a person got for itself by the REST API is as good as its
// password; what it has allowed a site goes as far as that.
func (t loginTokens) Holder(ctx context.Context, mechanism, _, token string) (string, sasl.TokenFault, error) {
	g, err := t.tokens.Grant(ctx, bridge.UserToken, token)
	if errors.Is(err, bridge.ErrTokenUnknown) && mechanism == "OAUTHBEARER" {
		g, err = t.tokens.Grant(ctx, bridge.AccessToken, token)
	}
	switch {
	case errors.Is(err, bridge.ErrTokenUnknown), errors.Is(err, bridge.ErrTokenExpired), errors.Is(err, bridge.ErrTokenSpent):
		return "", sasl.TokenInvalid, nil
	case err != nil:
		return "", "", err
	case g.User.Local() == "" || g.User.Domain() != t.host:
		return "", sasl.TokenInvalid, nil
	case g.Use == bridge.AccessToken && !slices.Contains(strings.Fields(g.Scope), xmppScope):
		return "", sasl.TokenScope, nil
	}
	return g.User.Local(), "", nil
}
