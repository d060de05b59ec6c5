package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Settings say how much of a scenario there is. What is 0 is as the scenario has it.
type Settings struct {
	Connections int     `json:"connections,omitempty"`
	Waiting     int     `json:"waiting,omitempty"`  // more people whose connection was cut and whose stream can be resumed
	Pairs       int     `json:"pairs,omitempty"`    // of them who talk; the others are quiet
	Window      int     `json:"window,omitempty"`   // closed loop: messages on the way of each who talks
	Rate        float64 `json:"rate,omitempty"`     // open loop: events a second of all together
	Seconds     float64 `json:"seconds,omitempty"`  // that are measured
	Warmup      float64 `json:"warmup_s,omitempty"` // seconds before them
	Size        int     `json:"size,omitempty"`     // bytes of a message
	Speakers    int     `json:"speakers,omitempty"` // of a room
	Messages    int     `json:"messages,omitempty"` // in an archive, or for one who is offline
	Coalesce    bool    `json:"coalesce,omitempty"` // what a client sends at once leaves in one write
}

// over gives the settings, with those of defaults where they are 0.
func (s Settings) over(defaults Settings) Settings {
	ints := func(a *int, b int) {
		if *a == 0 {
			*a = b
		}
	}
	floats := func(a *float64, b float64) {
		if *a == 0 {
			*a = b
		}
	}
	ints(&s.Connections, defaults.Connections)
	ints(&s.Waiting, defaults.Waiting)
	ints(&s.Pairs, defaults.Pairs)
	ints(&s.Speakers, defaults.Speakers)
	ints(&s.Size, defaults.Size)
	ints(&s.Messages, defaults.Messages)
	if s.Window == 0 && s.Rate == 0 {
		s.Window, s.Rate = defaults.Window, defaults.Rate
	}
	floats(&s.Seconds, defaults.Seconds)
	floats(&s.Warmup, defaults.Warmup)
	s.Coalesce = s.Coalesce || defaults.Coalesce
	return s
}

