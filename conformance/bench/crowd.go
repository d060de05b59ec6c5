//go:build bench

package bench

import (
	"context"
	"time"

	"causeway/conformance/load"
)

// balcony is the room in which people are.
const balcony = "balcony@conference." + domain

// gatherIn has n people log in and enter one room, which the first makes.
func gatherIn(ctx context.Context, d *load.Door, n int, archive string) (load.Crowd, error) {
	people, err := d.Gather(ctx, 0, n)
	if err != nil {
		return nil, err
	}
	err = load.Each(n, 1, func(i int) error {
		if _, err := people[i].Enter(balcony, userName(i)); err != nil || i > 0 {
			return err
		}
		return people[0].Configure(balcony, "enablelogging", archive)
	})
	for i := 0; i < n && err == nil; i++ {
		err = people[i].Settle()
	}
	if err != nil {
		people.Part()
		return nil, err
	}
	return people, nil
}

// fan gives what has a relay write so many frames to n connections, one after the other,
// and what ends that. The first of them sends the frames.
func fan(ctx context.Context, relay load.RelayAddrs, n int) (raw func(frames int) error, end func(), err error) {
	to, err := relay.Group(ctx, load.Way{Fan: n, Frame: load.RoomFrame}, n)
	if err != nil {
		return nil, nil, err
	}
	frame := make([]byte, load.RoomFrame)
	// The next frame is sent when the last of those who listen has the one before.
	return func(frames int) error {
		return load.Each(n, n, func(i int) error {
			if err := to[i].Conn.SetReadDeadline(time.Now().Add(load.ExchangeLimit)); err != nil {
				return err
			}
			buf, missing := make([]byte, 16<<10), frames*load.RoomFrame
			for got := 0; missing > 0; {
				if i == n-1 && got == 0 {
					if _, err := to[0].Conn.Write(frame); err != nil {
						return err
					}
				}
				m, err := to[i].Conn.Read(buf)
				if err != nil {
					return err
				}
				missing -= m
				got = (got + m) % load.RoomFrame
			}
			return nil
		})
	}, to.Part, nil
}
