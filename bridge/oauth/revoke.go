package oauth

import (
	"context"
	"net/http"

	"causeway/bridge"
)

// revoke is the endpoint of RFC 7009. A token goes with all that stem from the same log-in
// (§2.1: for a refresh token "SHOULD", for an access token "MAY").
func (h *Handler) revoke(ctx context.Context, r *http.Request, p bridge.Params) (any, error) {
	app, err := h.client(ctx, r, p)
	if err != nil {
		return nil, err
	}
	if p["token"] == "" {
		return nil, badGrant("invalid_request", "token is missing")
	}
	// The hint only says where to look first; there are but two places.
	for _, use := range []bridge.Use{bridge.RefreshToken, bridge.AccessToken} {
		g, err := h.cfg.Tokens.Grant(ctx, use, p["token"])
		switch {
		case err != nil && !isDead(err):
			return nil, err
		case g.App == "":
			continue // there is none; one that has expired, or is spent, still tells the family
		case g.Kind != bridge.Site || g.App != app.ID:
			return nil, badGrant("invalid_grant", "the token is another client's")
		}
		return struct{}{}, h.cfg.Tokens.Revoke(ctx, g.Family)
	}
	// §2.2: "invalid tokens do not cause an error response"
	return struct{}{}, nil
}
