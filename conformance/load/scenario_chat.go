package load

import (
	"cmp"
	"context"
	"time"
)

// messageSize is that of a message with origin-id and receipt request, as most are.
const messageSize = 356

// chatScenarios are people who write to each other.
func chatScenarios() []Scenario {
	everybody := func(s Settings) int { return s.Connections + s.Waiting }
	return []Scenario{
		{
			Name: "chat", Text: "pairs who write to each other; each message is a write of its own",
			Defaults: Settings{Connections: 200, Window: 2, Seconds: 10, Warmup: 2, Size: messageSize},
			Raw:      true, people: everybody, run: chat,
		},
		{
			Name: "saturate", Text: "few pairs with many messages on the way, which leave together: what server and load can do at most",
			Defaults: Settings{Connections: 16, Window: 64, Seconds: 10, Warmup: 2, Size: messageSize, Coalesce: true},
			Raw:      true, people: everybody, run: chat,
		},
		{
			Name: "busy", Text: "few busy pairs among many quiet people",
			Defaults: Settings{Connections: 10_000, Pairs: 100, Rate: 1000, Seconds: 10, Warmup: 2, Size: messageSize},
			Raw:      true, people: everybody, run: chat,
		},
		{
			Name: "overload", Text: "three times what the server can do, with people who do not read; then what became of the others",
			Defaults: Settings{Connections: 200, Window: 4, Seconds: 10, Warmup: 2, Size: messageSize, Speakers: 4},
			people:   everybody, run: overload,
		},
	}
}

// chat has pairs talk, and all others be there.
func chat(ctx context.Context, r *run) error {
	people, err := r.crowd(ctx, r.set.Connections&^1)
	if err != nil {
		return err
	}
	defer people.Part()
	talkers := people
	if r.set.Pairs > 0 {
		talkers = people[:min(2*r.set.Pairs, len(people))]
	}
	before, after, err := r.talk(ctx, r.paired(talkers), seconds(r.set.Warmup), seconds(r.set.Seconds))
	if err != nil {
		return err
	}
	r.rates(before, after)
	return nil
}

// paired makes a talk of pairs with the settings of the run.
func (r *run) paired(people Crowd) *talk {
	buffer := max(4<<10, min(r.set.Window*2*r.set.Size, 64<<10))
	t := &talk{members: pairs(people, r.meter, r.to, r.set.Size, buffer), window: r.set.Window, coalesce: r.set.Coalesce}
	if r.set.Rate > 0 {
		t.pace = time.Duration(float64(len(people)) / r.set.Rate * float64(time.Second))
	}
	return t
}

// talk carries out a talk and judges it.
func (r *run) talk(ctx context.Context, t *talk, warmup, duration time.Duration) (before, after *reading, err error) {
	before, after, err = r.talkQuietly(ctx, t, warmup, duration)
	t.judge(r.res)
	return before, after, err
}

// talkQuietly is talk without the judgment.
func (r *run) talkQuietly(ctx context.Context, t *talk, warmup, duration time.Duration) (before, after *reading, err error) {
	t.quiet = cmp.Or(r.Quiet, drainQuiet)
	return t.run(ctx, r.meter, warmup, duration)
}
