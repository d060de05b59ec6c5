package bridge

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies says which machines may tell for whom they speak, and how they do.
type Proxies struct {
	Trusted []netip.Prefix
	// Standard has them say it by Forwarded (RFC 7239) instead of X-Forwarded-For and
	// X-Forwarded-Proto. It is either or: a proxy passes on what it does not know, so
	// whoever listens to both listens to clients.
	Standard bool
}

// trusts reports whether a machine may speak for others.
func (p *Proxies) trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p.Trusted, func(t netip.Prefix) bool { return t.Contains(a) })
}

// see makes r what the client has sent: its RemoteAddr is the client's, and the
// scheme of its URL is https if nobody between the client and us, or a proxy that we
// trust, could read it.
func (p *Proxies) see(r *http.Request) {
	r.URL.Scheme = "http"
	if r.TLS != nil {
		r.URL.Scheme = "https"
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trusts(peer.Addr()) {
		return
	}
	hops, proto := p.told(r.Header)
	if r.TLS == nil && strings.EqualFold(proto, "https") {
		r.URL.Scheme = "https"
	}
	// Each proxy adds at the end whom it has heard. The last that is no proxy of ours is
	// the client; what stands before, the client may have made up.
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := hopAddr(hops[i])
		if !ok {
			return
		}
		r.RemoteAddr = hop.String()
		if !p.trusts(hop.Addr()) {
			return
		}
	}
}

// told gives for whom the proxies say they speak, first the one that is farthest away,
// and by what the nearest of them was reached.
func (p *Proxies) told(h http.Header) (hops []string, proto string) {
	if !p.Standard {
		hops = listed(h.Values("X-Forwarded-For"))
		if protos := listed(h.Values("X-Forwarded-Proto")); len(protos) > 0 {
			proto = protos[len(protos)-1]
		}
		return hops, proto
	}
	for _, element := range listed(h.Values("Forwarded")) {
		hop := ""
		proto = ""
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = strings.Trim(value, `"`)
			switch strings.ToLower(name) {
			case "for":
				hop = value
			case "proto":
				proto = value
			}
		}
		hops = append(hops, hop)
	}
	return hops, proto
}

// listed gives the elements of lists.
func listed(values []string) (list []string) {
	for _, v := range values {
		for element := range strings.SplitSeq(v, ",") {
			if element = strings.TrimSpace(element); element != "" {
				list = append(list, element)
			}
		}
	}
	return list
}

// hopAddr reads an address, with or without a port. RFC 7239 §6 has names for those
// who are not to be known; they are no addresses.
func hopAddr(text string) (netip.AddrPort, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap, true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return netip.AddrPortFrom(a, 0), err == nil
}

// Secure reports whether nobody between the client and this server could read a
// request, and so whether cookies for it may be secret.
func Secure(r *http.Request) bool { return r.URL.Scheme == "https" }
