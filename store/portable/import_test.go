package portable

import (
	"bytes"
	"testing"
)

// TestRoundTrip: an export of a server, imported into an empty one, is exported again
// as the same bytes.
func TestRoundTrip(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	first := export(t, from.Store)
	path := write(t, t.TempDir(), "capulet.xml", string(first))
	to := newTarget(t)
	report, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Results[Imported] != 2 || len(report.Left) != 0 {
		t.Errorf("report: %+v", report)
	}
	second := export(t, to.Store)
	if !bytes.Equal(first, second) {
		diff(t, first, second)
	}
}

// diff shows the first lines that differ.
func diff(t *testing.T, a, b []byte) {
	t.Helper()
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	shown := 0
	for i := range max(len(x), len(y)) {
		var l, r []byte
		if i < len(x) {
			l = x[i]
		}
		if i < len(y) {
			r = y[i]
		}
		if !bytes.Equal(l, r) {
			t.Errorf("line %d:\n- %s\n+ %s", i+1, l, r)
			if shown++; shown == 5 {
				return
			}
		}
	}
}
