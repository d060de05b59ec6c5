package external

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"causeway/xmpp/jid"
)

// A Service is one external server.
type Service struct {
	Type      string // stun, stuns, turn or turns
	Host      string // a domain or an IP address, without brackets
	Port      uint16
	Transport string // udp or tcp
}

// Parse reads a URI such as "turn:turn.capulet.lit:3478?transport=udp" (RFC 7064
// §3.1, RFC 7065 §3.1). What it does not say is filled in as RFC 7064 §3.2 and RFC
// 7065 §3.2 have it.
func Parse(uri string) (Service, error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	s := Service{Type: strings.ToLower(scheme)}
	switch s.Type {
	case "stun", "turn":
		s.Port, s.Transport = 3478, "udp"
	case "stuns", "turns":
		s.Port, s.Transport = 5349, "tcp"
	default:
		return Service{}, errors.New("not a URI with the scheme stun, stuns, turn or turns")
	}
	place, query, asked := strings.Cut(rest, "?")
	if asked {
		transport, ok := strings.CutPrefix(query, "transport=")
		// RFC 7065 §3.1: only TURN has a transport.
		if !ok || transport != "udp" && transport != "tcp" || strings.HasPrefix(s.Type, "stun") {
			return Service{}, errors.New("only transport=udp or transport=tcp may follow, and only for TURN")
		}
		s.Transport = transport
	}
	host, port, err := split(place)
	if err != nil {
		return Service{}, err
	}
	s.Host = host
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Service{}, errors.New("the port is not a number from 1 to 65535")
		}
		s.Port = uint16(n)
	}
	return s, nil
}

// split takes host and port apart. The port is "" if there is none.
func split(place string) (host, port string, err error) {
	if inner, ok := strings.CutPrefix(place, "["); ok {
		host, port, ok = strings.Cut(inner, "]")
		ip, err := netip.ParseAddr(host)
		if !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", "", errors.New("there is no IPv6 address in the brackets")
		}
		if port == "" {
			return host, "", nil
		}
		if port, ok = strings.CutPrefix(port, ":"); !ok || port == "" {
			return "", "", errors.New("something else than a port follows the address")
		}
		return host, port, nil
	}
	host, port, found := strings.Cut(place, ":")
	if found && port == "" {
		return "", "", errors.New("there is no port after the colon")
	}
	if j, err := jid.Parse(host); err != nil || !j.IsHost() {
		return "", "", errors.New("there is no domain and no IP address in it")
	}
	return host, port, nil
}
