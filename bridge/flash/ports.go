package flash

import (
	"context"

	"causeway/xmpp/jid"
)

// Hosts knows how the hosts are.
type Hosts interface {
	// Stopped reports whether nobody can log in to a host at present.
	Stopped(host string) bool
	// Count gives how many sessions and connections that are still logging in a host has,
	// and how many people are logged in.
	Count(host string) (connections, people int)
}

// People knows the accounts of the hosts.
type People interface {
	// Exists reports whether there is an account.
	Exists(ctx context.Context, account jid.JID) (bool, error)
}

// Rooms knows the rooms of the hosts, by their numbers. What it changes is on the disk
// when it returns.
type Rooms interface {
	// Next gives a number that no room of a host has or had.
	Next(ctx context.Context, host string) (int, error)
	// Find finds a room by its number; ok is false if there is none.
	Find(ctx context.Context, host string, number int) (room jid.JID, ok bool, err error)
	// List gives all rooms of a host in the order of their numbers; those that have none get
	// one.
	List(ctx context.Context, host string) ([]Numbered, error)
	// Show tells of one room; ok is false if there is none.
	Show(ctx context.Context, room jid.JID) (r Room, ok bool, err error)
	// Changed gives the rooms of a host that somebody has entered or left, or that have come
	// or gone, since the last call; all is true if that is not known, as at the first.
	Changed(host string) (rooms []jid.JID, all bool)
	// Within gives who is in a room, without one more than once. It is quick.
	Within(ctx context.Context, room jid.JID) ([]jid.JID, error)
}

// A Numbered is a room with its number.
type Numbered struct {
	Number int
	JID    jid.JID
}

// A Room is what is known of a room.
type Room struct {
	Number            int
	Name, Description string
	Max               int // occupants; 0 if it is not bounded
	Owners, Speakers  []jid.JID
	Welcome           string
	Guests, Moderated bool
	Password          bool // one is asked for
	Open, Public      bool
	Display           int
	Occupants         []Occupant
}

// An Occupant is somebody in a room.
type Occupant struct {
	JID  jid.JID // bare
	Nick string
}
