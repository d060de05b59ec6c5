//go:build bench

package bench

import (
	"context"
	"fmt"
	"testing"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// login measures the server's CPU time for a login from the TCP connection to the
// bound load.Resource, and the orderly end of the stream.
func (r *run) login(t *testing.T, s *process.Server) {
	start(t, s)
	defer s.Stop(t)
	perLogin := func(pid int, do func(i int) error) float64 {
		used, err := load.CPUDuring(pid, func() error { return load.Each(r.size.logins, load.AtOnce, do) })
		if err != nil {
			t.Fatal(err)
		}
		return used.Seconds() * 1e3 / float64(r.size.logins)
	}
	var plain, secured, connected, handshaken []float64
	for range r.size.rounds {
		plain = append(plain, perLogin(s.Pid(), comeAndGo(t.Context(), r.door(s, false))))
		secured = append(secured, perLogin(s.Pid(), comeAndGo(t.Context(), r.door(s, true))))
		connected = append(connected, perLogin(r.relay.Pid(), r.knock(t.Context(), load.Way{Fan: 1})))
		handshaken = append(handshaken, perLogin(r.relay.Pid(), r.knock(t.Context(), load.Way{TLS: true, Fan: 1})))
	}
	r.report(t, figure{
		name: "login, SCRAM-SHA-256, plain", unit: "ms CPU", value: median(plain), target: 0.5,
		beside: "raw relay: " + number(median(connected)) + " for the connection alone",
	})
	r.report(t, figure{
		name: "login, SCRAM-SHA-256, STARTTLS", unit: "ms CPU", value: median(secured),
		beside: "raw relay: " + number(median(handshaken)) + " for connection and handshake",
	})
}

// comeAndGo logs in and out as account i.
func comeAndGo(ctx context.Context, d *load.Door) func(i int) error {
	return func(i int) error {
		c, err := d.Login(ctx, i)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// knock connects to the relay and leaves.
func (r *run) knock(ctx context.Context, way load.Way) func(i int) error {
	return func(i int) error {
		c, err := r.relay.Connect(ctx, way, fmt.Sprintf("knock%d", i), i)
		if err != nil {
			return err
		}
		return c.Conn.Close()
	}
}
