package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// probeRate is how many messages a second those pairs exchange whose latency is
	// looked at.
	probeRate = 200
	// probes is how many pairs that are.
	probes = 10
	// probeTime is how long a look at the latency takes while recovery is waited for.
	probeTime = 500 * time.Millisecond
	// normalShare is how much of what it can do is asked of a server in normal times.
	normalShare = 0.5
	// overTimes is how much more comes in an overload than the server can do.
	overTimes = 3
	// tolerated is how much longer admitted work may take, and still counts as recovered.
	tolerated = 5
	// recoveryLimit is how long recovery is waited for.
	recoveryLimit = 30 * time.Second
)

// overload finds out what the server can do, looks how it is at half of that, asks for three
// times of it, with some who do not read, and looks what becomes of pairs that go on as before.
func overload(ctx context.Context, r *run) error {
	n := r.set.Connections&^1 - 2*probes - 2*r.set.Speakers
	if n < 2 {
		return errors.New("overload: too few connections")
	}
	people, err := r.Door.Gather(ctx, 0, n+2*probes+2*r.set.Speakers)
	if err != nil {
		return err
	}
	defer people.Part()
	flood := func(t *talk) *talk {
		t.members = pairs(people[:n], r.meter, r.to, r.set.Size, 16<<10)
		return t
	}
	third := seconds(r.set.Seconds / 3)
	most := flood(&talk{window: r.set.Window})
	before, after, err := r.talkQuietly(ctx, most, seconds(r.set.Warmup), third)
	if err != nil {
		return err
	}
	most.judge(r.res)
	limit := float64(after.heard-before.heard) / after.at.Sub(before.at).Seconds()
	r.res.addMore("saturation_per_s", "at most", "deliveries a second", limit)

	again := func() error {
		// A flood starts its numbers anew on connections of its own, so that what is shed has
		// no successor.
		people[:n].Part()
		fresh, err := r.Door.Gather(ctx, 0, n)
		copy(people, fresh)
		return err
	}
	if err := again(); err != nil {
		return err
	}
	normal, err := r.normal(ctx, people[n:n+2*probes], flood(&talk{pace: seconds(float64(n) / (normalShare * limit)), coalesce: true}))
	if err != nil {
		return err
	}
	if err := again(); err != nil {
		return err
	}
	return r.overwhelm(ctx, people, normal, flood(&talk{pace: seconds(float64(n) / (overTimes * limit)), coalesce: true}))
}

// normal gives the p99 of pairs while others ask half of the server of what it can do.
func (r *run) normal(ctx context.Context, probed Crowd, half *talk) (time.Duration, error) {
	n, third := len(half.members), seconds(r.set.Seconds/3)
	quiet, err := r.probe(ctx, probed, n, third)
	if err != nil {
		return 0, err
	}
	r.res.add("p99_quiet_ms", "p99 of pairs that go on, while nobody else says anything", "ms", milliseconds(quiet.At(0.99)))
	var beside sync.WaitGroup
	var fault error
	beside.Go(func() { _, _, fault = r.talkQuietly(ctx, half, 0, third) }) // ends with its time
	normal, err := r.probe(ctx, probed, n, third)
	beside.Wait()
	half.judge(r.res)
	if err := errors.Join(err, fault); err != nil {
		return 0, err
	}
	r.res.add("p99_normal_ms", "p99 of pairs that go on, at half of what the server can do", "ms", milliseconds(normal.At(0.99)))
	return normal.At(0.99), nil
}

// overwhelm lets a flood go, with people who do not read, and looks at the pairs that go on:
// while it lasts, and until they are as quick as they normally are.
func (r *run) overwhelm(ctx context.Context, people Crowd, normal time.Duration, over *talk) error {
	n, third := len(over.members), seconds(r.set.Seconds/3)
	probed := people[n : n+2*probes]
	slow := r.startSlow(people[n+2*probes:], n+2*probes)
	var beside sync.WaitGroup
	var overErr error
	var from, to *reading
	beside.Go(func() { from, to, overErr = r.talkQuietly(ctx, over, 0, third+time.Second) }) // ends with its time
	during, err := r.probe(ctx, probed, n, third)
	recovered := time.Now()
	slow.over.Store(true)
	var took time.Duration
	if err == nil {
		took, err = r.recovery(ctx, probed, n, normal, recovered)
	}
	beside.Wait()
	ended := slow.end()
	if err := errors.Join(err, overErr); err != nil {
		return err
	}
	if during.total == 0 {
		return errors.New("in the overload nothing of the pairs that go on was delivered")
	}
	r.res.add("p99_overload_ms", "p99 of pairs that go on, in the overload", "ms", milliseconds(during.At(0.99)))
	r.res.add("p99_times", "p99 in the overload", "times that before", float64(during.At(0.99))/float64(max(normal, 1)))
	r.shed(over, from, to)
	r.res.add("probe_refused", "of the pairs that go on, refused with an error", "messages", float64(r.res.Refused))
	r.res.Refused = 0 // to refuse is what a server should do now
	r.res.addMore("slow_ended", "people who did not read and were ended", fmt.Sprintf("of %d", 2*r.set.Speakers), float64(ended))
	r.res.add("recovery_s", "until p99 is as before, to a factor of 5", "s", took.Seconds())
	return nil
}

