package oauth

import (
	"net/http"

	"causeway/bridge"
)

// metadata tells clients where all of this is (RFC 8414 §3.2).
func (h *Handler) metadata(w http.ResponseWriter, r *http.Request) {
	if open(w, r) {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		bridge.Refuse(w, http.StatusMethodNotAllowed, "")
		return
	}
	base := h.base(r, h.hostOf(r))
	if base == "" { // RFC 8414 §2: the issuer is a URL, and we do not know ours
		bridge.Refuse(w, http.StatusNotFound, "oauth.url is not configured")
		return
	}
	bridge.Answer(w, http.StatusOK, "", struct {
		Issuer        string   `json:"issuer"`
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		Revocation    string   `json:"revocation_endpoint"`
		Userinfo      string   `json:"userinfo_endpoint"`
		Scopes        []string `json:"scopes_supported"`
		Responses     []string `json:"response_types_supported"`
		Modes         []string `json:"response_modes_supported"`
		Grants        []string `json:"grant_types_supported"`
		Methods       []string `json:"token_endpoint_auth_methods_supported"`
		Revoking      []string `json:"revocation_endpoint_auth_methods_supported"`
		Challenges    []string `json:"code_challenge_methods_supported"`
		Languages     []string `json:"ui_locales_supported"`
		Iss           bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
	}{
		Issuer: base, Authorization: base + authorizePath, Token: base + tokenPath, Revocation: base + revokePath, Userinfo: base + userinfoPath,
		Scopes: scopes, Responses: []string{"code"}, Modes: []string{"query"}, Grants: []string{"authorization_code", "refresh_token"},
		Methods: clientMethods, Revoking: clientMethods, Challenges: []string{"S256"}, Languages: []string{english.Lang, french.Lang}, Iss: true,
	})
}

// clientMethods are the ways in which a client says who it is.
var clientMethods = []string{"client_secret_basic", "client_secret_post", "none"}
