package muc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A Report is how things stand in a room.
type Report struct {
	JID       jid.JID
	Record    Record
	Members   []Member // in the order of their addresses
	Occupants []OccupantReport
}

// An OccupantReport is one session in a room.
type OccupantReport struct {
	Nick        string
	JID         jid.JID // full
	Role        Role
	Affiliation Affiliation
}

// Rooms lists rooms of a service in the order of their addresses, hidden ones too, at
// most limit of them behind the localpart after.
func (s *Service) Rooms(ctx context.Context, service, after string, limit int) ([]Listing, error) {
	return s.cfg.Store.List(ctx, service, after, limit, true)
}

// Live gives how many rooms have somebody in them, and how many sessions that are.
func (s *Service) Live() (rooms, sessions int) {
	for _, r := range s.live() {
		r.mu.Lock()
		if n := len(r.sessions); n > 0 {
			rooms, sessions = rooms+1, sessions+n
		}
		r.mu.Unlock()
	}
	return rooms, sessions
}

// live gives the rooms that are alive.
func (s *Service) live() []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		list = append(list, r)
	}
	return list
}

// operate takes a step in a room that exists, in the name of the service, and waits until
// what it changes is on the disk. An error that is a *stanza.Error is for people.
func (s *Service) operate(ctx context.Context, addr jid.JID, step func(*room, *turn) error) error {
	return s.wait(ctx, addr, func(r *room, t *turn) error {
		if r.phase != alive {
			return errNoRoom()
		}
		return step(r, t)
	})
}

