//go:build bench

package bench

import (
	"testing"

	"causeway/conformance/process"
)

// login measures the server's CPU time for a login from the TCP connection to the
// bound resource, and the orderly end of the stream.
func (r *run) login(t *testing.T, s *process.Server) {
	start(t, s)
	defer s.Stop(t)
	perLogin := func(pid int, do func(i int) error) float64 {
		used, err := cpuDuring(pid, func() error { return each(r.size.logins, loginsAtOnce, do) })
		if err != nil {
			t.Fatal(err)
		}
		return used.Seconds() * 1e3 / float64(r.size.logins)
	}
	var plain, secured, connected, handshaken []float64
	for range r.size.rounds {
		plain = append(plain, perLogin(s.Pid(), comeAndGo(r.door(s, false))))
		secured = append(secured, perLogin(s.Pid(), comeAndGo(r.door(s, true))))
		connected = append(connected, perLogin(r.relay.pid(), r.knock(wayIn{})))
		handshaken = append(handshaken, perLogin(r.relay.pid(), r.knock(wayIn{tls: true})))
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
func comeAndGo(d *door) func(i int) error {
	return func(i int) error {
		c, err := d.login(userName(i), i)
		if err != nil {
			return err
		}
		return c.close()
	}
}

// knock connects to the relay and leaves.
func (r *run) knock(way wayIn) func(i int) error {
	return func(i int) error {
		c, err := r.relay.connect(way, i)
		if err != nil {
			return err
		}
		return c.conn.Close()
	}
}
