package caller

import (
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
)

// Is wants one of the statuses.
func (a *Answer) Is(statuses ...int) *Answer {
	a.t.True(slices.Contains(statuses, a.Status), "%s: wanted status %v, came %d %.300s", a.URL.Path, statuses, a.Status, a.Body)
	return a
}

// Refused wants a status that says no.
func (a *Answer) Refused() *Answer {
	a.t.True(a.Status >= 400 && a.Status < 500, "%s: wanted a status from 400 to 499, came %d %.300s", a.URL.Path, a.Status, a.Body)
	return a
}

// MediaType gives the type of the body without its parameters.
func (a *Answer) MediaType() string {
	t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// JSON wants the body to be JSON.
func (a *Answer) JSON() Value { return parse(a.t, a.URL.Path, a.Body) }

// call is a script that calls one function, with nothing else but a comment before it.
var call = regexp.MustCompile(`(?s)^\s*(?:/\*\*/)?\s*([A-Za-z0-9_.$]+)\s*\((.*)\)\s*;?\s*$`)

// JSONP wants the body to call a function with JSON.
func (a *Answer) JSONP(function string) Value {
	m := call.FindStringSubmatch(a.Body)
	a.t.True(m != nil && m[1] == function, "%s: wanted a call of %s, came %.300s", a.URL.Path, function, a.Body)
	return parse(a.t, a.URL.Path, m[2])
}

// Script wants a media type that browsers run as a script, also with nosniff.
func (a *Answer) Script() {
	good := []string{"application/javascript", "text/javascript", "application/x-javascript", "application/ecmascript", "text/ecmascript"}
	a.t.True(slices.Contains(good, a.MediaType()), "%s: wanted a media type of scripts, came %q", a.URL.Path, a.Header.Get("Content-Type"))
}

// NoStore wants an answer that nobody keeps.
func (a *Answer) NoStore() {
	a.t.True(strings.Contains(a.Header.Get("Cache-Control"), "no-store"), "%s: wanted Cache-Control: no-store, came %q", a.URL.Path, a.Header.Get("Cache-Control"))
}

// Without wants a text not to be in the body.
func (a *Answer) Without(text string) {
	a.t.True(!strings.Contains(a.Body, text), "%s: %q must not be in the answer %.300s", a.URL.Path, text, a.Body)
}

func (a *Answer) String() string { return fmt.Sprintf("%d %.300s", a.Status, a.Body) }
