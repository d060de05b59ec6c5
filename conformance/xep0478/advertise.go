// Package xep0478 checks announced limits.
package xep0478

import (
	"strconv"
	"strings"

	"causeway/conformance/run"
)

const ns = "urn:xmpp:stream-limits:0"

// Checks gives the checks of XEP-0478.
func Checks() []run.Check {
	needs := []string{"stream:" + ns}
	limit := func(t *run.T, r *run.Raw, name string) int {
		f := r.Features.Child(ns, "limits")
		t.True(f != nil, "no limits: %.300s", r.Features.Raw)
		e := f.Child(ns, name)
		t.Need(e != nil, name)
		n, err := strconv.Atoi(strings.TrimSpace(e.Text))
		t.True(err == nil && n > 0, "%s is %q", name, e.Text)
		return n
	}
	return []run.Check{
		{ID: "0478/advertise/max-bytes", Level: run.Must, Text: "the largest element is told as a number, and RFC 6120 §13.12 allows it", Needs: needs, Run: func(t *run.T) {
			n := limit(t, t.Authenticated("romeo"), "max-bytes")
			t.True(n >= 10000, "max-bytes is %d", n)
		}},
		{ID: "0478/advertise/idle-seconds", Level: run.Must, Text: "the time of silence is told as a number", Needs: needs, Run: func(t *run.T) { limit(t, t.Authenticated("romeo"), "idle-seconds") }},
		{ID: "0478/rules/kept", Level: run.Must, Text: "a stanza just below the limit is taken", Needs: needs, Run: func(t *run.T) {
			r := t.Authenticated("romeo")
			n := limit(t, r, "max-bytes")
			full, err := r.Bind("")
			t.True(err == nil, "bind: %v", err)
			c := t.Client(r, "romeo", full)
			body := strings.Repeat("a", min(n, 200_000)-400)
			c.Send("<message to='%s' type='chat' id='big'><body>%s</body></message>", c.Full, body)
			c.Want("<message id='big' type='chat'/>")
		}},
	}
}
