// Package rfc6121 checks instant messaging and presence: rosters, subscriptions,
// presence, and the rules by which messages are delivered. Where RFC 3921 differs, the
// check says so. Each file is a part of RFC 6121.
package rfc6121

import (
	"slices"

	"causeway/conformance/run"
)

// Checks gives the checks of RFC 6121.
func Checks() []run.Check {
	return slices.Concat(rosterBasics(), rosterChanges(), rosterErrors(), subscriptions(), cancelling(), presence(), directed(), messages(), delivery())
}
