//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/load"
)

// patience is how long an answer may take.
const patience = time.Minute

// webAddr picks a loopback port for HTTP without TLS.
func webAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// webim takes the figures of pages.
func (r *run) webim(t *testing.T) {
	t.Run("parked", r.parkedPolls)
	t.Run("talk", r.webTalk)
}

// parkedPolls measures what the server holds for each page that waits: an account that is
// online, its line, its tab, and the poll.
func (r *run) parkedPolls(t *testing.T) {
	addr := webAddr(t)
	s := newServerWith(t, r.size.idle, unarchived, fmt.Sprintf("http.listen_plain = [%q]", addr), `webim.poll = "4m"`)
	start(t, s)
	defer s.Stop(t)
	before := memoryNow(t, s.Pid())
	pages := make([]*load.Page, r.size.idle)
	defer func() {
		for _, p := range pages {
			if p != nil {
				_ = p.Close()
			}
		}
	}()
	err := load.Each(len(pages), load.AtOnce, func(i int) (err error) {
		if pages[i], err = r.door(s, false).Online(t.Context(), "http://"+addr, i); err != nil {
			return err
		}
		// What is measured is the poll; a browser closes the other connection when it has
		// been idle.
		_ = pages[i].Calls.Close()
		return pages[i].Park()
	})
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(r.size.quiet)
	after := memoryNow(t, s.Pid())
	share := func(bytes float64) float64 { return bytes / 1024 / float64(len(pages)) }
	r.report(t, figure{
		name: fmt.Sprintf("parked poll of %d", len(pages)), unit: "KB RSS", value: share(after.Resident - before.Resident), target: 24,
		beside: number(share(after.Anonymous-before.Anonymous)) + " of it anonymous; with the account that is online, its line and its tab",
	})
}

// webWarm is how many messages of each are said before the others are timed.
const webWarm = 2

// webTalk has pages write to each other, one message a second each.
func (r *run) webTalk(t *testing.T) {
	addr := webAddr(t)
	s := newServerWith(t, r.size.webTalkers, archived, fmt.Sprintf("http.listen_plain = [%q]", addr))
	start(t, s)
	defer s.Stop(t)
	pages := make([]*load.Page, r.size.webTalkers)
	err := load.Each(len(pages), load.AtOnce, func(i int) (err error) {
		pages[i], err = r.door(s, false).Online(t.Context(), "http://"+addr, i)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		readers, writers sync.WaitGroup
		mu               sync.Mutex
		delays           []time.Duration
		faults           []error
	)
	total := r.size.webSeconds + webWarm
	for i, p := range pages {
		readers.Go(func() { // ends when all has come, or the connection is closed
			d, err := webListen(ctx, p, total)
			mu.Lock()
			defer mu.Unlock()
			delays = append(delays, d...)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", userName(i), err))
			}
		})
		writers.Go(func() { // ends when all is said
			if err := webSay(p, userName(i^1), total, time.Duration(i)*time.Second/time.Duration(len(pages))); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, fmt.Errorf("%s: %w", userName(i), err))
			}
		})
	}
	used, err := load.CPUTime(s.Pid())
	if err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	readers.Wait()
	now, err := load.CPUTime(s.Pid())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		_ = p.Close()
	}
	if len(faults) > 0 {
		t.Fatalf("%d faults, such as %v", len(faults), faults[0])
	}
	n := len(pages) * (total - webWarm)
	if len(delays) != n {
		t.Fatalf("%d of %d messages came", len(delays), n)
	}
	slices.Sort(delays)
	at := func(share float64) float64 { return float64(delays[int(share*float64(n-1))].Microseconds()) / 1000 }
	r.report(t, figure{
		name: fmt.Sprintf("webim: %d people, a message a second each, p99", len(pages)), unit: "ms", value: at(0.99), target: 50,
		beside: fmt.Sprintf("p50 %s, p999 %s; %d messages, none lost, none twice, all in order; after %d of each, for which accounts are read from the store", number(at(0.5)), number(at(0.999)), n, webWarm),
	})
	cpu := float64((now - used).Microseconds()) / float64(len(pages)*total)
	r.report(t, figure{
		name: "webim: CPU of a message", unit: "µs", value: cpu,
		beside: "a POST, a poll and both archives; see chat and archive for what XMPP clients cost",
	})
}

// talk says so many things, one a second, and waits for each answer.
func webSay(p *load.Page, to string, total int, after time.Duration) error {
	next := time.Now().Add(after)
	for i := range total {
		<-time.After(time.Until(next))
		next = next.Add(time.Second)
		if err := p.Say(to, fmt.Sprintf("%d %d %s", i, time.Now().UnixNano(), strings.Repeat("x", 60))); err != nil {
			return err
		}
	}
	return nil
}

// listen polls until so many messages have come, which have to come once and in order,
// and gives how long each took.
func webListen(ctx context.Context, p *load.Page, total int) (delays []time.Duration, err error) {
	for n := 0; n < total && ctx.Err() == nil; {
		body, err := p.Poll()
		if err != nil {
			return delays, err
		}
		now := time.Now().UnixNano()
		var reply struct {
			Messages []struct {
				Body string `json:"body"`
			} `json:"messages"`
		}
		if err := json.Unmarshal([]byte(body), &reply); err != nil {
			return delays, err
		}
		for _, m := range reply.Messages {
			var number, sent int64
			if _, err := fmt.Sscan(m.Body, &number, &sent); err != nil {
				return delays, err
			}
			if number != int64(n) {
				return delays, fmt.Errorf("message %d comes instead of %d", number, n)
			}
			if n++; n > webWarm {
				delays = append(delays, time.Duration(now-sent))
			}
		}
	}
	return delays, nil
}
