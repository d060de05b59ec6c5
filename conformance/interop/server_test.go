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

// newServer starts a server with the two people of the story.
func newServer(t *testing.T) server {
	t.Helper()
	s := server{process.New(t, domain)}
	s.Start(t)
	s.AddUsers(t, "romeo", "juliet")
	return s
}
