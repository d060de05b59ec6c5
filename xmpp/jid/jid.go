package jid

import (
	"errors"
	"strings"
)

// A JID is a canonical XMPP address: localpart@domainpart/resourcepart
// (RFC 7622 §3.1). It is a small comparable value: two JIDs are the same
// address exactly when they are ==, and a JID may be the key of a map. The zero
// JID is "no address". Every JID that is not zero has a domainpart.
type JID struct {
	full   string
	local  uint16 // length of the localpart
	domain uint16 // length of the domainpart
	hash   uint32 // of the bare address; 0 if there is no localpart
}

// ErrInvalid is wrapped by every error that Parse, New and the With methods return.
var ErrInvalid = errors.New("invalid address")

// IsZero reports whether j is no address at all.
func (j JID) IsZero() bool { return j.full == "" }

// String gives the address as it stands on the wire, unescaped for XML. It does
// not allocate.
func (j JID) String() string { return j.full }

// Local gives the localpart, "" if there is none.
func (j JID) Local() string { return j.full[:j.local] }

// Domain gives the domainpart.
func (j JID) Domain() string {
	start := j.domainStart()
	return j.full[start : start+int(j.domain)]
}

// Resource gives the resourcepart, "" if there is none.
func (j JID) Resource() string {
	if end := j.bareEnd(); end < len(j.full) {
		return j.full[end+1:]
	}
	return ""
}

// Bare gives the address without its resourcepart (RFC 7622 §3.1, "bare JID").
// It does not allocate.
func (j JID) Bare() JID {
	j.full = j.full[:j.bareEnd()]
	return j
}

// Host gives the domainpart alone as an address. It does not allocate.
func (j JID) Host() JID { return JID{full: j.Domain(), domain: j.domain} }

// IsBare reports whether j has no resourcepart.
func (j JID) IsBare() bool { return j.bareEnd() == len(j.full) }

// IsFull reports whether j has a resourcepart.
func (j JID) IsFull() bool { return j.bareEnd() < len(j.full) }

// IsHost reports whether j is a domainpart alone.
func (j JID) IsHost() bool { return j.local == 0 && j.IsBare() && j.full != "" }

// MarshalText lets a JID stand in encoded attributes, text and keys.
func (j JID) MarshalText() ([]byte, error) { return []byte(j.full), nil }

// UnmarshalText parses text as Parse does; empty text gives the zero JID.
func (j *JID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*j = JID{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*j = parsed
	return nil
}

// Shard gives one of the numbers from 0 to n-1, the same for all resources of an account. It serves those who spread
// accounts over locks: the hash is made when an address is read, and not for each of them.
func (j JID) Shard(n int) int { return int(j.hash % uint32(n)) }

// Compare orders addresses by their text; it serves slices.SortFunc.
func Compare(a, b JID) int { return strings.Compare(a.full, b.full) }

func (j JID) domainStart() int {
	if j.local == 0 {
		return 0
	}
	return int(j.local) + 1
}

func (j JID) bareEnd() int { return j.domainStart() + int(j.domain) }
