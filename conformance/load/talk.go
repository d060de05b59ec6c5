package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// drainStep is how often it is looked whether all that was sent has come.
	drainStep = 20 * time.Millisecond
	// drainQuiet is how long nothing may come until what is missing counts as lost, if the
	// Config does not say.
	drainQuiet = 5 * time.Second
	// drainLimit is how long the rest of a talk may take, even if something comes.
	drainLimit = 30 * time.Second
)

// A member is one connection of a talk: it listens, and may speak.
type member struct {
	client *Client
	ear    *Counter
	hears  []*member // by their numbers, as the bodies have them
	says   *Chat     // nil for one who only listens
	who    int       // its number for those who hear it
	echo   bool      // it says the next when its own comes back, not when another's comes
	phase  time.Duration
	shard  *shard

	stamps  []atomic.Int64 // closed loop: when its last messages left
	sent    atomic.Int64
	back    atomic.Int64 // of those, what the server refused
	heard   atomic.Int64
	strange int           // messages of somebody it does not listen to
	due     int           // messages that what came lets it say; the listener's own
	at      time.Duration // of the last Read
	wake    chan struct{} // open loop: something is due
	fault   error
}

// A talk is members who send each other numbered messages, in an open or a closed loop,
// for a time.
//
// In a closed loop each has so many messages on the way and says the next when one has
// come. In an open loop each says one at fixed times, whatever has become of those
// before; how long one took is counted from the time at which it was to be sent. A server
// that stalls so pays for all that should have been sent meanwhile.
type talk struct {
	members  []*member
	window   int           // closed loop
	pace     time.Duration // open loop: from one message of a member to its next
	coalesce bool          // what is due at once leaves in one write
	quiet    time.Duration // without a message, until what is missing counts as lost

	begin    time.Time
	counted  time.Duration // from when on latency counts
	end      time.Duration // of sending
	stopping atomic.Bool
}

// newMember makes a member that listens to so many speakers.
func newMember(c *Client, m *Meter, i, speakers, buffer int) *member {
	p := &member{client: c, shard: m.shard(i), ear: newCounter(c.In, speakers, buffer)}
	c.In = nil
	return p
}

// pairs makes members of clients, each even one with the next.
func pairs(people Crowd, m *Meter, to func(i int) string, size, buffer int) []*member {
	members := make([]*member, len(people))
	for i, c := range people {
		members[i] = newMember(c, m, i, 1, buffer)
		chat := NewChat(to(i^1), size)
		members[i].says = &chat
	}
	for i, p := range members {
		p.hears = []*member{members[i^1]}
	}
	return members
}

// gathered makes members of people in a room, the first of whom speak.
func gathered(people Crowd, m *Meter, room string, speakers, size int) []*member {
	members := make([]*member, len(people))
	for i, c := range people {
		members[i] = newMember(c, m, i, speakers, leastBuffer)
	}
	chat := NewMessage(room, "groupchat", size)
	for i, p := range members {
		p.hears = members[:speakers]
		if i < speakers {
			p.says, p.who, p.echo = &chat, i, true
		}
	}
	return members
}

// run lets the members talk for warmup and duration, and waits until all has come. It
// gives the readings of the meter at the ends of duration.
func (t *talk) run(ctx context.Context, m *Meter, warmup, duration time.Duration) (before, after *reading, err error) {
	t.begin, t.counted, t.end = time.Now(), warmup, warmup+duration
	t.prepare()
	// The time it may take at most, so that nothing hangs that a server leaves open.
	last := t.begin.Add(t.end + drainLimit + time.Second)
	var all, speaking sync.WaitGroup
	var speakers []*member
	for _, p := range t.members {
		if err := p.client.Conn.SetDeadline(last); err != nil {
			return nil, nil, err
		}
		all.Go(func() { p.fault = t.part(p) }) // ends at the deadline, which the end of the talk sets
		if p.says != nil && t.pace > 0 {
			speaking.Go(func() { // ends with the conductor, or the connection
				if err := t.speak(p); err != nil {
					t.hangUp(p)
				}
			})
			speakers = append(speakers, p)
		}
	}
	if len(speakers) > 0 {
		speaking.Go(func() { t.conduct(ctx, speakers) }) // ends with the time of the talk
	}
	said := make(chan struct{})
	all.Go(func() { // ends with those who speak
		speaking.Wait()
		close(said)
	})
	before, err = t.until(ctx, m, warmup)
	if err == nil {
		after, err = t.until(ctx, m, t.end)
	}
	t.stopping.Store(true)
	if err == nil {
		select { // the last are on their way to be sent
		case <-said:
		case <-time.After(t.quiet):
		}
		err = t.drain(ctx)
		// What was to be sent in time and came late counts, too.
		end := m.read()
		after.latency, after.late = end.latency, end.late
	}
	for _, p := range t.members {
		_ = p.client.Conn.SetDeadline(time.Now())
	}
	all.Wait()
	return before, after, err
}

