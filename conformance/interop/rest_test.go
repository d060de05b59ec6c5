//go:build interop

package interop

import (
	"encoding/json"
	"os"
	"testing"
)

// TestEasemobSDK has a client of the REST admin API do what a back end does, unmodified but
// for where the server is (wire part 6, check 29).
func TestEasemobSDK(t *testing.T) {
	if _, err := os.Stat("npm-rest/node_modules/easemob-sdk"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("easemob-sdk is not installed: (cd conformance/interop/npm-rest && npm ci)")
		}
		t.Skip("easemob-sdk is not installed: (cd conformance/interop/npm-rest && npm ci)")
	}
	s := newServer(t)
	var app struct{ ID, Secret string }
	out := s.Command(t, "app", "add", "rest", "--host", domain, "--key", "chat-demo#testapp", "--json")
	if err := json.Unmarshal([]byte(out), &app); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("NODE_EXTRA_CA_CERTS", s.CA)
	t.Setenv("INTEROP_CLIENT_ID", app.ID)
	t.Setenv("INTEROP_CLIENT_SECRET", app.Secret)
	t.Setenv("NODE_NO_WARNINGS", "1")
	s.play(t, []string{"node", "npm-rest/backend.js"},
		"token", "register", "list", "change", "contacts", "message", "group", "chatroom", "file", "end")
}