// shed says what became of the flood. What the server refused is not lost: it was not
// admitted. But nothing may come twice, or in another order.
func (r *run) shed(over *talk, from, to *reading) {
	var f Faults
	ended, sent := 0, int64(0)
	for _, p := range over.members {
		got := p.ear.Faults()
		f = f.Add(Faults{Doubled: got.Doubled, Reordered: got.Reordered})
		sent += p.sent.Load()
		if p.fault != nil {
			ended++
		}
	}
	r.res.found(f)
	r.res.addMore("overload_per_s", "in the overload", "deliveries a second", float64(to.heard-from.heard)/to.at.Sub(from.at).Seconds())
	back := 0
	for _, p := range over.members {
		back += int(p.back.Load())
	}
	r.res.addMore("overload_refused", "in the overload, refused with an error", "of 1", float64(back)/float64(max(sent, 1)))
	r.res.add("overload_missing", "in the overload, not delivered at its end", "of 1", float64(over.missing())/float64(max(sent, 1)))
	r.res.add("overload_ended", "streams of the flood that the server ended", "streams", float64(ended))
}

// probe has pairs talk slowly and gives their latency.
func (r *run) probe(ctx context.Context, people Crowd, first int, duration time.Duration) (*Spread, error) {
	for _, c := range people {
		if err := c.Settle(); err != nil {
			return nil, err
		}
	}
	m := &Meter{}
	t := &talk{members: pairs(people, m, func(i int) string { return r.to(first + i) }, r.set.Size, 4<<10), pace: seconds(float64(len(people)) / probeRate)}
	_, after, err := (&run{Config: r.Config, set: r.set, meter: m, res: r.res}).talkQuietly(ctx, t, 0, duration)
	if err != nil {
		return nil, err
	}
	t.judge(r.res)
	return &after.latency, nil
}

// recovery waits until pairs are as quick as they were, to a factor and a millisecond.
func (r *run) recovery(ctx context.Context, people Crowd, first int, normal time.Duration, since time.Time) (time.Duration, error) {
	for {
		took := time.Since(since)
		now, err := r.probe(ctx, people, first, probeTime)
		if err != nil {
			return took, err
		}
		if now.At(0.99) <= tolerated*normal+time.Millisecond {
			return took, nil
		}
		if time.Since(since) > recoveryLimit {
			return time.Since(since), nil
		}
	}
}

// A sluggard is people who are written to and do not read.
type sluggard struct {
	people Crowd
	over   atomic.Bool
	all    sync.WaitGroup
}

// startSlow has each second of people write to the one before, who does not read.
func (r *run) startSlow(people Crowd, first int) *sluggard {
	s := &sluggard{people: people}
	for i := 1; i < len(people); i += 2 {
		s.all.Go(func() { // ends with end
			chat := NewChat(r.to(first+i-1), 4*StanzaSize)
			var out []byte
			for n := 0; !s.over.Load(); n++ {
				_ = people[i].Conn.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := people[i].Conn.Write(chat.Append(out[:0], n)); err != nil {
					return // it was ended, or half a message has left: nothing more can follow
				}
			}
		})
	}
	return s
}

// end stops the writers and gives how many of all the server has ended: those who are
// written to do not read, and neither do those who write, if they are told of errors.
func (s *sluggard) end() int {
	s.over.Store(true)
	s.all.Wait()
	var ended atomic.Int64
	_ = Each(len(s.people), len(s.people), func(i int) error { // none of them fails
		c := s.people[i].Conn
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, c); !errors.Is(err, os.ErrDeadlineExceeded) {
			ended.Add(1) // its stream has an end
		}
		return nil
	})
	return int(ended.Load())
}
