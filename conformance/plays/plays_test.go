package plays

import (
	"path/filepath"
	"testing"

	"causeway/conformance/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// Every play, one after the other.
func TestPlays(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plays: %v", err)
	}
	var all, together []*play
	for _, file := range files {
		p, err := readPlay(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
		if !p.alone {
			together = append(together, p)
		}
	}
	shared := newStage(t, together)
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			s := shared
			if p.alone {
				s = newStage(t, []*play{p}, p.settings...)
				defer s.Stop(t)
			}
			if err := perform(t, p, s); err != nil {
				t.Error(err)
			}
		})
	}
	shared.Stop(t)
}
