package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// loginScenarios are people who come.
func loginScenarios() []Scenario {
	return []Scenario{
		{
			Name: "logins", Text: "people who log in, bind a resource and leave, again and again",
			Defaults: Settings{Connections: 500, Window: 8, Seconds: 10, Warmup: 1},
			people:   func(s Settings) int { return s.Connections }, run: logins,
		},
		{
			Name: "resume", Text: "a restart, after which all sessions come back at once", Needs: NeedsRestart,
			Defaults: Settings{Connections: 19_000, Window: 64},
			people:   func(s Settings) int { return s.Connections }, run: resume,
		},
	}
}

// logins has as many people as the window says come and go at any time, or so many a
// second.
func logins(ctx context.Context, r *run) error {
	before, after, err := r.requests(ctx, cmp.Or(r.set.Window, min(r.set.Connections, 256)), func(_, n int) (time.Time, error) {
		c, err := r.Door.Login(ctx, n%r.set.Connections)
		if err != nil {
			return time.Time{}, err
		}
		there := time.Now()
		return there, c.Close()
	})
	if err != nil {
		return err
	}
	r.asked(before, after, "logins_per_s", "log-ins", "cpu_ms_per_login", "CPU ms a log-in")
	return nil
}

// requests has workers do something again and again, one thing at a time each: in a closed
// loop as soon as the last is done, in an open loop at fixed times. do gives when the
// thing itself was done.
func (r *run) requests(ctx context.Context, workers int, do func(worker, n int) (time.Time, error)) (before, after *reading, err error) {
	t := &talk{begin: time.Now(), counted: seconds(r.set.Warmup), end: seconds(r.set.Warmup + r.set.Seconds)}
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() { // ends with the time, or an error
			for ctx.Err() == nil {
				if more, err := r.request(t, w, int(next.Add(1)-1), do); err != nil && ctx.Err() == nil {
					r.res.inTrouble(err)
					return
				} else if !more {
					return
				}
			}
		})
	}
	defer all.Wait()
	if before, err = t.until(ctx, r.meter, t.counted); err != nil {
		return nil, nil, err
	}
	if after, err = t.until(ctx, r.meter, t.end); err != nil {
		return nil, nil, err
	}
	all.Wait()
	after.latency = r.meter.read().latency
	return before, after, nil
}

// request does one thing and counts it. It gives false when the time is over.
func (r *run) request(t *talk, worker, n int, do func(worker, n int) (time.Time, error)) (more bool, err error) {
	left := time.Since(t.begin)
	if r.set.Rate > 0 {
		left = time.Duration(float64(n) / r.set.Rate * float64(time.Second))
		pause(left - time.Since(t.begin))
	}
	if left >= t.end {
		return false, nil
	}
	sh := r.meter.shard(worker)
	sh.sent.Add(1)
	done, err := do(worker, n)
	if err != nil {
		return false, err
	}
	if left >= t.counted {
		sh.latency.Add(done.Sub(t.begin) - left)
	}
	sh.heard.Add(1)
	return true, nil
}

// asked adds the figures of requests.
func (r *run) asked(before, after *reading, rate, text, cost, unit string) {
	n := float64(after.heard - before.heard)
	r.res.addMore(rate, text, "a second", n/after.at.Sub(before.at).Seconds())
	if r.Pid > 0 && n > 0 {
		r.res.add(cost, "server", unit, (after.server.CPU-before.server.CPU).Seconds()*1e3/n)
	}
	r.res.Latency = after.latency.since(&before.latency).latency()
}

// idleScenarios are people who are there and say nothing.
func idleScenarios() []Scenario {
	everybody := func(s Settings) int { return s.Connections }
	all := []Scenario{
		{
			Name: "idle", Text: "people who are there and say nothing",
			Raw: true, run: func(ctx context.Context, r *run) error {
				return r.idle(ctx, func(i int) (io.Closer, error) {
					c, err := r.Door.Login(ctx, i)
					if err != nil {
						return nil, err
					}
					return c.Conn, errors.Join(c.Appear(), c.Settle())
				})
			},
		},
		{
			Name: "idle-websocket", Text: "the same by WebSocket", Needs: NeedsWebSocket,
			run: func(ctx context.Context, r *run) error {
				return r.idle(ctx, func(i int) (io.Closer, error) { return r.Door.OpenSocket(ctx, r.WebSocket, i) })
			},
		},
		{
			Name: "idle-bosh", Text: "the same by BOSH, with a request that is held", Needs: NeedsBOSH,
			run: func(ctx context.Context, r *run) error {
				return r.idle(ctx, func(i int) (io.Closer, error) { return r.Door.OpenPoll(ctx, r.BOSH, i) })
			},
		},
		{
			Name: "idle-webim", Text: "the same by webim, with a poll that is held", Needs: NeedsWebim,
			run: func(ctx context.Context, r *run) error {
				return r.idle(ctx, func(i int) (io.Closer, error) {
					p, err := r.Door.Online(ctx, r.Webim, i)
					if err != nil {
						return nil, err
					}
					// A browser closes the other connection when it has been idle.
					return p, errors.Join(p.Calls.Close(), p.Park())
				})
			},
		},
	}
	for i := range all {
		all[i].Defaults, all[i].people = Settings{Connections: 10_000, Seconds: 30}, everybody
	}
	return all
}

