package load

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A mutant is what a bad server does with the frames of one connection: it gives those to
// be written for the one that came as number n.
type mutant func(n int, frame, before []byte) [][]byte

// badRelay pairs connections, and does wrong what a relay does.
func badRelay(t *testing.T, size int, bad mutant) *RelayAddrs {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() { // ends with the listener
		for {
			a, errA := l.Accept()
			b, errB := l.Accept()
			if errA != nil || errB != nil {
				return
			}
			go mutate(a, b, size, bad) // both end with a connection
			go mutate(b, a, size, bad)
		}
	}()
	return &RelayAddrs{Plain: l.Addr().String()}
}

func mutate(from, to net.Conn, size int, bad mutant) {
	defer func() { _, _ = from.Close(), to.Close() }()
	in := bufio.NewReader(from)
	if _, err := in.ReadString('\n'); err != nil { // the greeting
		return
	}
	before := make([]byte, size)
	for n := 0; ; n++ {
		frame := make([]byte, size)
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		for _, out := range bad(n, frame, before) {
			if _, err := to.Write(out); err != nil {
				return
			}
		}
		before = frame
	}
}

// quick is a short chat with a relay.
func quick(relay *RelayAddrs, rate float64) Config {
	return Config{Raw: relay, Quiet: time.Second, Settings: Settings{Connections: 4, Window: 4, Rate: rate, Seconds: 0.4, Warmup: 0.1, Size: messageSize}}
}

// TestMutants: a server that loses, doubles, reorders or invents messages is caught, in
// open and closed loops.
func TestMutants(t *testing.T) {
	const wrong = 7
	good := func(_ int, f, _ []byte) [][]byte { return [][]byte{f} }
	at := func(do mutant) mutant {
		return func(n int, f, before []byte) [][]byte {
			if n == wrong {
				return do(n, f, before)
			}
			return good(n, f, before)
		}
	}
	tests := []struct {
		name string
		bad  mutant
		want func(Faults) bool
	}{
		{"good", good, func(f Faults) bool { return !f.Any() }},
		{"loses one", at(func(int, []byte, []byte) [][]byte { return nil }), func(f Faults) bool { return f == Faults{Lost: 4} }},
		{"doubles one", at(func(_ int, f, _ []byte) [][]byte { return [][]byte{f, f} }), func(f Faults) bool { return f == Faults{Doubled: 4} }},
		{"repeats an old one", at(func(_ int, f, before []byte) [][]byte { return [][]byte{f, before} }), func(f Faults) bool { return f == Faults{Doubled: 4} }},
		{"swaps two", func(n int, f, before []byte) [][]byte {
			switch n {
			case wrong:
				return nil
			case wrong + 1:
				return [][]byte{f, before}
			}
			return [][]byte{f}
		}, func(f Faults) bool { return f == Faults{Reordered: 4} }},
		{"makes nonsense of one", at(func(_ int, f, _ []byte) [][]byte {
			return [][]byte{[]byte(strings.ReplaceAll(string(f), BodyMark+"0", BodyMark+"?"))}
		}), func(f Faults) bool { return f.Strange == 4 && f.Lost == 4 }},
		{"says nothing", func(int, []byte, []byte) [][]byte { return nil }, func(f Faults) bool { return f.Lost > 0 && f.Doubled+f.Reordered == 0 }},
	}
	for _, test := range tests {
		for loop, rate := range map[string]float64{"open": 400, "closed": 0} {
			t.Run(test.name+", "+loop, func(t *testing.T) {
				t.Parallel()
				r := Run(t.Context(), quick(badRelay(t, messageSize, test.bad), rate), chatScenarios()[:1])
				res := r.Results[0]
				if !test.want(res.Faults) || res.Errors > 0 || res.Trouble != "" {
					t.Errorf("%v, %d in trouble: %s", res.Faults, res.Errors, res.Trouble)
				}
				if r.Good() != (test.name == "good") {
					t.Errorf("good: %v", r.Good())
				}
			})
		}
	}
}

// TestStall: in an open loop, a server that stalls pays for all that was to be sent
// meanwhile, not only for the message that it was asked to deliver.
func TestStall(t *testing.T) {
	const stall = 200 * time.Millisecond
	relay := badRelay(t, messageSize, func(n int, f, _ []byte) [][]byte {
		if n == 10 {
			<-time.After(stall)
		}
		return [][]byte{f}
	})
	r := Run(t.Context(), quick(relay, 400), chatScenarios()[:1])
	res := r.Results[0]
	if !r.Good() {
		t.Fatal(res.Verdict())
	}
	// 100 messages a second of each: 20 were to be sent in the stall, of 40 that count. The
	// median of them has waited for a good part of it, and the longest for all.
	if most := res.Latency.Most; most < 0.9*milliseconds(stall) {
		t.Errorf("the longest took %v ms", most)
	}
	if p90 := res.Latency.P90; p90 < 0.5*milliseconds(stall) {
		t.Errorf("one in ten took %v ms or more: what waited to be sent is left out", p90)
	}
}

// TestHungServer: a server that accepts and says nothing, or goes away, ends a run in its
// time, with an error.
func TestHungServer(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"says nothing": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"reads not":    func(net.Conn) {},
		"goes":         func(c net.Conn) { _ = c.Close() },
		"is no server": func(c net.Conn) { _, _ = io.WriteString(c, strings.Repeat("HTTP/1.1 400 Bad Request\r\n", 100)) },
		"wants no one": func(c net.Conn) {
			_, _ = io.WriteString(c, "<stream:stream><stream:error><host-unknown/></stream:error></stream:stream>")
		},
		"offers nothing": func(c net.Conn) { _, _ = io.WriteString(c, "<stream:stream><stream:features></stream:features>") },
		"wants TLS": func(c net.Conn) {
			_, _ = io.WriteString(c, "<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
		},
		"has a bad challenge": func(c net.Conn) {
			_, _ = io.WriteString(c, "<stream:stream><stream:features><mechanisms><mechanism>SCRAM-SHA-256</mechanism></mechanisms></stream:features><challenge>cj1hLHM9YSxpPTk5OTk5OTk5OTk=</challenge>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			go func() { // ends with the listener
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go serve(c) // ends with the connection, which the end of the run closes
				}
			}()
			door := &Door{Addr: l.Addr().String(), Domain: "capulet.lit", Passwords: NewPasswords(), Limit: 300 * time.Millisecond}
			door.List([]Account{{"romeo", "pencil"}, {"juliet", "pencil"}})
			began := time.Now()
			r := Run(t.Context(), Config{Door: door, Accounts: 2, Settings: Settings{Connections: 2, Seconds: 0.2, Warmup: 0.1}}, chatScenarios()[:1])
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			if r.Good() || r.Results[0].Trouble == "" {
				t.Errorf("nobody was in trouble")
			}
			if name == "wants TLS" && !strings.Contains(r.Results[0].Trouble, "--starttls") {
				t.Errorf("no advice: %s", r.Results[0].Trouble)
			}
		})
	}
}

// TestInterrupted: the end of the context ends a run at once.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	c := quick(badRelay(t, messageSize, func(_ int, f, _ []byte) [][]byte { return [][]byte{f} }), 100)
	c.Settings.Seconds = 600
	began := time.Now()
	r := Run(ctx, c, chatScenarios()[:1])
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if r.Results[0].Trouble != "interrupted" {
		t.Errorf("%q", r.Results[0].Trouble)
	}
}
