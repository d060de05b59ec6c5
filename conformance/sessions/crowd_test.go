package sessions

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// An operator lists more sessions than fit into one answer: each is there, once.
func TestListOfManySessions(t *testing.T) {
	number, workers := 3000, 8
	if testing.Short() {
		number = 600
	}
	const each = 300 // of one account
	s := process.New(t, domain, "c2s.plain_loopback = true", fmt.Sprintf("c2s.resources = %d", each),
		"accounts.iterations = 4096", `log.level = "warn"`)
	var users []string
	for i := range number / each {
		users = append(users, fmt.Sprintf("servant%d", i))
	}
	s.AddUsers(t, users...)
	s.Start(t)
	defer s.Stop(t)

	conns, faults := make([]*wire.Conn, number), make([]error, number)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < number; i += workers {
				conns[i], faults[i] = wire.Login(wire.Target{
					Addr: s.Addr, Domain: domain, User: users[i/each], Password: process.Password, Resource: fmt.Sprintf("r%d", i),
				})
			}
		})
	}
	all.Wait()
	var want []string
	for i, c := range conns {
		if faults[i] != nil {
			t.Fatal(faults[i])
		}
		t.Cleanup(c.Close)
		want = append(want, fmt.Sprintf("%s@%s/r%d", users[i/each], domain, i))
	}
	var rows []struct {
		JID string `json:"jid"`
	}
	if err := json.Unmarshal([]byte(s.Command(t, "sessions", "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.JID)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%d sessions are listed instead of %d", len(got), len(want))
	}
}
