//go:build interop

package interop

import (
	"os"
	"os/exec"
	"testing"
)

// debianPython is the interpreter that sees Debian's python3-* packages; a
// "python3" found earlier in PATH may be another one.
const debianPython = "/usr/bin/python3"

// steps are what every client shows, in this order.
var steps = []string{
	"refused",   // a certificate from an unknown authority ends the login
	"login",     // verified TLS, then SASL
	"subscribe", // contact added, subscribed both ways
	"presence",  // the contact is seen to come
	"chat",      // messages both ways
	"offline",   // a message kept while away comes once, and not again
	"restart",   // after a restart: log in again, all of the above still there
}

// A client is one real client and the script that drives it.
type client struct {
	name    string
	argv    []string
	probe   []string // succeeds when the client is installed
	install string   // the command that installs it
}

var clients = []client{
	{
		name:    "slixmpp",
		argv:    []string{debianPython, "slixmpp_client.py"},
		probe:   []string{debianPython, "-c", "import slixmpp"},
		install: "apt-get install python3-slixmpp",
	},
	{
		name:    "aioxmpp",
		argv:    []string{debianPython, "aioxmpp_client.py"},
		probe:   []string{debianPython, "-c", "import aioxmpp"},
		install: "apt-get install python3-aioxmpp",
	},
	{
		name:    "sendxmpp",
		argv:    []string{debianPython, "sendxmpp_client.py"},
		probe:   []string{debianPython, "-c", "import slixmpp, subprocess; subprocess.check_output(['go-sendxmpp', '--version'])"},
		install: "apt-get install go-sendxmpp python3-slixmpp",
	},
	{
		name:    "profanity",
		argv:    []string{debianPython, "profanity_client.py"},
		probe:   []string{debianPython, "-c", "import slixmpp, shutil; shutil.which('profanity') and shutil.which('tmux') or exit(1)"},
		install: "apt-get install profanity tmux python3-slixmpp",
	},
	{
		name:    "xmppjs",
		argv:    []string{"node", "npm/client.mjs"},
		probe:   []string{"node", "--input-type=module", "-e", "import '@xmpp/client'"},
		install: "(cd conformance/interop/npm && npm ci)",
	},
	{
		name:    "xmppjs_websocket",
		argv:    []string{"node", "npm/client.mjs", "websocket"},
		probe:   []string{"node", "--input-type=module", "-e", "import '@xmpp/client'; import 'ws'"},
		install: "(cd conformance/interop/npm && npm ci)",
	},
}

func TestClients(t *testing.T) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			c.require(t)
			s := newServer(t)
			s.play(t, c.argv, steps...)
			s.Stop(t)
		})
	}
}

// require ends the test when the client is not installed: in CI as a failure,
// so that a run never passes by testing nothing, else as skipped.
func (c client) require(t *testing.T) {
	t.Helper()
	probe := exec.Command(c.probe[0], c.probe[1:]...)
	probe.Dir = "npm" // where node looks for @xmpp/client; the others do not mind
	if err := probe.Run(); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", c.name, c.install)
	}
	t.Skipf("%s is not installed: %s", c.name, c.install)
}
