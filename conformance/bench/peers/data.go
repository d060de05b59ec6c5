package peers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"causeway/conformance/load"
)

// schema names the form of the files.
const schema = "causeway-peers/1"

// The files of a run.
const (
	peersFile  = "peers.json"
	curvesFile = "curves.json"
	dayFile    = "day.json"
)

// A table is all rounds of all cases.
type table struct {
	Schema   string            `json:"schema"`
	Began    time.Time         `json:"began"`
	Seconds  float64           `json:"seconds"`
	Scale    string            `json:"scale"` // full or small
	Rounds   int               `json:"rounds"`
	Machine  load.Machine      `json:"machine"`
	Versions map[string]string `json:"versions"`
	Rows     []*row            `json:"rows"`
	Failures []failure         `json:"failures,omitempty"`
}

// A row is one figure of all servers.
type row struct {
	Case   string               `json:"case"`
	Figure string               `json:"figure"`
	Text   string               `json:"text"`
	Unit   string               `json:"unit"`
	Goal   float64              `json:"goal,omitempty"`
	More   bool                 `json:"more_is_better,omitempty"`
	Values map[string][]float64 `json:"values"` // by server, a value for each round
}

// A failure is a case that a server did not come through. Its figures of that round do
// not count.
type failure struct {
	Case   string `json:"case"`
	Server string `json:"server"`
	Round  int    `json:"round"`
	Why    string `json:"why"`
}

// curves are figures over sizes.
type curves struct {
	Schema  string       `json:"schema"`
	Began   time.Time    `json:"began"`
	Scale   string       `json:"scale"`
	Open    int          `json:"open_files"` // that a process may have
	Machine load.Machine `json:"machine"`
	Curves  []*curve     `json:"curves"`
}

// A curve is one figure over one size, a line for each server.
type curve struct {
	Name  string             `json:"name"`
	Title string             `json:"title"`
	X     string             `json:"x"`
	Y     string             `json:"y"`
	Lines map[string][]point `json:"lines"`
	Notes []string           `json:"notes,omitempty"`
}

// A point is a size and the median there.
type point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// row finds a row, or makes it.
func (t *table) row(s setup, g goal) *row {
	for _, r := range t.Rows {
		if r.Case == s.name && r.Figure == g.figure {
			return r
		}
	}
	r := &row{Case: s.name, Figure: g.figure, Text: g.text, Unit: g.unit, Goal: g.target, More: g.more, Values: make(map[string][]float64)}
	t.Rows = append(t.Rows, r)
	return r
}

// value is the median of a server, false if it has none.
func (r *row) value(server string) (float64, bool) {
	if len(r.Values[server]) == 0 {
		return 0, false
	}
	return load.Median(r.Values[server]), true
}

// read reads a file of a run; one that is not there gives nil.
func read[T any](dir, name string) (*T, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there may be none yet
	}
	if err != nil {
		return nil, err
	}
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &v, nil
}