// idle opens connections and looks what the server holds for them after a while.
func (r *run) idle(ctx context.Context, open func(i int) (io.Closer, error)) error {
	n := r.set.Connections
	before := r.meter.read()
	clients := make([]io.Closer, n)
	defer func() {
		for _, c := range clients {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	var err error
	if r.Raw != nil {
		var people Crowd
		people, err = r.crowd(ctx, n&^1)
		for i, c := range people {
			clients[i] = c.Conn
		}
	} else {
		err = Each(n, AtOnce, func(i int) (err error) {
			clients[i], err = open(i)
			return err
		})
	}
	if err != nil {
		return err
	}
	come := r.meter.read()
	t := &talk{begin: time.Now()}
	after, err := t.until(ctx, r.meter, seconds(r.set.Seconds))
	if err != nil {
		return err
	}
	r.res.addMore("logins_per_s", "until all were there", "connections a second", float64(n)/come.at.Sub(before.at).Seconds())
	if r.Pid == 0 {
		r.res.note("without --pid only the log-ins are measured")
		return nil
	}
	r.res.note("memory counts from what the server held before: start it afresh, or what others have left behind is used again")
	share := func(bytes float64) float64 { return bytes / float64(n) }
	r.res.add("rss_per_connection", "server", "bytes resident for a connection", share(after.server.Memory.Resident-before.server.Memory.Resident))
	r.res.add("anonymous_per_connection", "server", "bytes of heap and stacks for a connection", share(after.server.Memory.Anonymous-before.server.Memory.Anonymous))
	r.res.add("idle_cpu_share", "server", "processors in use while nothing happens", (after.server.CPU-come.server.CPU).Seconds()/after.at.Sub(come.at).Seconds())
	return nil
}

// A session is a stream that can be resumed.
type session struct {
	client *Client
	id     string
}

// resumable logs somebody in with a stream that can be resumed (XEP-0198 #enable).
func (r *run) resumable(ctx context.Context, i int) (s session, err error) {
	if s.client, err = r.Door.Login(ctx, i); err != nil {
		return s, err
	}
	enabled, err := s.client.Ask("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", "<enabled")
	if err == nil {
		enabled, err = s.client.Await(">")
	}
	if err != nil {
		return s, err
	}
	if s.id = attribute(" "+enabled, "id"); s.id == "" {
		return s, errors.New("the server does not offer to resume the stream")
	}
	return s, errors.Join(s.client.Appear(), s.client.Settle())
}

// resume opens sessions, has the server restarted, and resumes them all (XEP-0198
// #resumption). What cannot be resumed binds anew, as a client does.
func resume(ctx context.Context, r *run) error {
	n := r.set.Connections
	all := make([]session, n)
	defer func() {
		for _, s := range all {
			if s.client != nil {
				_ = s.client.Conn.Close()
			}
		}
	}()
	err := Each(n, AtOnce, func(i int) (err error) {
		all[i], err = r.resumable(ctx, i)
		return err
	})
	if err != nil {
		return err
	}
	if err := r.Restart(ctx); err != nil {
		return err
	}
	// The process is another now: its CPU time counts from its start.
	begin := time.Now()
	var resumed atomic.Int64
	err = Each(n, r.set.Window, func(i int) error {
		_ = all[i].client.Conn.Close()
		left := time.Since(begin)
		c, again, err := r.back(ctx, i, all[i].id, begin)
		if err != nil {
			return err
		}
		all[i].client = c
		r.meter.shard(i).latency.Add(time.Since(begin) - left)
		r.meter.shard(i).heard.Add(1)
		if again {
			resumed.Add(1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	took := time.Since(begin)
	r.res.add("seconds", "until all are back", "s", took.Seconds())
	r.res.addMore("back_per_s", "people who came back", "a second", float64(n)/took.Seconds())
	r.res.addMore("resumed_share", "streams that were resumed", "of 1", float64(resumed.Load())/float64(n))
	now := r.meter.read()
	r.res.Latency = now.latency.latency()
	if resumed.Load() < int64(n) {
		r.res.note("%d of %d streams could not be resumed and were bound anew", int64(n)-resumed.Load(), n)
	}
	return nil
}

// back resumes a stream, or binds a new one. While the server is still starting it tries
// again.
func (r *run) back(ctx context.Context, i int, id string, begin time.Time) (c *Client, resumed bool, err error) {
	for {
		c, err = r.Door.Knock(ctx, i)
		if err == nil {
			if err = r.Door.Authenticated(c, i); err == nil {
				break
			}
			_ = c.Conn.Close()
		}
		if ctx.Err() != nil || time.Since(begin) > AnswerLimit {
			return nil, false, err
		}
		pause(50 * time.Millisecond)
	}
	answer, err := c.Ask("<resume xmlns='urn:xmpp:sm:3' h='0' previd='"+id+"'/>", ">")
	if err != nil {
		return c, false, err
	}
	if len(answer) > 8 && answer[:8] == "<resumed" {
		return c, true, c.Settle()
	}
	for answer != "" && !hasEnd(answer, "failed") {
		if answer, err = c.Await(">"); err != nil {
			return c, false, err
		}
	}
	_, err = c.Ask(fmt.Sprintf("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq>", Resource), "</iq>")
	return c, false, errors.Join(err, c.Appear(), c.Settle())
}

// hasEnd says that text ends an element of that name.
func hasEnd(text, name string) bool {
	return text == "</"+name+">" || len(text) > 2 && text[len(text)-2:] == "/>" && len(text) > len(name) && text[1:1+len(name)] == name
}
