//go:build interop

package interop

import (
	"testing"

	"causeway/conformance/process"
)

const (
	domain   = "capulet.lit"
	password = process.Password
)

func TestMain(m *testing.M) { process.Main(m) }

// A server is one causeway process after another on the same data folder.
type server struct{ *process.Server }

// newServer starts a server with the two people of the story, and settings as process.New
// has them.
func newServer(t *testing.T, settings ...string) server {
	t.Helper()
	s := server{process.New(t, domain, settings...)}
	s.Start(t)
	s.AddUsers(t, "romeo", "juliet")
	return s
}