// prepare spreads the members over the time between their messages.
func (t *talk) prepare() {
	speakers := 0
	for _, p := range t.members {
		if p.says != nil {
			speakers++
		}
	}
	size := 1
	for size < 4*t.window+4 {
		size *= 2
	}
	n := 0
	for _, p := range t.members {
		p.ear.Heard = func(who, n int) { t.hear(p, who, n) }
		p.ear.Refused = func() { // it is not on the way any more
			p.back.Add(1)
			p.due++
		}
		if p.says == nil {
			continue
		}
		if t.pace == 0 {
			p.stamps = make([]atomic.Int64, size)
		}
		p.wake = make(chan struct{}, 1)
		p.phase = t.pace * time.Duration(n) / time.Duration(speakers)
		n++
	}
}

// until waits for a time of the talk and reads the meter.
func (t *talk) until(ctx context.Context, m *Meter, at time.Duration) (*reading, error) {
	select {
	case <-time.After(time.Until(t.begin.Add(at))):
		return m.read(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hear notes one message that came to p.
func (t *talk) hear(p *member, who, n int) {
	if !p.echo || who == p.who {
		p.due++
	}
	from := p.hears[who]
	if from == nil { // it should not have heard that; judge says so
		p.strange++
		return
	}
	var left time.Duration
	switch {
	case t.pace > 0:
		left = t.intended(from, n)
	case from.stamps != nil:
		left = time.Duration(from.stamps[n&(len(from.stamps)-1)].Load())
	}
	if left >= t.counted && left < t.end {
		p.shard.latency.Add(p.at - left)
	}
}

// A timed is a member's connection that notes when a Read ends.
type timed struct {
	t *talk
	m *member
}

func (p *timed) Read(buf []byte) (int, error) {
	n, err := p.m.client.Conn.Read(buf)
	p.m.at = time.Since(p.t.begin)
	return n, err
}

// part is what the reading goroutine of a member does.
func (t *talk) part(p *member) error {
	r := &timed{t, p}
	var out []byte
	closed := p.says != nil && t.pace == 0
	if closed {
		p.due = t.window
	}
	for {
		if closed && !t.stopping.Load() {
			var err error
			if out, err = t.say(p, out, p.due); err != nil {
				return t.because(err)
			}
		}
		p.due = 0
		twice := p.ear.wrong.Doubled
		seen, err := p.ear.Note(r)
		if seen > 0 {
			// One that came twice does not stand for another that is still on its way.
			p.heard.Add(int64(seen - (p.ear.wrong.Doubled - twice)))
			p.shard.heard.Add(int64(seen))
		}
		if err != nil {
			return t.because(err)
		}
	}
}

// because is nil for what the end of the talk does to a connection.
func (t *talk) because(err error) error {
	if t.stopping.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// say sends the next n messages of a closed loop.
func (t *talk) say(p *member, out []byte, n int) ([]byte, error) {
	out = out[:0]
	for range n {
		number := int(p.sent.Load())
		p.stamps[number&(len(p.stamps)-1)].Store(int64(time.Since(t.begin)))
		out = p.says.Append(out, p.who*perSpeaker+number)
		p.sent.Add(1)
		if !t.coalesce {
			if _, err := p.client.Conn.Write(out); err != nil {
				return out, err
			}
			out = out[:0]
		}
	}
	p.shard.sent.Add(int64(n))
	if len(out) == 0 {
		return out, nil
	}
	_, err := p.client.Conn.Write(out)
	return out, err
}

// conduct wakes the members of an open loop at their times, in turn. Timers of Go would
// wake them up to a millisecond late, which the server would have to answer for.
func (t *talk) conduct(ctx context.Context, speakers []*member) {
	defer func() {
		for _, p := range speakers {
			close(p.wake)
		}
	}()
	step := t.pace / time.Duration(len(speakers))
	for k := 0; ; {
		now := time.Since(t.begin)
		if now >= t.end || ctx.Err() != nil {
			return
		}
		for ; t.intended(speakers[k%len(speakers)], k/len(speakers)) <= now; k++ {
			select {
			case speakers[k%len(speakers)].wake <- struct{}{}:
			default: // it is at it
			}
		}
		pause(min(max(step, leastPause), t.intended(speakers[k%len(speakers)], k/len(speakers))-time.Since(t.begin)))
	}
}

// leastPause keeps the conductor of fast talks from doing nothing else.
const leastPause = 200 * time.Microsecond

// intended is the time at which a member's message n is to leave.
func (t *talk) intended(p *member, n int) time.Duration { return p.phase + time.Duration(n)*t.pace }

// speak is what the writing goroutine of a member does in an open loop.
func (t *talk) speak(p *member) error {
	var out []byte
	n := 0
	for range p.wake {
		now := time.Since(t.begin)
		for t.intended(p, n) <= now && t.intended(p, n) < t.end {
			first := n
			out = out[:0]
			for t.intended(p, n) <= now && t.intended(p, n) < t.end && (t.coalesce || n == first) {
				out = p.says.Append(out, p.who*perSpeaker+n)
				if t.intended(p, n) >= t.counted {
					p.shard.late.Add(time.Since(t.begin) - t.intended(p, n))
				}
				n++
			}
			// Counted before the write: what is on its way must be waited for.
			p.sent.Add(int64(n - first))
			p.shard.sent.Add(int64(n - first))
			if _, err := p.client.Conn.Write(out); err != nil {
				return err
			}
			now = time.Since(t.begin)
		}
	}
	return nil
}

// hangUp lets the listener of a member find that its connection is of no use.
func (t *talk) hangUp(p *member) {
	if !t.stopping.Load() {
		_ = p.client.Conn.Close()
	}
}

// missing is how many messages have been sent and have not come.
func (t *talk) missing() (n int64) {
	for _, p := range t.members {
		for _, from := range p.hears {
			if from != nil {
				n += from.sent.Load() - from.back.Load()
			}
		}
		n -= p.heard.Load()
	}
	return n
}

// drain waits until all has come, or nothing comes any more.
func (t *talk) drain(ctx context.Context) error {
	clock := time.NewTicker(drainStep)
	defer clock.Stop()
	limit := time.After(drainLimit)
	quiet, least := time.Now(), t.missing()
	for least > 0 && time.Since(quiet) < t.quiet {
		select {
		case <-clock.C:
		case <-limit:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		if now := t.missing(); now < least {
			quiet, least = time.Now(), now
		}
	}
	return nil
}

// judge adds what went wrong to a result.
func (t *talk) judge(res *Result) {
	for i, p := range t.members {
		f := p.ear.Faults()
		f.Strange += p.strange
		for who, from := range p.hears {
			if from != nil {
				// What was refused leaves a gap that is no loss: its sender was told.
				f.Lost += max(0, int(from.sent.Load())-p.ear.Next(who)) - int(from.back.Load())
			}
		}
		f.Lost = max(0, f.Lost)
		res.Faults = res.Faults.Add(f)
		if n := int(p.back.Load()); n > 0 {
			if res.Refused == 0 {
				res.note("the first message that was refused: %s", p.ear.why)
			}
			res.Refused += n
		}
		if p.fault != nil {
			res.Errors++
			if res.Trouble == "" {
				res.Trouble = fmt.Sprintf("connection %d: %v", i, p.fault)
			}
		}
	}
}
