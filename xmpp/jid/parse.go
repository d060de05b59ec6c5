package jid

import (
	"fmt"
	"hash/maphash"
	"strings"
)

// maxPart is the greatest length of each part, in bytes (RFC 7622 §3.2, §3.3, §3.4).
const maxPart = 1023

// Parse reads an address and brings it to canonical form (RFC 7622 §3). An
// address that is in that form already, in ASCII, costs no allocation.
func Parse(s string) (JID, error) {
	// "match the separator characters '@' and '/' before applying any
	// transformation algorithms" (RFC 7622 §3.1)
	bare, resource, hasResource := strings.Cut(s, "/")
	local, domain, hasLocal := strings.Cut(bare, "@")
	if !hasLocal {
		local, domain = "", bare
	}
	switch {
	case hasLocal && local == "":
		return JID{}, fmt.Errorf("%w: the localpart is empty", ErrInvalid)
	case hasResource && resource == "":
		return JID{}, fmt.Errorf("%w: the resourcepart is empty", ErrInvalid)
	}
	if isCanonical(local, domain, resource) {
		return hashed(s, local, domain), nil
	}
	return prepare(local, domain, resource)
}

// ParseBytes is Parse for bytes of a stream, which it copies.
func ParseBytes(b []byte) (JID, error) { return Parse(string(b)) }

// New makes an address of its parts; local and resource may be empty.
func New(local, domain, resource string) (JID, error) {
	if isCanonical(local, domain, resource) {
		return join(local, domain, resource), nil
	}
	return prepare(local, domain, resource)
}

// MustParse is Parse for addresses that are known to be right, as in tests and
// tables; it panics on others.
func MustParse(s string) JID {
	j, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return j
}

// WithResource gives the full JID of j's bare JID and the given resource; j's
// bare JID itself if that is empty.
func (j JID) WithResource(resource string) (JID, error) {
	if j.IsZero() {
		return JID{}, fmt.Errorf("%w: a resource of no address", ErrInvalid)
	}
	if isCanonicalResource(resource) {
		return join(j.Local(), j.Domain(), resource), nil
	}
	return prepare(j.Local(), j.Domain(), resource)
}

// join puts canonical parts together.
func join(local, domain, resource string) JID {
	var full string
	switch {
	case local == "" && resource == "":
		full = domain
	case local == "":
		full = domain + "/" + resource
	case resource == "":
		full = local + "@" + domain
	default:
		full = local + "@" + domain + "/" + resource
	}
	return hashed(full, local, domain)
}

// seed is what the hashes of this process are made with.
var seed = maphash.MakeSeed()

// hashed makes the address that is full, in canonical form, with its hash.
func hashed(full, local, domain string) JID {
	j := JID{full: full, local: uint16(len(local)), domain: uint16(len(domain))}
	if local != "" { // else Host would have to make one
		j.hash = uint32(maphash.String(seed, full[:j.bareEnd()]))
	}
	return j
}
