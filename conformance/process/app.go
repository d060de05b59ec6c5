package process

import (
	"encoding/json"
	"testing"
)

// AddApp makes an app of a kind for a host, by the same command that an operator would
// use, and gives its ID and its secret. The server may be running or not.
func (s *Server) AddApp(t testing.TB, kind, host string, flags ...string) (id, secret string) {
	t.Helper()
	var made struct{ ID, Secret string }
	out := s.Command(t, append([]string{"app", "add", kind, "--host", host, "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.ID == "" || made.Secret == "" {
		t.Fatalf("app add %s: %v in %s", kind, err, out)
	}
	return made.ID, made.Secret
}