// String says them in words.
func (s Settings) String() string {
	var parts []string
	say := func(n int, format string) {
		if n != 0 {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	say(s.Connections, "%d connections")
	say(s.Waiting, "%d streams that wait for their clients")
	say(s.Pairs, "%d pairs who talk")
	say(s.Speakers, "%d who speak")
	say(s.Window, "window %d")
	if s.Rate > 0 {
		parts = append(parts, Number(s.Rate)+"/s")
	}
	say(s.Messages, "%d messages")
	say(s.Size, "%d bytes each")
	if s.Coalesce {
		parts = append(parts, "coalesced")
	}
	parts = append(parts, seconds(s.Seconds).String())
	return strings.Join(parts, ", ")
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// What a scenario may need of a target besides accounts.
const (
	NeedsWebSocket = "websocket"
	NeedsBOSH      = "bosh"
	NeedsWebim     = "webim"
	NeedsREST      = "rest"
	NeedsRestart   = "restart-command"
)

// A Scenario is one kind of load.
type Scenario struct {
	Name     string
	Text     string
	Defaults Settings
	Needs    string               // one of those above, or ""
	Raw      bool                 // a relay can carry it, too
	people   func(s Settings) int // accounts that it needs
	run      func(context.Context, *run) error
}

// People is how many accounts a scenario needs with these settings.
func (s Scenario) People(set Settings) int { return s.people(set.over(s.Defaults)) }

// Select gives the scenarios with these names, and the first name that none has.
func Select(names []string) (list []Scenario, unknown string) {
	all := Scenarios()
	for _, name := range names {
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, name
		}
		list = append(list, all[i])
	}
	return list, ""
}

// Scenarios are all there are.
func Scenarios() []Scenario {
	return slices.Concat(chatScenarios(), loginScenarios(), idleScenarios(), roomScenarios(), storeScenarios(), longScenarios())
}

// A Config is a target and what is to be done to it.
type Config struct {
	Door      *Door
	Raw       *RelayAddrs // a relay instead of a server
	Accounts  int         // that the door has
	Settings  Settings
	Pid       int    // of the server, on this machine; 0 if not known
	Metrics   string // URL of a page in the format of Prometheus
	WebSocket string // URLs
	BOSH      string
	Webim     string
	REST      *REST
	Rooms     string // the domain of rooms; "" has the server asked
	Restart   func(context.Context) error
	Quiet     time.Duration // how long nothing may come until what is missing counts as lost; 0: 5 s
	Label     string
	Tool      string
	Progress  func(scenario string, s Sample) // is told of each moment, may be nil
}

// offers says whether the target has what a scenario needs.
func (c *Config) offers(need string) bool {
	return map[string]bool{
		"": true, NeedsWebSocket: c.WebSocket != "", NeedsBOSH: c.BOSH != "", NeedsWebim: c.Webim != "",
		NeedsREST: c.REST != nil, NeedsRestart: c.Restart != nil,
	}[need]
}

// Check says why a scenario cannot be carried out, or nil.
func (c *Config) Check(s Scenario) error {
	set := c.Settings.over(s.Defaults)
	const spare = 100 // files that are no connection
	switch {
	case c.Raw != nil && !s.Raw:
		return fmt.Errorf("%s: a relay cannot do that", s.Name)
	case !c.offers(s.Needs):
		return fmt.Errorf("%s: needs --%s", s.Name, s.Needs)
	case set.Connections > openFiles()-spare:
		return fmt.Errorf("%s: %d connections are more than the %d files that this process may open", s.Name, set.Connections, openFiles())
	case c.Raw == nil && s.people(set) > c.Accounts:
		return fmt.Errorf("%s: needs %d accounts, there are %d", s.Name, s.people(set), c.Accounts)
	}
	return nil
}

// A run is one scenario under way.
type run struct {
	*Config
	set   Settings
	meter *Meter
	res   *Result
}

// Run carries out scenarios, one after the other. What goes wrong is in the report.
func Run(ctx context.Context, c Config, scenarios []Scenario) *Report {
	r := &Report{Schema: Schema, Tool: c.Tool, Began: time.Now().UTC().Truncate(time.Second), Machine: thisMachine(), Target: c.about()}
	began := time.Now()
	for _, s := range scenarios {
		if ctx.Err() != nil {
			break
		}
		r.Results = append(r.Results, c.one(ctx, s))
	}
	r.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	return r
}

func (c *Config) about() About {
	a := About{Pid: c.Pid, Label: c.Label, TLS: "none", Raw: c.Raw != nil}
	if c.Raw != nil {
		a.Addr = c.Raw.Plain
	}
	if c.Door != nil {
		a.Addr, a.Domain = c.Door.Addr, c.Door.Domain
		a.TLS = map[Security]string{Plain: "none", StartTLS: "starttls", DirectTLS: "direct"}[c.Door.Security]
	}
	return a
}

// one carries out a scenario.
func (c *Config) one(ctx context.Context, s Scenario) *Result {
	set := c.Settings.over(s.Defaults)
	res := &Result{Scenario: s.Name, Settings: set}
	if err := c.Check(s); err != nil {
		res.Trouble = err.Error()
		return res
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	config := *c
	open := newTracker()
	if c.Door != nil {
		door := *c.Door
		door.Wrap = open.track
		config.Door = &door
	}
	stop := context.AfterFunc(ctx, open.closeAll)
	defer func() { stop(); open.closeAll() }()
	r := &run{Config: &config, set: set, res: res, meter: &Meter{pid: c.Pid, metrics: c.Metrics}}
	var sampling sync.WaitGroup
	sampling.Go(func() { // ends with ctx
		var progress func(Sample)
		if c.Progress != nil {
			progress = func(sample Sample) { c.Progress(s.Name, sample) }
		}
		r.meter.sample(ctx, max(time.Second, seconds(set.Seconds/600)), progress)
	})
	own := ownCPU()
	if err := s.run(ctx, r); err != nil {
		res.Trouble = explain(err).Error()
		if ctx.Err() != nil {
			res.Trouble = "interrupted"
		}
	}
	res.Generator.CPU = (ownCPU() - own).Seconds()
	cancel()
	sampling.Wait()
	res.Series = r.meter.series
	return res
}

// explain adds what to do to an error.
func explain(err error) error {
	if errors.Is(err, ErrTLS) {
		return fmt.Errorf("%w: use --starttls or --tls", err)
	}
	return err
}

// A tracker knows the connections that are open, so that the end of a run closes them.
type tracker struct {
	mu    sync.Mutex
	conns map[*tracked]struct{}
	over  bool
}

type tracked struct {
	net.Conn
	by *tracker
}

func newTracker() *tracker { return &tracker{conns: make(map[*tracked]struct{})} }

func (t *tracker) track(conn net.Conn) net.Conn {
	c := &tracked{conn, t}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		_ = conn.Close()
		return c
	}
	t.conns[c] = struct{}{}
	return c
}

// Close closes the connection and forgets it.
func (c *tracked) Close() error {
	c.by.mu.Lock()
	delete(c.by.conns, c)
	c.by.mu.Unlock()
	return c.Conn.Close()
}

func (t *tracker) closeAll() {
	t.mu.Lock()
	t.over = true
	all := slices.Collect(maps.Keys(t.conns))
	t.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

// crowd gives so many people who are logged in and available, or connections to a relay.
func (r *run) crowd(ctx context.Context, n int) (Crowd, error) {
	if r.Raw != nil {
		return r.Raw.Group(ctx, Way{TLS: r.secure(), Frame: r.set.Size, Batch: r.set.Coalesce}, n)
	}
	err := Each(r.set.Waiting, AtOnce, func(i int) error {
		s, err := r.resumable(ctx, r.set.Connections+i)
		if s.client != nil {
			_ = s.client.Conn.Close() // the stream is not ended in form, and waits
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.Door.Gather(ctx, 0, n)
}

func (r *run) secure() bool { return r.Door != nil && r.Door.Security != Plain }

// to is the address of account i; a relay does not look at it.
func (r *run) to(i int) string {
	if r.Raw != nil {
		return fmt.Sprintf("romeo%06d@capulet.lit", i)
	}
	return r.Door.JID(i)
}

// rates adds the figures of messages that were delivered between two readings.
func (r *run) rates(before, after *reading) {
	taken, n := after.at.Sub(before.at).Seconds(), float64(after.heard-before.heard)
	r.res.addMore("deliveries_per_s", "deliveries", "a second", n/taken)
	spread := after.latency.since(&before.latency)
	// What was sent in time and came after the end counts too.
	r.res.Latency = spread.latency()
	r.cost(before, after, n)
	own := after.own - before.own
	if own > 0 {
		r.res.addMore("generator_per_cpu_s", "the load itself", "deliveries a CPU second of it", n/own.Seconds())
	}
	r.res.Generator.LateP99 = milliseconds(after.late.since(&before.late).At(0.99))
}

// cost adds the figures of what the server took for n deliveries.
func (r *run) cost(before, after *reading, n float64) {
	if r.Pid == 0 || n == 0 {
		return
	}
	r.res.add("cpu_s_per_100k", "server", "CPU s for 100,000 deliveries", (after.server.CPU-before.server.CPU).Seconds()*1e5/n)
	r.res.add("cpu_share", "server", "processors in use", (after.server.CPU-before.server.CPU).Seconds()/after.at.Sub(before.at).Seconds())
	if calls := after.server.Calls - before.server.Calls; calls > 0 {
		r.res.add("calls_per_delivery", "server", "reads and writes a delivery", float64(calls)/n)
	}
	r.res.add("rss_mib", "server", "MiB resident", after.server.Memory.Resident/mebibyte)
}

// TLSConfig is for clients of a domain: roots are believed besides the system's, or
// nothing is verified.
func TLSConfig(domain string, base *tls.Config, insecure bool) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		config = base.Clone()
	}
	config.ServerName = domain
	config.InsecureSkipVerify = insecure
	return config
}

// HostOf is the host and port of a URL of the target.
func HostOf(at string) (string, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q is no URL", at)
	}
	return u.Host, nil
}
