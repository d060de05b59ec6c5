//go:build bench

package peers

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// curves measures figures over sizes.
func (r *run) curves(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const spare = 300
	c := &curves{Schema: schema, Began: time.Now().UTC().Truncate(time.Second), Scale: r.scale, Open: int(limit.Max)}
	sizes := map[string][]int{
		"connections": {100, 1000, 10_000, 50_000}, "archive": {1000, 10_000, 100_000, 1_000_000}, "start": {0, 1000, 10_000, 100_000},
	}
	longest := 10_000 // an archive of a peer: longer ones take hours to fill
	if r.scale != "full" {
		sizes = map[string][]int{"connections": {50, 100}, "archive": {100, 1000}, "start": {0, 100}}
		longest = 100
	}
	connections := &curve{Name: "connections", Title: "CPU of a delivery among many people", X: "people", Y: "CPU µs a delivery, at 1,000/s", Lines: make(map[string][]point)}
	most := int(limit.Max) - spare
	for _, n := range sizes["connections"] {
		if n > most {
			connections.Notes = append(connections.Notes, fmt.Sprintf("A process may have %d files open here: of %d people %d are connected, the other streams have been cut and wait to be resumed (XEP-0198).", limit.Max, n, most))
		}
	}
	connections.Notes = append(connections.Notes, "The peers end where their own log-ins take too long.")
	for _, name := range servers {
		r.connections(t, connections, name, sizes["connections"], most)
	}
	pages := &curve{Name: "archive", Title: "A page of 50 out of a long archive", X: "messages in the archive", Y: "CPU ms a page", Lines: make(map[string][]point)}
	pages.Notes = append(pages.Notes, fmt.Sprintf("Archives of the peers end at %d messages: filling longer ones takes them too long.", longest))
	for _, name := range servers[:3] {
		r.pages(t, pages, name, sizes["archive"], longest)
	}
	start := &curve{Name: "start", Title: "Start with many accounts", X: "accounts", Y: "s until the first stream header is answered", Lines: make(map[string][]point)}
	r.starts(t, start, sizes["start"])
	c.Curves, c.Machine = []*curve{connections, pages, start}, r.machine
	r.write(t, curvesFile, c)
}

// at measures a scenario and gives the median of a figure over the rounds.
func (r *run) at(t *testing.T, s *subject, scenario, figure string, set load.Settings) (float64, bool) {
	t.Helper()
	list, _ := load.Select([]string{scenario})
	var values []float64
	for range r.rounds {
		pid := s.start(t)
		err := s.people(t, list[0].People(set))
		config, door := s.config, s.door
		config.Settings, config.Pid, config.Accounts, config.Door = set, pid, s.made, &door
		if err == nil {
			report := load.Run(t.Context(), config, list)
			r.machine = report.Machine
			if v, ok := report.Results[0].Figure(figure); ok && report.Good() {
				values = append(values, v.Value)
			} else {
				t.Logf("%s, %s, %s: %s", s.name, scenario, set, report.Results[0].Verdict())
			}
		} else {
			t.Log(err)
		}
		s.stop(t)
	}
	if len(values) == 0 {
		return 0, false
	}
	return load.Median(values), true
}

func (r *run) connections(t *testing.T, c *curve, name string, sizes []int, most int) {
	s := newSubject(t, name, false)
	for _, n := range sizes {
		if name != Causeway && n > 10_000 || s.relay && n > most {
			break
		}
		set := load.Settings{Connections: min(n, most), Waiting: max(0, n-most), Pairs: min(n/2, 50), Rate: 1000}
		if r.scale != "full" {
			set.Seconds, set.Warmup = 1, 0.3
		}
		if v, ok := r.at(t, s, "busy", "cpu_s_per_100k", set); ok {
			c.Lines[name] = append(c.Lines[name], point{float64(n), v * 10}) // s / 100k are 10 µs each
			t.Logf("%s among %d: %s µs", name, n, load.Number(v*10))
		}
	}
}

func (r *run) pages(t *testing.T, c *curve, name string, sizes []int, longest int) {
	s := newSubject(t, name, true)
	for _, n := range sizes {
		if name != Causeway && n > longest {
			break
		}
		set := load.Settings{Messages: n}
		if r.scale != "full" {
			set.Seconds = 1
		}
		if v, ok := r.at(t, s, "archive", "cpu_ms_per_page", set); ok {
			c.Lines[name] = append(c.Lines[name], point{float64(n), v})
			t.Logf("%s, an archive of %d: %s ms", name, n, load.Number(v))
		}
	}
}

// starts measures how long a server takes until it answers. The accounts of the peers
// would have to be made in band, which takes them minutes: they are measured with none and
// with as many as other cases made.
func (r *run) starts(t *testing.T, c *curve, sizes []int) {
	p := process.New(t, domain, "c2s.plain_loopback = true", "accounts.iterations = 1")
	made := 0
	for _, n := range sizes {
		var names []string
		for ; made < n; made++ {
			names = append(names, fmt.Sprintf("romeo%06d", made))
		}
		if len(names) > 0 {
			p.AddUsers(t, names...)
		}
		var values []float64
		for range r.rounds {
			begin := time.Now()
			p.Start(t)
			if !answers(p.Addr) {
				t.Fatal("the server does not answer")
			}
			values = append(values, time.Since(begin).Seconds())
			p.Stop(t)
		}
		c.Lines[Causeway] = append(c.Lines[Causeway], point{float64(n), load.Median(values)})
	}
	for _, name := range []string{Prosody, Ejabberd} {
		s := newSubject(t, name, false)
		few := min(1000, sizes[len(sizes)-1])
		for _, n := range []int{0, few} {
			var values []float64
			if n > 0 {
				s.start(t)
				if err := s.people(t, n); err != nil {
					t.Log(err)
				}
				s.stop(t)
			}
			for range r.rounds {
				begin := time.Now()
				s.start(t)
				values = append(values, time.Since(begin).Seconds())
				s.stop(t)
			}
			c.Lines[name] = append(c.Lines[name], point{float64(n), load.Median(values)})
		}
	}
	c.Notes = append(c.Notes, "The peers were measured with few accounts only; they read accounts when somebody logs in.")
}
