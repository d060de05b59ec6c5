package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// roomScenarios are one speaking to many.
func roomScenarios() []Scenario {
	everybody := func(s Settings) int { return s.Connections }
	return []Scenario{
		{
			Name: "room", Text: "a room of 100 in which some speak",
			Defaults: Settings{Connections: 100, Speakers: 4, Window: 2, Seconds: 10, Warmup: 2, Size: StanzaSize},
			Raw:      true, people: everybody, run: room,
		},
		{
			Name: "room-1000", Text: "a room that 1,000 enter at once, and in which some speak",
			Defaults: Settings{Connections: 1000, Speakers: 4, Window: 2, Seconds: 10, Warmup: 2, Size: StanzaSize},
			Raw:      true, people: everybody, run: room,
		},
		{
			Name: "join", Text: "1,000 people enter one room at once",
			Defaults: Settings{Connections: 1000},
			people:   everybody, run: join,
		},
		{
			Name: "presence", Text: "people whose presence changes, each with a roster of 100 who see it",
			Defaults: Settings{Connections: 110, Speakers: 10, Window: 1, Seconds: 10, Warmup: 2},
			people:   everybody, run: presence,
		},
	}
}

// room has some of the people in a room speak.
func room(ctx context.Context, r *run) error {
	people, address, err := r.inRoom(ctx)
	if err != nil {
		return err
	}
	defer people.Part()
	speakers := min(r.set.Speakers, len(people))
	t := &talk{members: gathered(people, r.meter, address, speakers, r.set.Size), window: r.set.Window, coalesce: r.set.Coalesce}
	if r.set.Rate > 0 {
		t.pace = time.Duration(float64(speakers) / r.set.Rate * float64(time.Second))
	}
	before, after, err := r.talk(ctx, t, seconds(r.set.Warmup), seconds(r.set.Seconds))
	if err != nil {
		return err
	}
	r.rates(before, after)
	return nil
}

// inRoom gives people who are in a new room, and its address.
func (r *run) inRoom(ctx context.Context) (Crowd, string, error) {
	n := r.set.Connections
	if r.Raw != nil {
		// A relay sends as many bytes as an occupant gets.
		r.set.Size = RoomFrame
		people, err := r.Raw.Group(ctx, Way{TLS: r.secure(), Fan: n, Frame: RoomFrame}, n)
		return people, "balcony@conference.capulet.lit", err
	}
	people, err := r.Door.Gather(ctx, 0, n)
	if err != nil {
		return nil, "", err
	}
	address, before, after, err := r.enter(people)
	for _, c := range people {
		if err == nil {
			err = c.Settle() // what else a room tells has come
		}
	}
	if err != nil {
		people.Part()
		return nil, "", err
	}
	r.res.add("entered_s", "all entered at once, until all saw all", "s", after.at.Sub(before.at).Seconds())
	return people, address, nil
}

