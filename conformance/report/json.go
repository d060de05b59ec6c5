package report

import (
	"encoding/json"
	"io"
	"time"

	"causeway/conformance/run"
)

// The shape of the JSON report. Fields are only ever added.
type (
	jsonReport struct {
		Target    string         `json:"target"`
		Subject   string         `json:"bridge,omitempty"`
		Domain    string         `json:"domain,omitempty"`
		Software  string         `json:"software,omitempty"`
		Runner    string         `json:"runner"`
		Began     time.Time      `json:"began"`
		Seconds   float64        `json:"seconds"`
		Good      bool           `json:"good"`
		Empty     bool           `json:"nothing_checked,omitempty"`
		Trouble   string         `json:"trouble,omitempty"`
		Counts    map[string]int `json:"counts"`
		Standings []Standing     `json:"standings,omitempty"`
		Checks    []jsonCheck    `json:"checks"`
	}
	jsonCheck struct {
		ID       string    `json:"id"`
		Place    string    `json:"place"`
		Link     string    `json:"link"`
		Level    run.Level `json:"level"`
		Text     string    `json:"text"`
		Outcome  string    `json:"outcome"`
		Reason   string    `json:"reason,omitempty"`
		Exchange []string  `json:"exchange,omitempty"`
		Seconds  float64   `json:"seconds"`
	}
)

func (r *Report) json(w io.Writer) error {
	out := jsonReport{
		Subject: r.Subject, Target: r.Target, Domain: r.Domain, Software: r.Software, Runner: r.Runner, Began: r.Began,
		Seconds: r.Took.Seconds(), Good: r.Good(), Empty: r.Empty(), Trouble: r.Trouble, Counts: make(map[string]int), Standings: r.Standings(), Checks: []jsonCheck{},
	}
	for _, o := range outcomes() {
		out.Counts[string(o)] = r.Count(o, "")
	}
	for _, res := range r.Results {
		c := res.Check
		out.Checks = append(out.Checks, jsonCheck{
			ID: c.ID, Place: c.Cite(), Link: c.Link(), Level: c.Level, Text: c.Text, Outcome: string(res.Outcome),
			Reason: res.Reason, Exchange: res.Exchange, Seconds: res.Took.Seconds(),
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
