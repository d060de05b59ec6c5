package muc

// A Role is what an occupant may do while in the room (XEP-0045 #roles). The order of
// the values is that of their privileges (#roles-priv).
type Role uint8

// The roles.
const (
	NoRole Role = iota
	Visitor
	Participant
	Moderator
)

var roleNames = [...]string{"none", "visitor", "participant", "moderator"}

func (r Role) String() string { return roleNames[r] }

// ParseRole reads a role as it stands on the wire.
func ParseRole(s string) (r Role, ok bool) {
	for i, name := range roleNames {
		if s == name {
			return Role(i), true
		}
	}
	return NoRole, false
}

// defaultRole is the role somebody enters with: the table of XEP-0045 #roles-default.
func (s *Settings) defaultRole(a Affiliation) Role {
	switch {
	case a >= Admin:
		return Moderator
	case a == MemberOf, !s.Moderated:
		return Participant
	default:
		return Visitor
	}
}

// roleAfter is the role of an occupant whose affiliation has changed. What is gained by
// an affiliation is sure (XEP-0045 #roles-change: "the role that is gained … is
// stable"); who loses one gets the role of who enters.
func (s *Settings) roleAfter(now Role, before, after Affiliation) Role {
	if by := s.defaultRole(after); after < before || by > now {
		return by
	}
	return now
}