// wait takes a step and waits for the disk.
func (s *Service) wait(ctx context.Context, addr jid.JID, step func(*room, *turn) error) error {
	ticket, err := s.at(ctx, addr.Bare(), jid.JID{}, false, step)
	if err != nil || ticket == nil {
		return err
	}
	select {
	case <-ticket.Done():
		return ticket.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Show tells how things stand in a room.
func (s *Service) Show(ctx context.Context, addr jid.JID) (report *Report, err error) {
	err = s.operate(ctx, addr, func(r *room, _ *turn) error {
		report = &Report{JID: r.jid, Record: r.Record}
		for _, m := range r.members {
			report.Members = append(report.Members, m)
		}
		for _, o := range r.audience {
			report.Occupants = append(report.Occupants, OccupantReport{
				o.occupant.nick, o.jid, o.occupant.role, r.affiliation(o.occupant.bare),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(report.Members, func(a, b Member) int { return jid.Compare(a.JID, b.JID) })
	return report, nil
}

// Create makes a room that is open for all it is for. The settings and lists of people are
// those of the form, and the defaults of the service for what it leaves out. Without an
// owner, which is the zero JID, it is in the care of the administrators of the host.
func (s *Service) Create(ctx context.Context, addr, owner jid.JID, f *form.Form) error {
	if !s.serves(addr.Domain()) || addr.Local() == "" || addr.IsFull() || !owner.IsZero() && owner.Local() == "" {
		return stanza.JIDMalformed.Err("a room has an address, and an owner")
	}
	return s.wait(ctx, addr, func(r *room, t *turn) error {
		if r.phase != absent {
			return stanza.Conflict.Err("there is such a room")
		}
		old := r.Record
		r.Record = Record{Settings: s.cfg.Defaults, Creator: owner.Bare(), Created: t.now}
		set, err := r.readSettings(f)
		if err == nil {
			r.Number, err = readNumber(f)
		}
		var members []Member
		if err == nil {
			members, err = r.readLists(f)
		}
		if err != nil {
			r.Record = old
			return err
		}
		if len(r.sessions) == 0 && !set.Persistent {
			r.Record = old
			return stanza.NotAcceptable.Err("a room in which nobody is has to be persistent")
		}
		r.phase, r.history = alive, history{known: true}
		r.lock(true)
		if !owner.IsZero() {
			r.setMember(Member{JID: owner.Bare(), Affiliation: Owner})
		}
		if err := r.configure(t, set, members, "", func() {}); err != nil {
			r.forget()
			return err
		}
		return nil
	})
}

// readNumber reads the number that a new room is to have; 0 if it is to have none.
func readNumber(f *form.Form) (int, error) {
	v := f.Value(fieldNumber)
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, stanza.NotAcceptable.Err("the number of a room is one")
	}
	return n, nil
}

// Configure changes the settings that a form of muc#roomconfig names.
func (s *Service) Configure(ctx context.Context, addr jid.JID, f *form.Form) error {
	return s.operate(ctx, addr, func(r *room, t *turn) error {
		set, err := r.readSettings(f)
		if err != nil {
			return err
		}
		return r.configure(t, set, nil, "", func() {})
	})
}

// Affiliate changes what people are to a room.
func (s *Service) Affiliate(ctx context.Context, addr jid.JID, list []Member) error {
	if len(list) > maxItems {
		return stanza.PolicyViolation.Err("too many at once")
	}
	return s.operate(ctx, addr, func(r *room, t *turn) error {
		for i := range list {
			// What is known besides stays; a ban takes the rest away.
			who := list[i].JID.Bare()
			if who.Local() == "" && list[i].Affiliation > None {
				return stanza.NotAcceptable.Err("only a ban is for a whole domain")
			}
			m := r.members[who]
			m.JID, m.Affiliation, m.Reason = who, list[i].Affiliation, list[i].Reason
			if m.Affiliation <= None {
				m.Nick = ""
			}
			list[i] = m
		}
		if err := r.lastOwner(list); err != nil {
			return err
		}
		before, err := r.enlistAll(t, list)
		if err != nil {
			return err
		}
		r.affiliated(t, list, before, "")
		return nil
	})
}

// Expel has somebody leave a room, with all sessions (XEP-0045 #kick).
func (s *Service) Expel(ctx context.Context, addr, person jid.JID, reason string) error {
	if len(reason) > s.cfg.Limits.TextBytes {
		return stanza.NotAcceptable.Err("this reason is too long")
	}
	return s.operate(ctx, addr, func(r *room, t *turn) error {
		found := false
		for _, occ := range slices.Clone(r.seats) {
			if occ.bare == person.Bare() {
				found = true
				r.remove(t, occ, item{codes: []int{statusKicked}, reason: reason})
			}
		}
		if !found {
			return stanza.ItemNotFound.Err("nobody of this address is in the room")
		}
		return nil
	})
}

// Destroy ends a room; alternate, which may be zero, is where to go instead.
func (s *Service) Destroy(ctx context.Context, addr, alternate jid.JID, reason string) error {
	return s.operate(ctx, addr, func(r *room, t *turn) error {
		r.destroy(t, ending{venue: alternate, reason: reason})
		return nil
	})
}

// Shutdown tells everybody in every room that the service ends (XEP-0045
// #service-shutdown-kick), and waits until all that was said is delivered.
func (s *Service) Shutdown(ctx context.Context) error { return s.shut(ctx, s.live()) }

// Stop is Shutdown for the rooms of one host, which go on afterwards. The router has been
// told before that the host is stopped, so that nobody comes in again.
func (s *Service) Stop(ctx context.Context, host string) error {
	rooms := s.live()
	return s.shut(ctx, slices.DeleteFunc(rooms, func(r *room) bool { return s.hostOf(r.jid) != host }))
}

func (s *Service) shut(ctx context.Context, rooms []*room) error {
	for _, r := range rooms {
		r.mu.Lock()
		t := &turn{}
		r.dismiss(t, item{affiliation: None, codes: []int{statusSelf, statusShutdown}})
		if len(t.out) > 0 {
			r.post(post{deliveries: t.out})
		}
		if r.locked {
			r.forget() // XEP-0045 #createroom-reserved: its owner has gone before it was configured
		}
		r.mu.Unlock()
	}
	for _, r := range rooms {
		if err := r.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// quiet waits until nothing waits to be said.
func (r *room) quiet(ctx context.Context) error {
	for {
		r.mu.Lock()
		if !r.outbox.busy {
			r.mu.Unlock()
			return nil
		}
		done := r.outbox.settled()
		r.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Sweep removes rooms that are not persistent and in which nobody is: after a crash there
// may be some. Those who were in them have had the time to come back.
func (s *Service) Sweep(ctx context.Context, host string) error {
	list, err := s.cfg.Store.Temporary(ctx, s.Domain(host))
	if err != nil {
		return fmt.Errorf("list temporary rooms of %s: %w", host, err)
	}
	var faults []error
	for _, addr := range list {
		faults = append(faults, s.wait(ctx, addr, func(r *room, t *turn) error {
			if r.phase == alive && !r.Settings.Persistent && !r.locked {
				r.emptied(t)
			}
			return nil
		}))
	}
	return errors.Join(faults...)
}

// Disband ends the rooms that an account which is being removed owns, if nobody else does.
func (s *Service) Disband(ctx context.Context, account jid.JID) error {
	rooms, err := s.cfg.Store.Memberships(ctx, account.Bare())
	if err != nil {
		return fmt.Errorf("look up the rooms of %s: %w", account, err)
	}
	var faults []error
	for _, addr := range rooms {
		faults = append(faults, s.wait(ctx, addr, func(r *room, t *turn) error {
			owns, others := false, false
			for _, m := range r.members {
				if m.Affiliation == Owner {
					owns, others = owns || m.JID == account.Bare(), others || m.JID != account.Bare()
				}
			}
			if r.phase == alive && owns && !others {
				r.destroy(t, ending{reason: "the owner has left"})
			}
			return nil
		}))
	}
	return errors.Join(faults...)
}

// Forget makes all rooms forget an account that is being removed, but not that it is
// banned: the next who has the name is banned, too.
func (s *Service) Forget(ctx context.Context, account jid.JID) error {
	rooms, err := s.cfg.Store.Memberships(ctx, account.Bare())
	if err != nil {
		return fmt.Errorf("look up the rooms of %s: %w", account, err)
	}
	var faults []error
	for _, addr := range rooms {
		faults = append(faults, s.wait(ctx, addr, func(r *room, t *turn) error {
			m, ok := r.members[account.Bare()]
			if r.phase != alive || !ok || m.Affiliation == Outcast {
				return nil
			}
			// The room may be without an owner then; administrators of the host own it.
			gone := Member{JID: m.JID, Affiliation: None}
			before, err := r.enlistAll(t, []Member{gone})
			if err != nil {
				return err
			}
			r.affiliated(t, []Member{gone}, before, "")
			return nil
		}))
	}
	return errors.Join(faults...)
}
