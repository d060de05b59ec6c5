package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"

	"causeway/bridge"
	"causeway/bridge/oauth"
	"causeway/xmpp/jid"
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
		if base := h.oauthURL(host); base != "" {
			issuer = base + oauth.MetadataPath
		}
	}
	return loginTokens{h.tokens, host, h.accounts.IsAdmin}, xmppScope, issuer, nil
}

// loginTokens are the tokens of a host as SASL sees them.
type loginTokens struct {
	tokens bridge.Tokens
	host   string
	admin  func(ctx context.Context, who, host jid.JID) bool
}

// Holder implements sasl.Tokens. What a person got for itself by the REST API is as good as its
// password; what it has allowed a site goes as far as that. An administrator lends nobody what
// it may do: no site logs in as one.
func (t loginTokens) Holder(ctx context.Context, mechanism, _, token string) (sasl.Holder, sasl.TokenFault, error) {
	g, err := t.tokens.Grant(ctx, bridge.UserToken, token)
	if errors.Is(err, bridge.ErrTokenUnknown) && mechanism == "OAUTHBEARER" {
		g, err = t.tokens.Grant(ctx, bridge.AccessToken, token)
	}
	switch {
	case errors.Is(err, bridge.ErrTokenUnknown), errors.Is(err, bridge.ErrTokenExpired), errors.Is(err, bridge.ErrTokenSpent):
		return sasl.Holder{}, sasl.TokenInvalid, nil
	case err != nil:
		return sasl.Holder{}, "", err
	case g.User.Local() == "" || g.User.Domain() != t.host:
		return sasl.Holder{}, sasl.TokenInvalid, nil
	case g.Use == bridge.UserToken:
		return sasl.Holder{Username: g.User.Local()}, "", nil
	case !slices.Contains(strings.Fields(g.Scope), xmppScope), t.admin(ctx, g.User, g.Host):
		return sasl.Holder{}, sasl.TokenScope, nil
	}
	return sasl.Holder{Username: g.User.Local(), Program: g.App}, "", nil
}
