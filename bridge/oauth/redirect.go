package oauth

import (
	"net/url"
	"strings"
)

// withParams adds parameters to a registered address, which may have a query already (RFC
// 6749 §3.1.2: "which MUST be retained"). Pairs are names and values.
func withParams(address string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(address)
	for i := 0; i+1 < len(pairs); i += 2 {
		switch sep := address[len(address)-1]; {
		case i == 0 && !strings.Contains(address, "?"):
			b.WriteByte('?')
		case i > 0 || sep != '?' && sep != '&':
			b.WriteByte('&')
		}
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

// isRedirect reports whether people may be sent to an address: https, or this machine, and
// nothing in it that is read in two ways (oauth wire §5.3, RFC 8252 §7.3). It was looked at
// when the site was registered; a code is worth a second look.
func isRedirect(address string) bool {
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Opaque != "" || u.User != nil || strings.Contains(address, "#") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopbackName(u.Hostname())
}

// schemeOf is the scheme of an address as a policy for content names it, "" if it is not one of
// the web. Browsers hold the policy against all redirects that follow a form, also those by
// which a site sends people on to another of its names, so there is no more to name. The scheme
// http has https in it (https://www.w3.org/TR/CSP3/#match-schemes).
func schemeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Scheme + ":"
}

// answerTo is the address that a request is answered at, with what the answer says and
// what any answer has: the state, and by RFC 9207 who answers.
func (q *request) answerTo(issuer string, pairs ...string) string {
	if q.hasState {
		pairs = append(pairs, "state", q.state)
	}
	if q.standard && issuer != "" {
		pairs = append(pairs, "iss", issuer)
	}
	return withParams(q.redirect, pairs...)
}
