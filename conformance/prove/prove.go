package prove

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/run"
)

var again = flag.Bool("find", false, "find out anew which mutant each check notices")

// A Stage starts a fake that is wrong as the mutant of that name says, none for "",
// and gives what its checks need, and what ends it.
type Stage func(mutant string) (cfg run.Config, checks []run.Check, end func())

// Checks shows that the good fake passes all checks, and that each check notices a
// mutant, by testdata/mutants.tsv.
func Checks(t *testing.T, stage Stage, mutants []string) {
	t.Helper()
	Table(t, "testdata/mutants.tsv", stage, mutants)
}

// Table is Checks by another table.
func Table(t *testing.T, table string, stage Stage, mutants []string) {
	t.Helper()
	cfg, checks, end := stage("")
	defer end()
	cfg.Target.Patience = max(cfg.Target.Patience, 10*time.Second) // the machine may be busy, and a good fake makes nobody wait
	for _, res := range run.Run(t.Context(), cfg, checks) {
		if res.Took > time.Second {
			t.Logf("%s took %v", res.Check.ID, res.Took)
		}
		if res.Outcome != run.Passed {
			t.Errorf("the good fake: %s %s: %s\n  %s", res.Outcome, res.Check.ID, res.Reason, strings.Join(res.Exchange, "\n  "))
		}
	}
	if t.Failed() {
		return
	}
	known := read(t, table)
	if *again {
		known = find(t, stage, mutants, checks)
		write(t, table, known)
	}
	var turn sync.WaitGroup
	slots := make(chan struct{}, 8)
	for _, c := range checks {
		name, ok := known[c.ID]
		switch {
		case !ok:
			t.Errorf("%s: no mutant is known to make it fail; go test -run Proof -find finds one", c.ID)
			continue
		case !slices.Contains(mutants, name):
			t.Errorf("%s: there is no mutant %q", c.ID, name)
			continue
		}
		slots <- struct{}{}
		// Ends with its check, which has a limit.
		turn.Go(func() {
			defer func() { <-slots }()
			if o := against(t, stage, name, c.ID); o != run.Failed {
				t.Errorf("%s does not notice that %s: %s", c.ID, name, o)
			}
		})
	}
	turn.Wait()
}

// against runs one check against one mutant.
func against(t *testing.T, stage Stage, mutant, id string) run.Outcome {
	cfg, checks, end := stage(mutant)
	defer end()
	i := slices.IndexFunc(checks, func(c run.Check) bool { return c.ID == id })
	if i < 0 {
		return run.NotOffered // the stage leaves it out for this mutant
	}
	return run.Run(t.Context(), cfg, checks[i:i+1])[0].Outcome
}

// find tries every mutant on every check. Of those that a check notices it gets the one
// that the fewest others notice.
func find(t *testing.T, stage Stage, mutants []string, checks []run.Check) map[string]string {
	noticed := make(map[string][]string) // mutant: checks
	var mu sync.Mutex
	var turn sync.WaitGroup
	slots := make(chan struct{}, 6)
	for _, m := range mutants {
		for _, c := range checks {
			slots <- struct{}{}
			// Ends with its check, which has a limit.
			turn.Go(func() {
				defer func() { <-slots }()
				for range 2 { // once may be chance
					if against(t, stage, m, c.ID) != run.Failed {
						return
					}
				}
				mu.Lock()
				defer mu.Unlock()
				noticed[m] = append(noticed[m], c.ID)
			})
		}
	}
	turn.Wait()
	narrow := slices.Clone(mutants)
	slices.SortStableFunc(narrow, func(a, b string) int { return len(noticed[a]) - len(noticed[b]) })
	known := make(map[string]string)
	for _, c := range checks {
		for _, m := range narrow {
			// Once more, while nothing else keeps the machine busy.
			if slices.Contains(noticed[m], c.ID) && against(t, stage, m, c.ID) == run.Failed {
				known[c.ID] = m
				break
			}
		}
	}
	for _, m := range mutants {
		if len(noticed[m]) == 0 {
			t.Errorf("no check notices that %s", m)
		}
	}
	return known
}

func read(t *testing.T, table string) map[string]string {
	known := make(map[string]string)
	file, err := os.Open(table)
	if err != nil {
		if !*again {
			t.Error(err)
		}
		return known
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if check, mutant, ok := strings.Cut(lines.Text(), "\t"); ok {
			known[check] = mutant
		}
	}
	return known
}

func write(t *testing.T, table string, known map[string]string) {
	var b strings.Builder
	b.WriteString("check\tmutant\n")
	var ids []string
	for id := range known {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Fprintf(&b, "%s\t%s\n", id, known[id])
	}
	if err := os.MkdirAll(filepath.Dir(table), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Patience is how long checks wait for one thing of a fake.
const Patience = 250 * time.Millisecond

// Folder makes a folder for one fake below that of the test.
func Folder(dir string) string {
	folder, err := os.MkdirTemp(dir, "")
	if err != nil {
		panic(err)
	}
	return folder
}
