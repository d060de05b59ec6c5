package bridge

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Foreign reports whether a browser says that a request was made by a page of another
// origin, which is none of allowed ("https://www.capulet.lit"). By itself a browser sends
// cookies with such a request too, so it proves nothing (cross-site request forgery).
// Programs that are no browsers say nothing, and have no cookies that they do not mean
// to send.
func Foreign(r *http.Request, allowed []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		// Scripts that a page includes have no Origin.
		if u, err := url.Parse(r.Referer()); err == nil && u.Host != "" {
			origin = u.Scheme + "://" + u.Host
		}
	}
	if origin != "" && (sameOrigin(origin, r) || slices.Contains(allowed, strings.ToLower(origin))) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") { // https://www.w3.org/TR/fetch-metadata/
	case "same-origin", "none":
		return origin != "" // "null", or somebody who lies to himself
	case "":
		return origin != ""
	default:
		return true
	}
}

// sameOrigin compares hosts and ports, and the scheme as far as it is known (RFC 6454 §5):
// whoever is on the way can make a page of http://host, and must not act by the cookies of
// https://host. A request in the clear may be from a proxy that ends TLS and says nothing.
func sameOrigin(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	if err == nil && Secure(r) && u.Scheme != "https" {
		return false
	}
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// Address gives the address that a request came from.
func Address(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}

// Network is what counts as one address when tries are counted: a /64 of IPv6, since one
// client has all of that.
func Network(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // the zero Prefix for no address
	return p
}
