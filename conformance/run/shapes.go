package run

import (
	"strings"

	"causeway/conformance/oracle"
)

// A Stage is how far a stream is.
type Stage int

// The stages, in their order.
const (
	Connected     Stage = iota // nothing has been said
	Opened                     // features in the clear have come
	Secured                    // features inside TLS
	Authenticated              // features after SASL
	Bound                      // a resource is bound
)

// At gives a stream at a stage; from Authenticated on it is romeo's.
func (t *T) At(s Stage) *Raw {
	switch s {
	case Connected:
		return t.Dial()
	case Opened:
		return t.Opened()
	case Secured:
		return t.Secured()
	case Authenticated:
		return t.Authenticated("romeo")
	}
	r := t.Authenticated("romeo")
	_, err := r.Bind("")
	t.errored("bind", err)
	return r
}

// Fill puts names in: {domain}, {rooms} and {upload}, {me} for the bare address of
// romeo, {juliet} and {nurse} for theirs, and {word} for one that is new each time.
func (t *T) Fill(text string) string {
	for strings.Contains(text, "{word}") {
		text = strings.Replace(text, "{word}", t.Word(), 1)
	}
	for name, who := range map[string]string{"{me}": "romeo", "{juliet}": "juliet", "{nurse}": "nurse"} {
		if strings.Contains(text, name) {
			text = strings.ReplaceAll(text, name, t.Bare(who))
		}
	}
	return strings.NewReplacer("{domain}", t.Domain(), "{rooms}", t.Offers.Rooms, "{upload}", t.Offers.Upload).Replace(text)
}

// Ends gives the steps: at that stage, send the text; a stream error of one of the
// conditions comes, and the end of the stream.
func Ends(at Stage, text string, conditions ...string) func(*T) {
	return func(t *T) {
		r := t.At(at)
		r.Sendf("%s", t.Fill(text))
		r.WantError(conditions...)
	}
}

// Answers gives the steps: romeo asks; the result has something in it that matches
// the pattern, unless that is empty.
func Answers(typ, to, payload, pattern string) func(*T) {
	return func(t *T) {
		c := t.Login("romeo")
		e := c.result(c.Ask(typ, t.Fill(to), "%s", t.Fill(payload)))
		if pattern != "" {
			p := oracle.Pattern("%s", t.Fill(pattern))
			t.True(Inside(e, p), "wanted something with %s, came %.900s", p.Raw, e.Raw)
		}
	}
}

// Refuses gives the steps: romeo asks; an error of one of the conditions comes.
func Refuses(typ, to, payload string, conditions ...string) func(*T) {
	return func(t *T) {
		c := t.Login("romeo")
		c.Refused(c.Ask(typ, t.Fill(to), "%s", t.Fill(payload)), conditions...)
	}
}