// enter has all people enter a new room at once, and waits until each has the presence of each.
func (r *run) enter(people Crowd) (address string, before, after *reading, err error) {
	n := len(people)
	if address, err = r.newRoom(people[0]); err != nil {
		return "", nil, nil, err
	}
	before = r.meter.read()
	err = Each(n, n, func(i int) error {
		missing := n
		if i > 0 {
			err := people[i].Send("<presence to='" + address + "/" + r.Door.Account(i).User + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
			if err != nil {
				return err
			}
		} else {
			missing-- // it has seen itself
		}
		// Each presence is from an occupant (XEP-0045 #enter-pres). Those of a room that somebody
		// was in before may still come; they have another address.
		return people[i].Count(address+"/", missing)
	})
	return address, before, r.meter.read(), err
}

// fillRoom has people enter a new room, one after the other, the first of whom makes it.
func (r *run) fillRoom(people Crowd) (string, error) {
	address, err := r.newRoom(people[0])
	if err == nil {
		err = Each(len(people)-1, AtOnce, func(i int) error {
			_, err := people[i+1].Enter(address, r.Door.Account(i+1).User)
			return err
		})
	}
	for _, c := range people {
		if err == nil {
			err = c.Settle()
		}
	}
	return address, err
}

// newRoom has somebody make a room with the settings that the server gives it
// (XEP-0045 #createroom-instant).
func (r *run) newRoom(c *Client) (string, error) {
	host, err := r.roomHost(c)
	if err != nil {
		return "", err
	}
	address := unique() + "@" + host
	if _, err := c.Enter(address, r.Door.Account(0).User); err != nil {
		return "", err
	}
	return address, errors.Join(c.Configure(address), c.Settle())
}

// roomHost finds the domain of rooms (XEP-0045 #disco-component).
func (r *run) roomHost(c *Client) (string, error) {
	if r.Rooms != "" {
		return r.Rooms, nil
	}
	items, err := c.Ask("<iq type='get' id='items' to='"+c.Domain+"'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>", "</iq>")
	if err != nil {
		return "", err
	}
	for _, part := range strings.Split(items, "<item ")[1:] {
		host := attribute(" "+part[:strings.IndexByte(part+">", '>')], "jid")
		if host == "" || strings.Contains(host, "@") {
			continue
		}
		info, err := c.Ask("<iq type='get' id='info' to='"+host+"'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "</iq>")
		if err != nil {
			return "", err
		}
		if strings.Contains(info, "http://jabber.org/protocol/muc'") || strings.Contains(info, `http://jabber.org/protocol/muc"`) {
			return host, nil
		}
	}
	return "", errors.New("the server tells of no rooms: --rooms says where they are")
}

// join has many enter one room at once, and waits until each has the presence of each.
func join(ctx context.Context, r *run) error {
	n := r.set.Connections
	people, err := r.Door.Gather(ctx, 0, n)
	if err != nil {
		return err
	}
	defer people.Part()
	_, before, after, err := r.enter(people)
	if err != nil {
		return err
	}
	r.res.add("seconds", "until all see all", "s", after.at.Sub(before.at).Seconds())
	r.cost(before, after, float64(n)*float64(n))
	return nil
}

// presence has the presence of some change again and again, while others see it.
func presence(ctx context.Context, r *run) error {
	people, err := r.Door.Gather(ctx, 0, r.set.Connections)
	if err != nil {
		return err
	}
	defer people.Part()
	loud := min(r.set.Speakers, len(people)-1)
	if err := r.befriend(people, loud); err != nil {
		return err
	}
	says := newPresence()
	members := make([]*member, len(people))
	for i, c := range people {
		members[i] = newMember(c, r.meter, i, loud, leastBuffer)
		members[i].ear.mark = statusMark
	}
	for i, p := range members {
		if i >= loud {
			p.hears = members[:loud]
			continue
		}
		// Somebody's own presence comes back to him (RFC 6121 §4.4.2).
		p.hears = make([]*member, loud)
		p.hears[i], p.says, p.who, p.echo = p, &says, i, true
	}
	t := &talk{members: members, window: r.set.Window}
	if r.set.Rate > 0 {
		t.pace = time.Duration(float64(loud) / r.set.Rate * float64(time.Second))
	}
	before, after, err := r.talk(ctx, t, seconds(r.set.Warmup), seconds(r.set.Seconds))
	if err != nil {
		return err
	}
	r.rates(before, after)
	return nil
}

// befriend has all others subscribe to the presence of the first (RFC 6121 §3.1).
func (r *run) befriend(people Crowd, loud int) error {
	for _, c := range people[loud:] {
		var out strings.Builder
		for i := range loud {
			fmt.Fprintf(&out, "<presence type='subscribe' to='%s'/>", r.Door.JID(i))
		}
		if err := errors.Join(c.Send(out.String()), c.Settle()); err != nil {
			return err
		}
	}
	for _, c := range people[:loud] {
		var out strings.Builder
		for j := range people[loud:] {
			fmt.Fprintf(&out, "<presence type='subscribed' to='%s'/>", r.Door.JID(loud+j))
		}
		if err := errors.Join(c.Send(out.String()), c.Settle()); err != nil {
			return err
		}
	}
	// Twice around, so that what one has caused for another has arrived.
	for range 2 {
		for _, c := range people {
			if err := c.Settle(); err != nil {
				return err
			}
		}
	}
	return nil
}
