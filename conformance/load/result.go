package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Schema names the form of a Report as JSON. It changes when a field changes its
// meaning or goes; new ones may come without that.
const Schema = "causeway-bench/1"

// A Report is what one run found.
type Report struct {
	Schema  string    `json:"schema"`
	Tool    string    `json:"tool"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	Machine Machine   `json:"machine"`
	Target  About     `json:"target"`
	Results []*Result `json:"results"`
}

// About is the server, as the run was told of it.
type About struct {
	Addr   string `json:"addr"`
	Domain string `json:"domain"`
	TLS    string `json:"tls"` // none, starttls or direct
	Pid    int    `json:"pid,omitempty"`
	Raw    bool   `json:"raw,omitempty"` // a relay, not a server
	Label  string `json:"label,omitempty"`
}

// A Result is what one scenario found.
type Result struct {
	Scenario  string   `json:"scenario"`
	Settings  Settings `json:"settings"`
	Figures   []Figure `json:"figures"`
	Latency   *Latency `json:"latency,omitempty"`
	Series    []Sample `json:"series,omitempty"`
	Faults    Faults   `json:"faults"`
	Refused   int      `json:"refused"`           // messages that came back with an error: not lost, but not delivered
	Errors    int      `json:"errors"`            // of clients whose connection broke, or who got no answer
	Trouble   string   `json:"trouble,omitempty"` // one of them, or why the scenario could not be carried out
	Notes     []string `json:"notes,omitempty"`   // what a reader must know of the figures
	Generator Own      `json:"generator"`         // what the load itself took

	mu sync.Mutex
}

// A Figure is one number that was found.
type Figure struct {
	Name  string  `json:"name"` // such as cpu_s_per_100k
	Text  string  `json:"text"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
	More  bool    `json:"more_is_better,omitempty"`
}

// Latency is how long messages took, in milliseconds. In an open loop it counts from the
// time at which a message was to be sent, not from that at which it was.
type Latency struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Most  float64 `json:"max_ms"`
}

// A Sample is a moment of a run.
type Sample struct {
	At         float64 `json:"t"`    // seconds from the start of the load
	Sent       float64 `json:"sent"` // a second, since the sample before
	Heard      float64 `json:"heard"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	CPU        float64 `json:"cpu"` // processors in use by the server
	RSS        float64 `json:"rss_mib"`
	Anonymous  float64 `json:"anonymous_mib"`
	Files      int     `json:"files"`
	Goroutines int     `json:"goroutines,omitempty"`
}

// Own is what the generator itself took.
type Own struct {
	CPU     float64 `json:"cpu_s"`
	LateP99 float64 `json:"late_p99_ms"` // how much later than intended a message left
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// latency gives a Spread as it is reported.
func (s *Spread) latency() *Latency {
	if s.total == 0 {
		return nil
	}
	return &Latency{
		Count: s.total, P50: milliseconds(s.At(0.5)), P90: milliseconds(s.At(0.9)), P99: milliseconds(s.At(0.99)),
		P999: milliseconds(s.At(0.999)), Most: milliseconds(s.most),
	}
}

// found adds faults; it may be called by many goroutines.
func (r *Result) found(f Faults) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Faults = r.Faults.Add(f)
}

// inTrouble notes a client that could not go on; it may be called by many goroutines.
func (r *Result) inTrouble(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Errors++
	if r.Trouble == "" {
		r.Trouble = err.Error()
	}
}

// Good says that nothing was lost, doubled, reordered or refused, and no client was in
// trouble.
func (r *Result) Good() bool {
	return !r.Faults.Any() && r.Refused == 0 && r.Errors == 0 && r.Trouble == ""
}

// Figure gives a figure by its name.
func (r *Result) Figure(name string) (Figure, bool) {
	for _, f := range r.Figures {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// add adds a figure.
func (r *Result) add(name, text, unit string, value float64) {
	r.Figures = append(r.Figures, Figure{Name: name, Text: text, Unit: unit, Value: value})
}

// addMore adds a figure of which more is better.
func (r *Result) addMore(name, text, unit string, value float64) {
	r.Figures = append(r.Figures, Figure{Name: name, Text: text, Unit: unit, Value: value, More: true})
}

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Good says that all results are.
func (r *Report) Good() bool {
	for _, res := range r.Results {
		if !res.Good() {
			return false
		}
	}
	return len(r.Results) > 0
}

// Faults are those of all results, how many messages were refused, and how many clients
// were in trouble.
func (r *Report) Faults() (f Faults, refused, errs int) {
	for _, res := range r.Results {
		f, refused, errs = f.Add(res.Faults), refused+res.Refused, errs+res.Errors
		if res.Errors == 0 && res.Trouble != "" {
			errs++
		}
	}
	return f, refused, errs
}

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// ReadReport reads what WriteJSON wrote.
func ReadReport(in io.Reader) (*Report, error) {
	r := &Report{}
	if err := json.NewDecoder(in).Decode(r); err != nil {
		return nil, err
	}
	if r.Schema != Schema {
		return nil, errors.New("not a report of this form: " + strconv.Quote(r.Schema))
	}
	return r, nil
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	for _, res := range r.Results {
		if _, err := fmt.Fprintf(w, "%s: %s\n", res.Scenario, res.Settings); err != nil {
			return err
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, f := range res.Figures {
			_, _ = fmt.Fprintf(table, "  %s\t%s %s\n", f.Text, Number(f.Value), f.Unit)
		}
		if l := res.Latency; l != nil {
			_, _ = fmt.Fprintf(table, "  latency\tp50 %s, p90 %s, p99 %s, p99.9 %s, longest %s ms\n",
				Number(l.P50), Number(l.P90), Number(l.P99), Number(l.P999), Number(l.Most))
		}
		_, _ = fmt.Fprintf(table, "  the load itself\t%s CPU s; p99 %s ms late\n", Number(res.Generator.CPU), Number(res.Generator.LateP99))
		_, _ = fmt.Fprintf(table, "  checks\t%s\n", res.Verdict())
		if err := table.Flush(); err != nil {
			return err
		}
		for _, note := range res.Notes {
			if _, err := fmt.Fprintf(w, "  note: %s\n", plain(note)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Verdict is the result of the checks in words.
func (r *Result) Verdict() string {
	if r.Good() {
		return "nothing lost, doubled or reordered"
	}
	text := r.Faults.String()
	if r.Refused > 0 {
		text += fmt.Sprintf(", %d refused", r.Refused)
	}
	if r.Errors > 0 {
		text += fmt.Sprintf(", %d clients in trouble", r.Errors)
	}
	if r.Trouble != "" {
		text += ": " + plain(r.Trouble)
	}
	return text
}

// plain makes what a server said fit for a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// Number prints three digits that count, and no exponent.
func Number(v float64) string {
	switch {
	case v >= 100, v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1, v == 0:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
