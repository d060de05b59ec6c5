package oauth

import (
	"slices"
	"strings"
)

// What a site can ask for, in words of RFC 6749 §3.3.
const (
	scopeProfile = "profile" // what the vCard says, but for the address of mail
	scopeEmail   = "email"
	scopeXMPP    = "xmpp" // log in as the person, by SASL OAUTHBEARER (RFC 7628)
)

// scopes are all of them, in the order in which they are written.
var scopes = []string{scopeProfile, scopeEmail, scopeXMPP}

// siteScope is what a site gets that knows no scopes: the fields of oauth #apis.
const siteScope = scopeProfile + " " + scopeEmail

// readScope brings a scope into one form; ok is false if a word is none of ours. An empty one is the
// default (RFC 6749 §3.3).
func readScope(text string) (scope string, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return scopeProfile, true
	}
	var list []string
	for _, s := range scopes {
		if slices.Contains(words, s) {
			list = append(list, s)
		}
	}
	for _, w := range words {
		if !slices.Contains(scopes, w) {
			return "", false
		}
	}
	return strings.Join(list, " "), true
}

// covers reports whether all words of a scope are in another.
func covers(wide, narrow string) bool {
	have := strings.Fields(wide)
	for _, w := range strings.Fields(narrow) {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}
