//go:build bench

package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

const domain = "capulet.lit"

// settings are where the server differs from its defaults: passwords may cross
// loopback in the clear, and new accounts are made quickly. The work of a login is
// the same for the server however many rounds its keys have had.
var settings = []string{"c2s.plain_loopback = true", "accounts.iterations = 1", "c2s.rate_bytes = -1"}

// Nothing is archived but where that is measured.
const (
	unarchived = `archive.prefer = "never"`
	archived   = `archive.prefer = "always"`
)

// newServer prepares a server with accounts 0 to n-1 and no archives.
func newServer(t *testing.T, n int) *process.Server {
	t.Helper()
	return newServerWith(t, n, unarchived)
}

// newServerWith is newServer with settings of one's own.
func newServerWith(t *testing.T, n int, own ...string) *process.Server {
	t.Helper()
	s := process.New(t, domain, slices.Concat(settings, own)...)
	if n > 0 {
		addUsers(t, s, n)
	}
	return s
}

// addUsers makes accounts 0 to n-1.
func addUsers(t *testing.T, s *process.Server, n int) {
	t.Helper()
	names := make([]string, n)
	for i := range names {
		names[i] = userName(i)
	}
	s.AddUsers(t, names...)
}

// start runs s until the end of the test, unless it is stopped before, and returns
// the time until it answered a stream header.
func start(t *testing.T, s *process.Server) time.Duration {
	t.Helper()
	begin := time.Now()
	s.Start(t)
	c, err := load.Dial(t.Context(), s.Addr, domain, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return took
}

// userName is the localpart of account i.
func userName(i int) string { return fmt.Sprintf("romeo%06d", i) }

// bareJID is the address of account i.
func bareJID(i int) string { return userName(i) + "@" + domain }

// accountOf is account i, as a client knows it.
func accountOf(i int) load.Account {
	return load.Account{User: userName(i), Password: process.Password}
}

// doorOf is the way in of a server, plain or with STARTTLS.
func doorOf(addr, domain string, tls bool, passwords *load.Passwords) *load.Door {
	way := load.Plain
	if tls {
		way = load.StartTLS
	}
	return &load.Door{Addr: addr, Domain: domain, Security: way, Account: accountOf, Passwords: passwords}
}
