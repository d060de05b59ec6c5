package portable

import (
	"cmp"
	"maps"
	"slices"

	"causeway/xmpp/jid"
)

// What became of an account.
const (
	Imported = "imported"
	Merged   = "merged"
	Replaced = "replaced"
	Refused  = "refused"  // it was left as it is
	Failed   = "failed"   // it is incomplete and closed; importing it again begins anew
	Exported = "exported" // it is in the file
)

// A Finding is something that was not carried.
type Finding struct {
	What  string `json:"what"`
	Count int    `json:"count"`
	First string `json:"first,omitempty"` // the place of the first, as file:line
}

// An Outcome is what became of one account.
type Outcome struct {
	JID    string         `json:"jid"`
	Result string         `json:"result"`
	Why    string         `json:"why,omitempty"`     // it was refused, or failed
	Counts map[string]int `json:"counts,omitempty"`  // what was carried, by kind
	Left   []Finding      `json:"missing,omitempty"` // what was not carried
}

// A Report is what became of all accounts. In a dry run it tells what would.
type Report struct {
	DryRun   bool           `json:"dry_run,omitempty"`
	Results  map[string]int `json:"results"` // accounts by result
	Counts   map[string]int `json:"counts"`  // what was carried of all
	Left     []Finding      `json:"missing"` // what was not carried of all, or belongs to no account
	Accounts []Outcome      `json:"accounts"`
	Omitted  int            `json:"omitted,omitempty"` // accounts that are not listed, since there are so many
	// Error is why the rest of the file was not read, if it was not.
	Error string `json:"error,omitempty"`

	left findings
}

const (
	// maxOutcomes is how many accounts a report lists.
	maxOutcomes = 2000
	// maxFindings is how many kinds of finding are told apart, in each list.
	maxFindings = 50
)

func newReport(dry bool) *Report {
	return &Report{DryRun: dry, Results: make(map[string]int), Counts: make(map[string]int), Accounts: []Outcome{}, left: make(findings)}
}

// add takes the outcome of an account into the report.
func (r *Report) add(o Outcome) {
	r.Results[o.Result]++
	for kind, n := range o.Counts {
		r.Counts[kind] += n
	}
	for _, f := range o.Left {
		r.left.add(f)
	}
	if len(r.Accounts) >= maxOutcomes {
		r.Omitted++
		return
	}
	r.Accounts = append(r.Accounts, o)
}

// finish puts the report in order.
func (r *Report) finish(err error) {
	r.Left = r.left.list()
	slices.SortStableFunc(r.Accounts, func(a, b Outcome) int { return cmp.Compare(a.JID, b.JID) })
	if err != nil {
		r.Error = err.Error()
	}
}

// findings counts what was not carried, by kind.
type findings map[string]Finding

func (f findings) add(n Finding) {
	old, known := f[n.What]
	if !known && len(f) >= maxFindings {
		n.What = "something else"
		old, known = f[n.What]
	}
	if !known {
		f[n.What] = n
		return
	}
	old.Count += n.Count
	f[n.What] = old
}

// list gives the findings by name.
func (f findings) list() []Finding {
	list := make([]Finding, 0, len(f))
	for _, what := range slices.Sorted(maps.Keys(f)) {
		list = append(list, f[what])
	}
	return list
}

// outcome makes the Outcome of an account.
func outcome(bare jid.JID, result, why string, counts map[string]int, left findings) Outcome {
	return Outcome{JID: bare.String(), Result: result, Why: why, Counts: counts, Left: left.list()}
}
