package jid

import (
	"fmt"

	melliumjid "mellium.im/xmpp/jid"
)

// Parse reads an address and brings it to canonical form (RFC 7622 §3).
func Parse(s string) (JID, error) {
	j, err := melliumjid.Parse(s)
	if err != nil {
		return JID{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return JID{full: j.String(), local: uint16(len(j.Localpart())), domain: uint16(len(j.Domainpart()))}, nil
}

// ParseBytes is Parse for bytes of a stream.
func ParseBytes(b []byte) (JID, error) { return Parse(string(b)) }

// New makes an address of its parts; local and resource may be empty.
func New(local, domain, resource string) (JID, error) {
	j, err := melliumjid.New(local, domain, resource)
	if err != nil {
		return JID{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return JID{full: j.String(), local: uint16(len(j.Localpart())), domain: uint16(len(j.Domainpart()))}, nil
}

// MustParse is Parse for addresses that are known to be right, as in tests and tables; it panics on others.
func MustParse(s string) JID {
	j, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return j
}

// WithResource gives the full JID of j's bare JID and the given resource.
func (j JID) WithResource(resource string) (JID, error) {
	return New(j.Local(), j.Domain(), resource)
}
