package muc

// Settings are what the owners of a room have settled (XEP-0045 #registrar-formtype-owner).
type Settings struct {
	Name        string // people read it
	Description string
	Lang        string // of the discussions, as xml:lang has it
	PubSub      string // URI of a node that belongs to the room

	Persistent  bool // exists while nobody is in it
	Public      bool // is listed
	MembersOnly bool
	Moderated   bool   // who has no affiliation is a visitor
	Password    string // "" if none is needed

	Whois         Whois // who sees real addresses
	PrivateFrom   Role  // least role that may send private messages; NoRole: anybody, Nobody: none
	Subject       Role  // least role that may change the subject
	Invites       bool  // members may invite into a members-only room
	MemberList    Role  // least role that may read the member list
	Broadcast     Roles // whose presence is told
	Archive       bool  // what is said is kept, and may be read by who may enter
	MaxUsers      int   // occupants; 0 is as many as the service allows
	HistoryLength int   // messages for who enters

	// What XEP-0045 has no word for; doc/namespaces.md.
	Closed   bool   // nobody may be in it
	Hours    string // when it is open, as Hours.Lines has it; "" is always
	NoGuests bool   // not for people without an account, unless they are members
	Welcome  string // is told to who enters

	// What is known of the room to those who show it; a room of text does nothing with them.
	Audio, Video, Whiteboard bool
	Display                  int // 0 is everywhere, 2 only where people have avatars
}

// Whois says who sees the real addresses of occupants.
type Whois uint8

// The two kinds of room (XEP-0045 #terms-rooms).
const (
	ToModerators Whois = iota // semi-anonymous
	ToAnyone                  // non-anonymous
)

// Nobody is a bar that no role passes.
const Nobody Role = Moderator + 1

// Roles is a set of roles.
type Roles uint8

// RolesOf makes a set.
func RolesOf(roles ...Role) (s Roles) {
	for _, r := range roles {
		s |= 1 << r
	}
	return s
}

// Has reports whether a role is in the set.
func (s Roles) Has(r Role) bool { return s&(1<<r) != 0 }

// DefaultSettings are those of a room that nobody has configured: it lives while
// somebody is in it, is not listed, lets anybody in who knows it, shows addresses to
// moderators only, and keeps what is said.
func DefaultSettings() Settings {
	return Settings{
		Subject: Moderator, MemberList: Moderator, Invites: true,
		Broadcast: RolesOf(Visitor, Participant, Moderator),
		Archive:   true, HistoryLength: 20,
	}
}
