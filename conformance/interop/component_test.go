//go:build interop

package interop

import (
	"strings"
	"testing"

	"causeway/conformance/process"
)

// TestComponents: slixmpp's components as a gateway and as a push service (XEP-0114
// #proto, XEP-0357 #publishing): messages and presence both ways, a subscription, and
// a push service that is not told any more once it has refused often enough.
func TestComponents(t *testing.T) {
	const secret = "Bondage is hoarse, and may not speak aloud"
	c := clients[0]
	c.require(t)
	s := server{process.New(t, domain, "push.failures = 2")}
	s.AddComponents(t, "echo."+domain+"="+secret, "push."+domain+"="+secret)
	_, port, _ := strings.Cut(s.ComponentAddr, ":")
	t.Setenv("INTEROP_COMPONENT_PORT", port)
	t.Setenv("INTEROP_COMPONENT_SECRET", secret)
	s.Start(t)
	s.AddUsers(t, "romeo", "juliet")
	s.play(t, []string{debianPython, "slixmpp_component.py"}, "refused", "attached", "chat", "discovery", "subscribe", "push")
	s.Stop(t)
}
