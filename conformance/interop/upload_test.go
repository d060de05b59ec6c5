//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// TestUpload: a file is uploaded over HTTPS, its link sent, and the same bytes are
// downloaded, with the certificate verified both times (XEP-0363 #upload).
func TestUpload(t *testing.T) {
	c := client{
		argv:    []string{debianPython, "upload.py"},
		probe:   []string{debianPython, "-c", "import slixmpp, aiohttp, subprocess; subprocess.check_output(['go-sendxmpp', '--version'])"},
		install: "apt-get install python3-slixmpp python3-aiohttp go-sendxmpp",
	}
	c.require(t)
	s := server{process.New(t, domain)}
	// Clients look up the name in a link, and nobody else knows where the host is.
	_, port, _ := strings.Cut(s.HTTPAddr, ":")
	s.Configure(t, fmt.Sprintf("http.url = %q", "https://localhost:"+port))
	s.Start(t)
	s.AddUsers(t, "romeo", "juliet")
	s.play(t, c.argv, "slixmpp", "sendxmpp")
	s.Stop(t)
}
