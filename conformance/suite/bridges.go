package suite

import (
	"causeway/conformance/flash"
	"causeway/conformance/oauth"
	"causeway/conformance/plugchat"
	"causeway/conformance/rest"
	"causeway/conformance/run"
	"causeway/conformance/webim"
)

// Bridges gives the names of the source documents of bridges.
func Bridges() []string { return []string{"webim", "rest", "oauth", "flash", "plugchat"} }

// Bridge gives all checks of one of them, to list and not to run; none if there is no
// such document.
func Bridge(name string) []run.Check {
	switch name {
	case "webim":
		return webim.Checks(&webim.Site{})
	case "rest":
		return rest.Checks(&rest.Site{})
	case "oauth":
		return oauth.Checks(&oauth.Site{})
	case "flash":
		return flash.Checks(&flash.Site{})
	case "plugchat":
		return plugchat.Checks(&plugchat.Site{})
	}
	return nil
}
