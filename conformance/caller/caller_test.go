package caller_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// look runs steps with a client of a site, and gives what became of them.
func look(t *testing.T, site http.HandlerFunc, steps func(*caller.Client, *run.T)) run.Result {
	t.Helper()
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	check := run.Check{ID: "webim/common/test", Run: func(r *run.T) {
		c := caller.New(r, "romeo", server.URL+"/", nil)
		c.Hide("secret & more")
		steps(c, r)
	}}
	return run.Run(t.Context(), run.Config{Target: &run.Target{Patience: 2 * time.Second}, Offers: run.Offering()}, []run.Check{check})[0]
}

// TestValues: an answer is what it must be, or the check fails and names the place.
func TestValues(t *testing.T) {
	site := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"a":{"b":[{"c":"x"},{"c":7}]},"n":12,"yes":true,"none":null,"big":1e3}`)
	}
	for want, steps := range map[string]func(v caller.Value){
		"": func(v caller.Value) {
			v.Get("a.b.0.c").Eq("x")
			v.Get("yes").True()
			v.Get("a.b").Find("c", "x").Get("c").Word()
		},
		"/x a b 1 c: wanted a string, came 7":   func(v caller.Value) { v.Get("a.b.1.c").Str() },
		"/x a z: wanted an array, came nothing": func(v caller.Value) { v.Get("a.z").List() },
		"/x none: wanted an object, came null":  func(v caller.Value) { v.Get("none").Object() },
		"/x n: wanted true or false, came 12":   func(v caller.Value) { v.Get("n").False() },
		"/x big: wanted an integer, came 1e3":   func(v caller.Value) { v.Get("big").Int() },
	} {
		res := look(t, site, func(c *caller.Client, _ *run.T) { steps(c.Call(caller.Request{Path: "/x"}).JSON()) })
		if res.Reason != want {
			t.Errorf("%s %q, not %q", res.Outcome, res.Reason, want)
		}
	}
}

// TestCalls: scripts are calls of one function, a site that is slow of its own will is
// asked again, and secrets are not in the exchange.
func TestCalls(t *testing.T) {
	calls := 0
	res := look(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = fmt.Fprintf(w, "/**/%s({\"access_token\":\"abc123\",\"said\":%q});", r.FormValue("callback"), r.FormValue("said"))
	}, func(c *caller.Client, r *run.T) {
		v := c.Call(caller.Request{Method: http.MethodPost, Path: "/y", Form: map[string][]string{"callback": {"f.g"}, "said": {"secret & more"}}}).JSONP("f.g")
		v.Get("said").Eq("secret & more")
		r.Failf("to see the exchange")
	})
	if res.Reason != "to see the exchange" || calls != 2 {
		t.Error(calls, res.Reason)
	}
	for _, hidden := range []string{"secret", "abc123"} {
		if strings.Contains(strings.Join(res.Exchange, "\n"), hidden) {
			t.Errorf("%s is in %s", hidden, res.Exchange)
		}
	}
	res = look(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "evil();f({})") }, func(c *caller.Client, _ *run.T) {
		c.Call(caller.Request{Path: "/z"}).JSONP("f")
	})
	if res.Outcome != run.Failed {
		t.Error("more than a call is a call")
	}
}
