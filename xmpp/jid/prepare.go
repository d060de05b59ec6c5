package jid

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	melliumjid "mellium.im/xmpp/jid"
)

// prepare brings parts that are not canonical ASCII to canonical form, by the
// PRECIS profiles and IDNA rules of RFC 7622 §3.2 to §3.4.
func prepare(local, domain, resource string) (JID, error) {
	j, err := enforce(local, domain, resource)
	if err != nil {
		return JID{}, err
	}
	// The profiles are not idempotent for all strings. An address that would
	// change again when another entity prepares it is no identity.
	again, err := enforce(j.Local(), j.Domain(), j.Resource())
	if err != nil || again != j {
		return JID{}, fmt.Errorf("%w: it has no stable form", ErrInvalid)
	}
	return j, nil
}

func enforce(local, domain, resource string) (JID, error) {
	// No mapping shortens a part that is much too long to one that is not; the
	// bound keeps the work small.
	if len(local) > 4*maxPart || len(domain) > 4*maxPart || len(resource) > 4*maxPart {
		return JID{}, fmt.Errorf("%w: it is too long", ErrInvalid)
	}
	ip, isIP := parseIP(domain)
	named := domain
	if isIP {
		named = "ip.invalid" // mellium judges the other parts
	}
	m, err := melliumjid.New(local, named, resource)
	if err != nil {
		return JID{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	local, domain, resource = m.Localpart(), m.Domainpart(), m.Resourcepart()
	if isIP {
		domain = ip
	} else if err := checkDomain(domain); err != nil {
		return JID{}, err
	}
	if len(local) > maxPart || len(domain) > maxPart || len(resource) > maxPart {
		return JID{}, fmt.Errorf("%w: a part is longer than 1023 bytes", ErrInvalid)
	}
	return join(local, domain, resource), nil
}

// parseIP reads an IPv4 address or an IPv6 address in brackets, and gives it in
// its one canonical spelling (RFC 7622 §3.2).
func parseIP(domain string) (string, bool) {
	if inner, ok := strings.CutPrefix(domain, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		return "[" + ip.String() + "]", ok && err == nil && ip.Is6() && ip.Zone() == ""
	}
	ip, err := netip.ParseAddr(domain)
	return domain, err == nil && ip.Is4()
}

// checkDomain checks a domainpart that IDNA has mapped. IDNA as browsers use it
// lets pass empty labels and ASCII that is in no host name, which would make
// addresses that look like others.
func checkDomain(domain string) error {
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" {
			return fmt.Errorf("%w: the domainpart has an empty label", ErrInvalid)
		}
		for i := range len(label) {
			if c := label[i]; c < utf8.RuneSelf && asciiClass[c]&inLabel == 0 {
				return fmt.Errorf("%w: the domainpart is not a host name", ErrInvalid)
			}
		}
	}
	return nil
}
