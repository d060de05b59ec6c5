//go:build interop

package judge

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"causeway/conformance/run"
	"causeway/conformance/suite"
)

var narrow = flag.Bool("narrow", false, "find narrower mutants for the checks that are shown by one which many notice")

// broad is how many checks share a mutant that is to be replaced where another does.
const broad = 20

// wide is how many of these checks a mutant may touch: one that touches more is hardly
// narrow, and takes long.
const wide = 120

// TestNarrow rewrites the rows of the table whose mutant spoils more than what the check
// is about, such as one that drops all presence: of the others, each such check gets the
// one that the fewest of them notice.
func TestNarrow(t *testing.T) {
	if !*narrow {
		t.Skip("-narrow")
	}
	proofs := readProofs(t)[1:]
	shared := make(map[string]int)
	for _, p := range proofs {
		shared[p.mutant]++
	}
	up := ours(t)
	accounts := up.accounts(t)
	probed := up.target
	offers, err := run.Probe(t.Context(), &probed, accounts)
	if err != nil {
		t.Fatal(err)
	}
	hurried := up.patient(probed.Patience, 1)
	var todo []run.Check
	traffic := make(map[string][]passed)
	for _, c := range suite.All() {
		if slices.ContainsFunc(proofs, func(p proof) bool { return p.check == c.ID && p.server == up.name && shared[p.mutant] > broad }) {
			todo = append(todo, c)
			_, traffic[c.ID] = watched(t, up, offers, accounts, mutant{name: "none"}, []run.Check{c})
		}
	}
	noticing := make(map[string][]string) // mutant: checks
	for _, m := range mutants() {
		if shared[m.name] > broad || m.tls != nil || m.web != nil || m.alone {
			continue
		}
		var touched []run.Check
		for _, c := range todo {
			if m.about(c) && m.touches(traffic[c.ID]) {
				touched = append(touched, c)
			}
		}
		if len(touched) > wide {
			continue
		}
		for _, c := range noticed(against(t, hurried, offers, accounts, m, noticed(against(t, hurried, offers, accounts, m, touched)))) {
			noticing[m.name] = append(noticing[m.name], c.ID)
		}
		t.Logf("%s: %d of %d", m.name, len(noticing[m.name]), len(touched))
	}
	better := 0
	for i, p := range proofs {
		best := p.mutant
		for name, checks := range noticing {
			if slices.Contains(checks, p.check) && (best == p.mutant || len(checks) < len(noticing[best]) || len(checks) == len(noticing[best]) && strings.Compare(name, best) < 0) {
				best = name
			}
		}
		if best != p.mutant {
			proofs[i].mutant, better = best, better+1
		}
	}
	if err := accounts.Close(t.Context()); err != nil {
		t.Error(err)
	}
	writeProofs(t, proofs)
	t.Logf("%d of %d have a narrower one", better, len(todo))
}
