// Package suite puts all checks of the conformance runner into one table, and those of
// each bridge into one of its own.
package suite

import (
	"slices"

	"causeway/conformance/rfc6120"
	"causeway/conformance/rfc6121"
	"causeway/conformance/rfc7395"
	"causeway/conformance/rfc7590"
	"causeway/conformance/rfc7622"
	"causeway/conformance/run"
	"causeway/conformance/xep0030"
	"causeway/conformance/xep0045"
	"causeway/conformance/xep0049"
	"causeway/conformance/xep0054"
	"causeway/conformance/xep0060"
	"causeway/conformance/xep0077"
	"causeway/conformance/xep0092"
	"causeway/conformance/xep0115"
	"causeway/conformance/xep0124"
	"causeway/conformance/xep0163"
	"causeway/conformance/xep0191"
	"causeway/conformance/xep0198"
	"causeway/conformance/xep0199"
	"causeway/conformance/xep0206"
	"causeway/conformance/xep0215"
	"causeway/conformance/xep0223"
	"causeway/conformance/xep0237"
	"causeway/conformance/xep0280"
	"causeway/conformance/xep0313"
	"causeway/conformance/xep0334"
	"causeway/conformance/xep0352"
	"causeway/conformance/xep0357"
	"causeway/conformance/xep0359"
	"causeway/conformance/xep0363"
	"causeway/conformance/xep0368"
	"causeway/conformance/xep0398"
	"causeway/conformance/xep0402"
	"causeway/conformance/xep0410"
	"causeway/conformance/xep0421"
	"causeway/conformance/xep0425"
	"causeway/conformance/xep0478"
)

// All gives all checks, by document.
func All() []run.Check {
	return slices.Concat(
		rfc6120.Checks(), rfc6121.Checks(), rfc7395.Checks(), rfc7590.Checks(), rfc7622.Checks(), xep0030.Checks(),
		xep0045.Checks(), xep0049.Checks(), xep0054.Checks(), xep0060.Checks(), xep0077.Checks(), xep0092.Checks(),
		xep0115.Checks(), xep0124.Checks(), xep0163.Checks(), xep0191.Checks(), xep0198.Checks(), xep0199.Checks(),
		xep0206.Checks(), xep0215.Checks(), xep0223.Checks(), xep0237.Checks(), xep0280.Checks(), xep0313.Checks(),
		xep0334.Checks(), xep0352.Checks(), xep0357.Checks(), xep0359.Checks(), xep0363.Checks(), xep0368.Checks(),
		xep0398.Checks(), xep0402.Checks(), xep0410.Checks(), xep0421.Checks(), xep0425.Checks(), xep0478.Checks(),
	)
}
