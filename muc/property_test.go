package muc

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Whatever people do in a room, and whenever the server dies: what each of them believes of
// it is true, all of them and the archive agree on the order of what was said, nothing that
// anybody was told is lost, and a restart changes nothing.
func TestViewsAgree(t *testing.T) {
	seeds, acts := uint64(120), 50
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		rnd := rand.New(rand.NewPCG(seed, 45))
		data := make([]byte, actSize*acts)
		for i := range data {
			data[i] = byte(rnd.Uint32())
		}
		if _, fault := perform(t, data); fault != nil {
			data = shrink(t, data)
			log, fault := perform(t, data)
			t.Fatalf("seed %d, made shorter:\n%s\n%v\n%q", seed, strings.Join(log, "\n"), fault, data)
		}
	}
}

func FuzzViewsAgree(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x07\x00\x01\x0e\x01\x02\x0a\x02\x03\x11\x00\x00\x0a\x01\x01\x12\x00\x01\x13\x00\x00"))
	f.Add([]byte("\x00\x02\x00\x00\x03\x00\x05\x00\x0a\x06\x02\x03\x13\x00\x00\x08\x00\x31\x07\x00\x05\x0a\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if log, fault := perform(t, data[:min(len(data), 80*actSize)]); fault != nil {
			t.Fatalf("%s\n%v", strings.Join(log, "\n"), fault)
		}
	})
}

// shrink leaves out of a sequence that fails what it fails without.
func shrink(t *testing.T, data []byte) []byte {
	for step := len(data) / 2 / actSize; step > 0; step /= 2 {
		for at := 0; at+step*actSize <= len(data); {
			rest := slices.Concat(data[:at], data[at+step*actSize:])
			if _, fault := perform(t, rest); fault != nil {
				data = rest
			} else {
				at += step * actSize
			}
		}
	}
	return data
}

// perform does all that a sequence says, and gives what was wrong then, and what was done.
func perform(t *testing.T, data []byte) (log []string, fault error) {
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, len(data) > 0 && data[len(data)-1]%4 != 0)
		defer p.end()
		fault = p.play(data)
		log = p.log
	})
	return log, fault
}

// A party is people who do things in the balcony.
type party struct {
	*world
	t      *testing.T
	guests []*guest
	log    []string
	number int // of messages
	posted []letter
	full   bool      // the disk was, since these were posted: their senders are not acknowledged
	past   []*Report // how things stood, since all was on the disk
}

// A guest is one device of somebody.
type guest struct {
	*client
	view view
	busy chan struct{} // closed when what it sent last was taken; nil if nothing is on its way
	lost bool          // gone without a word
	sees bool          // could see addresses at some time since it came in
}

// A letter is a private message that was taken.
type letter struct {
	id string
	to []*guest
}

var devices = [...]string{
	"juliet@capulet.lit/chamber", "juliet@capulet.lit/balcony", "romeo@montague.lit/orchard", "romeo@montague.lit/street",
	"nurse@capulet.lit/kitchen", "tybalt@capulet.lit/hall", "benvolio@montague.lit/street", "prince@capulet.lit/throne",
}

func newParty(t *testing.T, open bool) *party {
	p := &party{t: t}
	p.open(&disk{rooms: make(map[jid.JID]*kept)})
	if open { // else the first who comes makes the room
		p.guests[0].enter(balcony, nicks[0])
		p.guests[0].configure(balcony)
		p.guests[0].view.in = false
		p.guests[0].say(join(balcony, nicks[0], ""))
	}
	return p
}

// open has a server start on a disk, and everybody log in.
func (p *party) open(d *disk) {
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: slog.New(slog.DiscardHandler)})
	p.world = &world{t: p.t, router: r, disk: d, bell: &bell{}, clients: make(map[string]*client)}
	p.world.open()
	p.guests = nil
	for _, full := range devices {
		p.guests = append(p.guests, &guest{client: p.login(full)})
	}
}

// end lets nobody wait any more.
func (p *party) end() {
	p.disk.flush()
	synctest.Wait()
}

// play does one act after the other, and looks whether all is well after each.
func (p *party) play(data []byte) error {
	for ; len(data) >= actSize; data = data[actSize:] {
		if err := p.act(data[0], data[1], data[2]); err != nil {
			return err
		}
		if err := p.check(false); err != nil {
			return err
		}
	}
	return p.finale()
}

// finale lets everything come to rest and looks again: at what people believe who ask
// anew, and at what a restart leaves.
func (p *party) finale() error {
	p.disk.fail = nil
	if err := p.flush(); err != nil {
		return err
	}
	for _, g := range p.guests {
		if g.view.in {
			p.number++
			g.say(say(balcony, fmt.Sprintf("m%d", p.number))) // to all: who is gone is found out
		}
	}
	if err := p.check(false); err != nil {
		return err
	}
	for _, g := range p.guests {
		if g.view.in {
			nick := g.view.nick
			g.view.leave()
			g.say(join(balcony, nick, "<history maxstanzas='0'/>"))
		}
	}
	if err := p.check(true); err != nil {
		return fmt.Errorf("asked anew: %w", err)
	}
	return p.restart()
}

// hear has everybody read what came.
func (p *party) hear() error {
	synctest.Wait()
	for i, g := range p.guests {
		if err := g.view.hear(g.take()); err != nil {
			return fmt.Errorf("%s: %w", devices[i], err)
		}
		if g.busy != nil {
			select {
			case <-g.busy:
				g.busy = nil
			default:
			}
		}
	}
	return nil
}

