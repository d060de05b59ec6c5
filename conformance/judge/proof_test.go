//go:build interop

package judge

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/run"
	"causeway/conformance/suite"
)

var (
	update  = flag.Bool("update", false, "find again which mutant each check notices")
	foreign tls.Certificate // of another domain
)

const table = "testdata/mutants.tsv"

// A proof is that a check which a server passes fails when a mutant stands between.
type proof struct{ check, server, mutant string }

// against runs checks against a server behind a mutant.
func against(t *testing.T, up *upstream, offers *run.Capabilities, accounts run.Accounts, m mutant, checks []run.Check) []run.Result {
	t.Helper()
	results, _ := watched(t, up, offers, accounts, m, checks)
	return results
}

// patient gives the server with a short patience, since what a mutant has dropped is
// waited for in vain; factor makes it longer.
func (u *upstream) patient(probed time.Duration, factor int) *upstream {
	hurried := *u
	hurried.target.Patience = probed / 3 * time.Duration(factor)
	return &hurried
}

// watched is against, and gives what has passed.
func watched(t *testing.T, up *upstream, offers *run.Capabilities, accounts run.Accounts, m mutant, checks []run.Check) ([]run.Result, []passed) {
	t.Helper()
	p := newProxy(t, up, m)
	defer p.close()
	target := up.target
	target.Addr, target.Direct = p.ln.Addr().String(), p.direct.Addr().String()
	web := "localhost:" + port(p.web.Listener.Addr().String())
	if target.WebSocket != "" {
		target.WebSocket = "wss://" + web + "/ws"
	}
	if target.BOSH != "" {
		target.BOSH = "https://" + web + "/bosh"
	}
	cfg := run.Config{Target: &target, Accounts: accounts, Offers: offers, Limit: 5 * time.Minute, Parallel: 16}
	if m.alone {
		cfg.Parallel = 1
	}
	results := run.Run(t.Context(), cfg, checks)
	p.mu.Lock()
	defer p.mu.Unlock()
	return results, p.seen
}

// readProofs reads the table.
func readProofs(t *testing.T) []proof {
	t.Helper()
	file, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var list []proof
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if f := strings.Split(lines.Text(), "\t"); len(f) == 3 {
			list = append(list, proof{f[0], f[1], f[2]})
		}
	}
	return list
}

// writeProofs writes the table.
func writeProofs(t *testing.T, proofs []proof) {
	t.Helper()
	slices.SortFunc(proofs, func(a, b proof) int { return strings.Compare(a.check, b.check) })
	var b strings.Builder
	b.WriteString("check\tserver\tmutant\n")
	for _, p := range proofs {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", p.check, p.server, p.mutant)
	}
	if err := os.WriteFile(table, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// upstreams starts the servers.
func upstreams(t *testing.T) []*upstream {
	return []*upstream{ours(t), prosody(t), ejabberd(t)}
}

// TestProof: every check notices its mutant.
func TestProof(t *testing.T) {
	foreign, _, _ = certificate(t, "elsewhere.example")
	if *update {
		find(t)
		return
	}
	proofs := readProofs(t)
	checks := make(map[string]run.Check)
	for _, c := range suite.All() {
		checks[c.ID] = c
		if !slices.ContainsFunc(proofs, func(p proof) bool { return p.check == c.ID }) {
			t.Errorf("%s: no mutant is known to make it fail; go test -tags interop ./conformance/judge -run Proof -update finds one", c.ID)
		}
	}
	for _, up := range upstreams(t) {
		t.Run(up.name, func(t *testing.T) {
			accounts := up.accounts(t)
			probed := up.target
			offers, err := run.Probe(t.Context(), &probed, accounts)
			if err != nil {
				t.Fatal(err)
			}
			var turn sync.WaitGroup
			slots := make(chan struct{}, 4)
			for _, m := range mutants() {
				var mine []run.Check
				for _, p := range proofs {
					if c, ok := checks[p.check]; ok && p.server == up.name && p.mutant == m.name {
						mine = append(mine, c)
					}
				}
				if len(mine) == 0 {
					continue
				}
				slots <- struct{}{}
				// Ends with its run, which has a limit.
				turn.Go(func() {
					defer func() { <-slots }()
					for _, res := range against(t, up.patient(probed.Patience, 1), offers, accounts, m, mine) {
						if res.Outcome != run.Failed { // on a machine that is busy nobody could log in, perhaps
							res = against(t, up.patient(probed.Patience, 6), offers, accounts, m, []run.Check{res.Check})[0]
						}
						if res.Outcome != run.Failed {
							t.Errorf("%s does not notice that %s: %s %s", res.Check.ID, m.name, res.Outcome, res.Reason)
						}
					}
				})
			}
			turn.Wait()
			if err := accounts.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// find writes the table: for each check the first server that passes it, and the first
// mutant there that it notices twice.
func find(t *testing.T) {
	left := suite.All()
	var proofs []proof
	for _, up := range upstreams(t) {
		accounts := up.accounts(t)
		probed := up.target
		offers, err := run.Probe(t.Context(), &probed, accounts)
		if err != nil {
			t.Fatal(err)
		}
		up = up.patient(probed.Patience, 1)
		var todo []run.Check
		traffic := make(map[string][]passed)
		var mu sync.Mutex
		var turn sync.WaitGroup
		slots := make(chan struct{}, 12)
		for _, c := range left {
			slots <- struct{}{}
			// Ends with its check, which has a limit.
			turn.Go(func() {
				defer func() { <-slots }()
				results, seen := watched(t, up, offers, accounts, mutant{name: "none"}, []run.Check{c})
				mu.Lock()
				defer mu.Unlock()
				if results[0].Outcome == run.Passed {
					todo, traffic[c.ID] = append(todo, c), seen
				}
			})
		}
		turn.Wait()
		t.Logf("%s passes %d of %d", up.name, len(todo), len(left))
		for _, m := range mutants() {
			var touched []run.Check
			for _, c := range todo {
				web := len(traffic[c.ID]) == 0 || strings.Contains("7395 0124 0206", c.Document())
				if m.about(c) && m.touches(traffic[c.ID]) && (m.tls == nil || c.Document() == "7590" || c.Document() == "0368" || strings.HasPrefix(c.ID, "6120/5")) && (m.web == nil || web) {
					touched = append(touched, c)
				}
			}
			failing := noticed(against(t, up, offers, accounts, m, touched))
			failing = noticed(against(t, up, offers, accounts, m, failing))
			for _, c := range failing {
				proofs = append(proofs, proof{c.ID, up.name, m.name})
			}
			gone := func(c run.Check) bool {
				return slices.ContainsFunc(failing, func(f run.Check) bool { return f.ID == c.ID })
			}
			todo, left = slices.DeleteFunc(todo, gone), slices.DeleteFunc(left, gone)
			t.Logf("%s %s: %d of %d", time.Now().Format("05"), m.name, len(failing), len(touched))
		}
		_ = accounts.Close(t.Context())
	}
	writeProofs(t, proofs)
	for _, c := range left {
		t.Errorf("%s: nothing makes it fail", c.ID)
	}
}

// about reports whether a check could notice the mutant.
func (m mutant) about(c run.Check) bool {
	return len(m.only) == 0 || slices.ContainsFunc(m.only, func(begin string) bool { return strings.HasPrefix(c.ID, begin) })
}

func noticed(results []run.Result) []run.Check {
	var list []run.Check
	for _, res := range results {
		if res.Outcome == run.Failed {
			list = append(list, res.Check)
		}
	}
	return list
}
