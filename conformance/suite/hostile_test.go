package suite_test

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"causeway/conformance/flash"
	"causeway/conformance/oauth"
	"causeway/conformance/plugchat"
	"causeway/conformance/rest"
	"causeway/conformance/run"
	"causeway/conformance/suite"
	"causeway/conformance/webim"
)

// bridgeAt gives what looks at a bridge of that name at an address.
func bridgeAt(name, addr string) ([]run.Check, func(context.Context, *run.Target) (*run.Capabilities, error)) {
	switch name {
	case "webim":
		s := &webim.Site{URL: "http://" + addr + "/webim", People: []webim.Person{{User: "romeo", Password: "a"}, {User: "juliet", Password: "b"}}}
		return webim.Checks(s), func(ctx context.Context, t *run.Target) (*run.Capabilities, error) { return webim.Probe(ctx, s, t) }
	case "rest":
		s := &rest.Site{URL: "http://" + addr, Key: "a#b", ID: "c", Secret: "secret"}
		return rest.Checks(s), func(ctx context.Context, t *run.Target) (*run.Capabilities, error) { return rest.Probe(ctx, s, t) }
	case "oauth":
		s := &oauth.Site{URL: "http://" + addr, App: "1", Secret: "secret", Redirect: "https://x.example/", People: []oauth.Person{{User: "romeo", Password: "a"}}}
		return oauth.Checks(s), func(ctx context.Context, t *run.Target) (*run.Capabilities, error) { return oauth.Probe(ctx, s, t) }
	case "flash":
		s := &flash.Site{Addr: addr, Group: "default", Password: "secret"}
		return flash.Checks(s), func(ctx context.Context, t *run.Target) (*run.Capabilities, error) { return flash.Probe(ctx, s, t) }
	}
	s := &plugchat.Site{URL: "http://" + addr, PublicKey: "a", APIKey: "secret"}
	return plugchat.Checks(s), func(ctx context.Context, t *run.Target) (*run.Capabilities, error) { return plugchat.Probe(ctx, s, t) }
}

// TestHostileBridges: whatever a target does, the checks of every bridge end, each with
// a result, and the probe finds something wrong.
func TestHostileBridges(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text) }
	}
	again := func(text string, every time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, head)
			tick := time.NewTicker(every)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
			}
		}
	}
	for how, do := range map[string]func(net.Conn){
		"hangs":               func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"closes":              func(net.Conn) {},
		"drips":               again(" ", 10*time.Millisecond),
		"floods":              again(strings.Repeat("[", 1<<16), time.Microsecond),
		"sends garbage":       func(c net.Conn) { _, _ = io.Copy(c, io.LimitReader(rand.Reader, 1<<16)) },
		"sends other JSON":    say(head + `{"success":[],"access_token":{},"code":"x","entities":null,"result":"0"}`),
		"sends null":          say(head + "null"),
		"redirects to itself": say("HTTP/1.1 302 Found\r\nLocation: /api/oauth?app_id=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"sends other XML":     say("<Command result='x'><a/></Command>\x00"),
	} {
		for _, name := range suite.Bridges() {
			t.Run(how+"/"+name, func(t *testing.T) {
				t.Parallel()
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = ln.Close() })
				// Ends when the listener is closed.
				go func() {
					for {
						c, err := ln.Accept()
						if err != nil {
							return
						}
						// Ends when the runner closes the connection.
						go func() {
							defer func() { _ = c.Close() }()
							if how != "hangs" {
								_, _ = c.Read(make([]byte, 1<<12))
							}
							do(c)
						}()
					}
				}()
				checks, probe := bridgeAt(name, ln.Addr().String())
				target := &run.Target{Patience: 100 * time.Millisecond}
				begin := time.Now()
				if _, err := probe(t.Context(), target); err == nil {
					t.Error("the probe has found nothing wrong")
				}
				for _, r := range run.Run(t.Context(), run.Config{Target: target, Offers: run.Offering(), Limit: 4 * time.Second}, checks[:4]) {
					if r.Outcome == "" || r.Outcome != run.Passed && r.Reason == "" {
						t.Errorf("%s: %q", r.Check.ID, r.Outcome)
					}
					if r.Outcome == run.Errored && strings.Contains(r.Reason, "the check is wrong") {
						t.Errorf("%s: %s", r.Check.ID, r.Reason)
					}
				}
				if took := time.Since(begin); took > 20*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		}
	}
}
