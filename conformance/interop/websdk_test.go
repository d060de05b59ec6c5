//go:build interop

package interop

import (
	"encoding/json"
	"testing"

	"causeway/conformance/process"
)

// sdkSteps are what the old web SDK shows, in this order (wire/rest-oauth.md part 6, checks
// 33 to 43).
var sdkSteps = []string{
	"login",    // a token of the REST API, then PLAIN
	"refused",  // wrong passwords and forged tokens
	"disabled", // whose account is disabled is out, and stays out
	"text",     // both ways, acknowledged with ids of digits
	"inert",    // what looks like a program is shown, and does not run
	"offline",  // what was said meanwhile comes once
	"contacts", // added, accepted, refused, removed
	"blocks",   // the list of the SDK is that of all clients
	"rest",     // contacts, blocks and messages of the REST API are the same ones
	"room",     // a chat room is entered, talked in, left
	"kicked",   // who was thrown out goes on
	"conflict", // the newer of two on one resource stays; an administrator ends it
	"host",     // the same by the name of a host
	"kept",     // what was acknowledged survives the sudden death of the server
}

// The unmodified SDK logs in by WebSocket and by BOSH, and talks to a plain client.
func TestWebSDK(t *testing.T) {
	c := client{
		probe:   []string{"node", "--input-type=module", "-e", "import 'jsdom'; import '@xmpp/client'; import.meta.resolve('easemob-websdk/dist/websdk-1.4.10.js')"},
		install: "(cd conformance/interop/npm && npm ci)",
	}
	c.require(t)
	for _, way := range []string{"websocket", "bosh"} {
		t.Run(way, func(t *testing.T) {
			s := server{process.New(t, domain, `sdk.hosts = ["`+domain+`"]`)}
			s.Start(t)
			s.AddUsers(t, "romeo", "juliet", "nurse")
			var app struct {
				ID, Secret string
			}
			if err := json.Unmarshal([]byte(s.Command(t, "app", "add", "rest", "--host", domain, "--key", "capulet#verona", "--json")), &app); err != nil {
				t.Fatal(err)
			}
			s.play(t, []string{
				"env", "NODE_EXTRA_CA_CERTS=" + s.CA, "INTEROP_CLIENT_ID=" + app.ID, "INTEROP_CLIENT_SECRET=" + app.Secret,
				"node", "npm/websdk.mjs", way,
			}, sdkSteps...)
			s.Stop(t)
		})
	}
}