// check looks whether all is well, as far as it can be told while the disk is busy.
func (p *party) check(fresh bool) error {
	if err := p.hear(); err != nil {
		return err
	}
	p.past = append(p.past, p.report())
	p.look()
	if err := p.ordered(); err != nil {
		return err
	}
	if p.disk.held {
		return nil
	}
	p.past = p.past[len(p.past)-1:]
	r := p.room()
	if r == nil {
		r = newRoom(p.rooms, jid.MustParse(balcony))
	}
	if err := sound(r); err != nil {
		return err
	}
	for i, g := range p.guests {
		if g.lost {
			continue
		}
		if err := g.view.differs(r, r.sessions[g.session.JID()], fresh); err != nil {
			return fmt.Errorf("%s %w", devices[i], err)
		}
		for nick, s := range g.view.seen {
			if s.jid != "" && nick != g.view.nick && !g.sees {
				return fmt.Errorf("%s knows who %s is: %s", devices[i], nick, s.jid)
			}
		}
	}
	return p.delivered()
}

// look notes who may see addresses now.
func (p *party) look() {
	r := p.room()
	for _, g := range p.guests {
		if r == nil || r.sessions[g.session.JID()] == nil {
			g.sees = false
			continue
		}
		g.sees = g.sees || r.sees(r.sessions[g.session.JID()].occupant)
	}
}

// ordered reports whether all views and the archive have one order.
func (p *party) ordered() error {
	o, archive := make(order), p.disk.said(jid.MustParse(balcony))
	for i, g := range p.guests {
		if err := o.add(g.view.said); err != nil {
			return fmt.Errorf("%s: %w", devices[i], err)
		}
		if err := inArchive(g.view.said, archive); err != nil {
			return fmt.Errorf("%s %w", devices[i], err)
		}
	}
	// Who is there has heard the last that anybody has.
	last := ""
	for i, g := range p.guests {
		if g.lost || !g.view.in || len(g.view.said) == 0 {
			continue
		}
		id := g.view.said[len(g.view.said)-1].id
		if last != "" && id != last {
			return fmt.Errorf("%s has last heard %s, another one %s", devices[i], id, last)
		}
		last = id
	}
	return nil
}

// delivered reports whether each private message came once to all devices of whom it was
// for, and to nobody else.
func (p *party) delivered() error {
	for _, l := range p.posted {
		if slices.ContainsFunc(l.to, func(g *guest) bool { return g.lost }) {
			continue // it goes to another device of hers (RFC 6121 §8.5.3.2.1)
		}
		for i, g := range p.guests {
			want, got := 0, 0
			if slices.Contains(l.to, g) {
				want = 1
			}
			for _, id := range g.view.letters {
				if id == l.id {
					got++
				}
			}
			if got != want && !g.lost && (got > 0 || !p.full) {
				return fmt.Errorf("%s has %s %d times, not %d", devices[i], l.id, got, want)
			}
		}
	}
	p.posted, p.full = nil, p.disk.fail != nil
	return nil
}

// room gives the room, nil if it is not alive.
func (p *party) room() *room {
	p.rooms.mu.Lock()
	defer p.rooms.mu.Unlock()
	return p.rooms.rooms[jid.MustParse(balcony)]
}

// report tells how things stand in the room; nil if there is none, or it is not open yet.
func (p *party) report() *Report {
	if r := p.room(); r != nil && (r.locked || r.phase != alive) {
		return nil
	}
	report, err := p.rooms.Show(p.t.Context(), jid.MustParse(balcony))
	if err != nil {
		return nil
	}
	report.Occupants = nil
	return report
}

// restart ends the server in order and starts it again: the room is as it was.
func (p *party) restart() error {
	before := p.report()
	p.open(p.disk)
	if after := p.report(); !reflect.DeepEqual(before, after) {
		return fmt.Errorf("before a restart %v, afterwards %v", before, after)
	}
	return nil
}

// sound reports whether the parts of a room go together.
func sound(r *room) error {
	sessions := 0
	for _, occ := range r.seats {
		sessions += len(occ.sessions)
		a := r.affiliation(occ.bare)
		switch {
		case len(occ.sessions) == 0, !slices.Contains(occ.sessions, occ.shown):
			return fmt.Errorf("nobody sits as %s", occ.nick)
		case r.byNick[nickKey(occ.nick)] != occ:
			return fmt.Errorf("%s cannot be found", occ.nick)
		case a == Outcast, r.Settings.MembersOnly && a < MemberOf:
			return fmt.Errorf("%s must not be here", occ.nick)
		case a >= Admin && occ.role != Moderator, occ.role == NoRole:
			return fmt.Errorf("%s is %v and %v", occ.nick, a, occ.role)
		}
		for _, s := range occ.sessions {
			if s.occupant != occ || s.jid.Bare() != occ.bare {
				return fmt.Errorf("%s is not %s", s.jid, occ.nick)
			}
		}
	}
	if len(r.byNick) != len(r.seats) || len(r.sessions) != sessions || len(r.audience) != sessions {
		return fmt.Errorf("%d seats, %d nicks, %d sessions, %d of them seated, an audience of %d",
			len(r.seats), len(r.byNick), len(r.sessions), sessions, len(r.audience))
	}
	if r.phase == alive && r.owners() == 0 {
		return fmt.Errorf("a room without an owner")
	}
	return nil
}

// say sends one stanza and does not wait until it is taken: it may wait for the disk.
func (g *guest) say(xml string) {
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		g.w.t.Fatalf("%s: %v", xml, err)
	}
	busy := make(chan struct{})
	g.busy = busy
	// Ends when the stanza is taken; perform flushes the disk in the end.
	go func() {
		defer close(busy)
		if _, err := g.session.Route(g.w.t.Context(), st); err != nil {
			g.w.t.Errorf("%s: %v", xml, err)
		}
	}()
	synctest.Wait()
}
