// Package rfc6120 checks XMPP Core: streams, STARTTLS, SASL, resource binding, and
// what stanzas have in common. Each file is a part of RFC 6120; its table gives the
// requirements in the order of the sections.
package rfc6120

import (
	"slices"

	"causeway/conformance/run"
)

// Checks gives the checks of RFC 6120.
func Checks() []run.Check {
	return slices.Concat(opening(), attributes(), streamErrors(), startTLS(), sasl(), failures(), binding(), stanzas(), stanzaErrors(), routing(), restrictions(), limits())
}
