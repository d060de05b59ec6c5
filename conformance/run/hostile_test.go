package run_test

import (
	"crypto/rand"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/conformance/run"
)

// hostile starts a target that does to each connection what it likes.
func hostile(t *testing.T, do func(net.Conn)) *run.Target {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	// Ends when the listener is closed.
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			// Ends when the runner closes the connection.
			go func() {
				defer func() { _ = nc.Close() }()
				do(nc)
			}()
		}
	}()
	return &run.Target{Addr: ln.Addr().String(), Domain: "capulet.lit", Patience: 200 * time.Millisecond}
}

const greeting = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='capulet.lit' id='1' version='1.0'>" +
	"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"

// wait reads until the runner closes.
func wait(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }

// TestHostileTargets: whatever a target does, the runner ends with a result for each
// check, and none of them is a pass.
func TestHostileTargets(t *testing.T) {
	hang := func(after string) func(net.Conn) {
		return func(nc net.Conn) {
			_, _ = io.WriteString(nc, after)
			wait(nc)
		}
	}
	drip := func(unit string) func(net.Conn) {
		return func(nc net.Conn) {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(nc, unit); err != nil {
					return
				}
			}
		}
	}
	flood := func(unit string) func(net.Conn) {
		return func(nc net.Conn) {
			text := strings.Repeat(unit, 1<<16/len(unit))
			for {
				if _, err := io.WriteString(nc, text); err != nil {
					return
				}
			}
		}
	}
	for name, do := range map[string]func(net.Conn){
		"hangs":                     hang(""),
		"hangs after its header":    hang(greeting[:strings.Index(greeting, "<stream:features>")]),
		"hangs after its features":  hang(greeting),
		"hangs inside an element":   hang(greeting + "<iq id='"),
		"closes":                    func(net.Conn) {},
		"closes after its features": func(nc net.Conn) { _, _ = io.WriteString(nc, greeting) },
		"drips white space":         drip(" "),
		"drips stanzas":             func(nc net.Conn) { _, _ = io.WriteString(nc, greeting); drip("<presence/>")(nc) },
		"floods text":               func(nc net.Conn) { _, _ = io.WriteString(nc, greeting+"<message><body>"); flood("a")(nc) },
		"floods elements":           func(nc net.Conn) { _, _ = io.WriteString(nc, greeting); flood("<presence/>")(nc) },
		"floods depth":              func(nc net.Conn) { _, _ = io.WriteString(nc, greeting); flood("<a>")(nc) },
		"sends garbage":             func(nc net.Conn) { _, _ = io.Copy(nc, io.LimitReader(rand.Reader, 1<<20)) },
		"speaks HTTP":               hang("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
		"asks for much work":        hang(greeting + "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cj1hLHM9YWFhYSxpPTk5OTk5OTk5OTk=</challenge>"),
	} {
		t.Run(name, func(t *testing.T) {
			target := hostile(t, do)
			checks := []run.Check{
				{ID: "6120/4.2/header", Run: func(t *run.T) { t.Opened(); t.Failf("opened") }},
				{ID: "6120/4.4/close", Run: func(t *run.T) { r := t.Dial(); r.Sendf("<a/>"); r.WantClosed() }},
				{ID: "6120/6.4/login", Run: func(t *run.T) { t.Login("romeo") }},
				{ID: "6120/8/stanza", Run: func(t *run.T) { r := t.Dial(); r.Read("a header"); r.Want("<iq id='1'/>") }},
			}
			begin := time.Now()
			if _, err := run.Probe(t.Context(), target, run.Register(target)); err == nil {
				t.Error("the probe has found nothing wrong")
			}
			results := run.Run(t.Context(), run.Config{Target: target, Accounts: run.Register(target), Offers: &run.Capabilities{}, Limit: 20 * time.Second}, checks)
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			for i, r := range results {
				if r.Check.ID != checks[i].ID || r.Outcome == run.Passed || r.Outcome == "" || r.Reason == "" {
					t.Errorf("%s: %q %q", checks[i].ID, r.Outcome, r.Reason)
				}
			}
		})
	}
}

// TestLimits: the run ends by its limit, a check by its own, and one that is wrong harms
// nobody.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := &run.Target{Patience: time.Second}
		block := run.Check{ID: "6120/1/block", Run: func(t *run.T) { <-t.Context.Done() }}
		wrong := run.Check{ID: "6120/1/wrong", Run: func(*run.T) { panic("a mistake") }}
		good := run.Check{ID: "6120/1/good", Run: func(*run.T) {}}
		absent := run.Check{ID: "6120/1/absent", Needs: []string{"stream:urn:example"}, Run: func(t *run.T) { t.Failf("it was run") }}
		results := run.Run(t.Context(), run.Config{Target: target, Offers: &run.Capabilities{}, Parallel: 1, Limit: 40 * time.Second},
			[]run.Check{good, wrong, absent, block, block, block, block, block})
		want := []run.Outcome{run.Passed, run.Errored, run.NotOffered, run.Failed, run.Failed, run.Failed, run.Failed, run.NotRun}
		for i, r := range results {
			if r.Outcome != want[i] {
				t.Errorf("%d: %s %s, not %s", i, r.Outcome, r.Reason, want[i])
			}
		}
	})
}

// TestSelect: sections end where a part of an id ends.
func TestSelect(t *testing.T) {
	all := []run.Check{{ID: "6120/4.9/a", Level: run.Must}, {ID: "6120/4.9.3/b", Level: run.Should}, {ID: "6120/4.99/c", Level: run.May}, {ID: "0045/enter/d", Level: run.Must}}
	for _, test := range []struct {
		section string
		level   run.Level
		want    string
	}{
		{"6120", "", "abc"}, {"6120/4.9", "", "ab"}, {"6120/4.9", run.Must, "a"}, {"", run.Should, "abd"}, {"XEP-0045", "", "d"}, {"RFC 6120 §4.9", "", "ab"}, {"612", "", ""},
	} {
		var sections []string
		if test.section != "" {
			sections = []string{test.section}
		}
		got := ""
		for _, c := range run.Select(all, sections, test.level) {
			got += c.ID[len(c.ID)-1:]
		}
		if got != test.want {
			t.Errorf("%s %s: %q, not %q", test.section, test.level, got, test.want)
		}
	}
}
