package plot

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// plots are drawings of each kind, with what is hard to draw.
func plots() map[string]string {
	var hour []Point
	for i := range 3600 {
		hour = append(hour, Point{float64(i), 50 + 10*math.Sin(float64(i)/300)})
	}
	hour[1234].Y = 400 // must be seen
	return map[string]string{
		"hour.svg": Chart{Title: "Memory", X: "seconds", Y: "MiB", Lines: []Line{{Name: "server", Points: hour}}}.SVG(),
		"size.svg": Chart{Title: "Cost <of> a message & its size", X: "connections", Y: "CPU µs", LogX: true, Marks: true, Lines: []Line{
			{Name: "causeway", Kind: 0, Points: []Point{{100, 7}, {1000, 7.5}, {10000, 8}}},
			{Name: "prosody", Kind: 1, Points: []Point{{100, 7.1}, {1000, 8}, {10000, 8.1}}},
			{Name: "nothing", Kind: 2},
		}}.SVG(),
		"dots.svg": Dots{Title: "CPU", X: "CPU s for 100,000 deliveries", Things: []string{"causeway", "prosody", "relay"}, Rows: []Row{
			{"chat", []float64{1.2, 66, 0.75}}, {"room of 100", []float64{0.7, 17.3, math.NaN()}}, {"nothing", []float64{0, math.NaN(), math.NaN()}},
		}}.SVG(),
		"empty.svg": Chart{Title: "Nothing", X: "seconds", Y: "ms"}.SVG(),
	}
}

// TestPlots: the drawings are as they were looked at, and are XML.
func TestPlots(t *testing.T) {
	for name, got := range plots() {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; look at it after -update", file)
			}
			for d := xml.NewDecoder(strings.NewReader(got)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
				t.Error("a place is no number")
			}
		})
	}
}

// TestTicks: the axes have round numbers and hold all values.
func TestTicks(t *testing.T) {
	for _, test := range []struct {
		values []float64
		log    bool
		want   []float64
	}{
		{[]float64{3, 97}, false, []float64{0, 20, 40, 60, 80, 100}},
		{[]float64{0.012, 0.3}, true, []float64{0.01, 0.1, 1}},
		{[]float64{5}, true, []float64{1, 10}},
		{nil, false, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{[]float64{0, 0}, false, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{[]float64{math.NaN(), math.Inf(1), 7}, false, []float64{0, 2, 4, 6, 8}},
	} {
		got := newAxis(test.values, test.log, 0, 100).ticks()
		if len(got) != len(test.want) {
			t.Errorf("%v: %v, want %v", test.values, got, test.want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 1e-9 {
				t.Errorf("%v: %v, want %v", test.values, got, test.want)
			}
		}
	}
}
