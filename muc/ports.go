package muc

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A Record is what is kept of a room, apart from those who have to do with it.
type Record struct {
	Settings Settings
	Subject  Subject
	Creator  jid.JID // bare
	Created  time.Time
	Avatar   string // SHA-1 of the photos in its vCard, in hex, with spaces between them; "" if there are none (XEP-0486 #multiple)
	Hats     []Hat  // those that can be worn here
	Number   int    // by which some bridges know it; 0 if it was given none
}

// A Subject is what a room is about at the moment (XEP-0045 #subject-mod).
type Subject struct {
	XML  []byte    // the <subject/> elements and the id of who set it (XEP-0421); nil if none was ever set
	From jid.JID   // the occupant who set it, or the room
	At   time.Time // when
}

// A Member is what a room knows of somebody who need not be in it: an affiliation
// (XEP-0045 #affil), or hats.
type Member struct {
	JID         jid.JID // bare; of an Outcast also a domain (XEP-0045 #modifyban)
	Affiliation Affiliation
	Nick        string // reserved for them; "" if none is (XEP-0045 #register)
	Reason      string // of a ban
	Hats        []string
}

// Idle reports whether there is nothing to be kept of m.
func (m *Member) Idle() bool { return m.Affiliation == None && m.Nick == "" && len(m.Hats) == 0 }

// means reports whether an entry is about somebody.
func (m *Member) means(bare jid.JID) bool {
	return m.JID == bare || m.JID.Local() == "" && m.JID.Domain() == bare.Domain()
}

// A Hat is something that can be worn in a room (XEP-0317 #presence).
type Hat struct {
	URI, Title string
	Hue        string // an angle, as it was given; may be empty
}

// A Change is what one step changes of what is kept of a room; it is written as one.
type Change struct {
	Record  *Record  // replaces the record; nil leaves it
	Members []Member // replace those of the same JID; one of whom nothing is to be kept is removed
	VCard   []byte   // replaces the vCard; nil leaves it, empty removes it
}

// A Listing is one room as the list of rooms shows it (XEP-0045 #disco-rooms).
type Listing struct {
	JID  jid.JID
	Name string
}

// A Store keeps rooms. Writes of one room happen in the order of the calls.
type Store interface {
	// Room reads all that is kept of a room, but its vCard; nil if there is none.
	Room(ctx context.Context, room jid.JID) (*Record, []Member, error)
	// Write changes what is kept of a room. The ticket is fulfilled when it is on the
	// disk. Nothing of c is changed by the caller afterwards.
	Write(room jid.JID, c Change) router.Ticket
	// Takes says why nothing but removals can be written at the moment; nil if all can.
	Takes() error
	// Remove removes a room with its members, its vCard and its archive. When the ticket
	// is done without error the room is gone; its archive is gone for all who ask, though
	// its bytes may go later.
	Remove(room jid.JID) router.Ticket
	// VCard reads the vCard of a room; nil if there is none.
	VCard(ctx context.Context, room jid.JID) ([]byte, error)
	// List gives rooms of a service in the order of their addresses, at most limit, those
	// behind the localpart after; public ones only, or all.
	List(ctx context.Context, service, after string, limit int, all bool) ([]Listing, error)
	// Count gives how many rooms of a service a person has created that still exist.
	Count(ctx context.Context, service string, creator jid.JID) (int, error)
	// Temporary gives the rooms of a service that are not persistent: after a crash there
	// may be such in which nobody is.
	Temporary(ctx context.Context, service string) ([]jid.JID, error)
	// Memberships gives the rooms that know something of a person.
	Memberships(ctx context.Context, person jid.JID) ([]jid.JID, error)
}

// A Saying is one message of a room's archive.
type Saying struct {
	ID  string // by which the archive knows it (XEP-0359 #stanza-id)
	At  time.Time
	XML []byte // the whole stanza, standing alone
}

// An Archive keeps what is said in rooms (XEP-0313 #business-storeret-muc-archives).
type Archive interface {
	// Append keeps one message; peer is the occupant who said it. The calls for one room
	// are made in the order in which its occupants are given the messages.
	Append(ctx context.Context, room, peer jid.JID, xml []byte) (id string, t router.Ticket, err error)
	// Query answers a request for the archive of a room, which iq.From may read.
	Query(ctx context.Context, room jid.JID, iq *stanza.Stanza, deliver func(*stanza.Stanza) bool) (payload []byte, err error)
	// Last gives the last messages of a room, at most limit of them, oldest first.
	Last(ctx context.Context, room jid.JID, limit int) ([]Saying, error)
	// Get gives one message; ok is false if there is none of that id.
	Get(ctx context.Context, room jid.JID, id string) (s Saying, ok bool, err error)
	// Replace puts something else in the place of a message.
	Replace(room jid.JID, id string, xml []byte) router.Ticket
}

// People knows of accounts what rooms have to know.
type People interface {
	// IsAdmin reports whether somebody administers the host that a service of rooms belongs to.
	IsAdmin(bare jid.JID, host string) bool
	// IsGuest reports whether somebody has no account but for as long as they are here.
	IsGuest(bare jid.JID) bool
	// Exists reports whether an address of a host of ours is an account; true for all others.
	Exists(ctx context.Context, bare jid.JID) (bool, error)
}

// A Waker wakes the devices of somebody who is not in a room for a message there
// (XEP-0357).
type Waker interface {
	Wake(ctx context.Context, owner jid.JID, st *stanza.Stanza)
}
