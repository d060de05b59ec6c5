package load

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// shards keep the counts of many connections apart, so that they do not wait for each
// other's cache lines.
const shards = 8

// A shard is a part of the counts.
type shard struct {
	sent, heard atomic.Int64
	latency     Histogram
	late        Histogram
}

// A Meter counts what the clients of a scenario do, and samples the server.
type Meter struct {
	pid     int
	metrics string // URL, "" for none
	shards  [shards]shard

	mu     sync.Mutex
	series []Sample
}

// A reading is what a Meter shows at a moment.
type reading struct {
	at            time.Time
	sent, heard   int64
	latency, late Spread
	server        Usage
	own           time.Duration
}

func (m *Meter) shard(i int) *shard { return &m.shards[i%shards] }

// read reads the counts, and the server's if its pid is known.
func (m *Meter) read() *reading {
	r := &reading{at: time.Now(), own: ownCPU()}
	for i := range m.shards {
		s := &m.shards[i]
		r.sent += s.sent.Load()
		r.heard += s.heard.Load()
		r.latency.add(&s.latency)
		r.late.add(&s.late)
	}
	if m.pid > 0 {
		r.server, _ = UsageOf(m.pid) // a server that ends shows as none
	}
	return r
}

// sample appends a Sample each time until ctx ends.
func (m *Meter) sample(ctx context.Context, every time.Duration, progress func(Sample)) {
	start, clock := time.Now(), time.NewTicker(every)
	defer clock.Stop()
	before := m.read()
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		}
		now := m.read()
		s := between(before, now)
		s.At = now.at.Sub(start).Seconds()
		if m.metrics != "" {
			s.Goroutines = goroutines(ctx, m.metrics)
		}
		before = now
		m.mu.Lock()
		m.series = append(m.series, s)
		m.mu.Unlock()
		if progress != nil {
			progress(s)
		}
	}
}

// between gives what happened from one reading to the next.
func between(before, now *reading) Sample {
	seconds := now.at.Sub(before.at).Seconds()
	spread := now.latency.since(&before.latency)
	return Sample{
		Sent: float64(now.sent-before.sent) / seconds, Heard: float64(now.heard-before.heard) / seconds,
		P50: milliseconds(spread.At(0.5)), P99: milliseconds(spread.At(0.99)),
		CPU: (now.server.CPU - before.server.CPU).Seconds() / seconds,
		RSS: now.server.Memory.Resident / mebibyte, Anonymous: now.server.Memory.Anonymous / mebibyte, Files: now.server.Files,
	}
}

const mebibyte = 1 << 20

// goroutines reads go_goroutines from a page of metrics in the format of Prometheus; 0 if
// there is none.
func goroutines(ctx context.Context, at string) int {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	for lines := bufio.NewScanner(http.MaxBytesReader(nil, res.Body, 8<<20)); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			n, _ := strconv.ParseFloat(value, 64)
			return int(n)
		}
	}
	return 0
}
