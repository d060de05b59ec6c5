package websdk

import "strings"

// names is how an SDK calls what is here (wire 3.2). It is settled at the log-in.
type names struct {
	key    string // org#app, as the client spells it
	domain string // what it takes for the XMPP domain, as it spells it
	host   string // the host of ours that this stands for
	rooms  string // where rooms of that host are; "" if nowhere
}

// conference is before the domain in the addresses of rooms (wire 3.2).
const conference = "conference."

// tail stands between the two halves of a foreign address that has become the name of a
// user: the @ as XEP-0106 #escaping writes it.
const tail = `\40`

// splitKey reads org#app_user: "An org or app never holds _, so the first _ after # splits
// app from user" (wire 3.2).
func splitKey(local string) (key, user string, ok bool) {
	hash := strings.IndexByte(local, '#')
	if hash <= 0 {
		return "", "", false
	}
	bar := strings.IndexByte(local[hash:], '_')
	if bar <= 1 || strings.IndexByte(local[:hash], '_') >= 0 {
		return "", "", false
	}
	return local[:hash+bar], local[hash+bar+1:], true
}

// divide cuts an address into its parts; @ and / are left out, and found out.
func divide(addr string) (local, domain, resource string) {
	if i := strings.IndexByte(addr, '/'); i >= 0 {
		addr, resource = addr[:i], addr[i:]
	}
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return addr[:i], addr[i+1:], resource
	}
	return "", addr, resource
}

// inward makes an address of ours of one that an SDK has written. It is false if that is
// somebody of another app, or nobody.
func (n *names) inward(addr string) (string, bool) {
	if addr == "" {
		return "", true
	}
	local, domain, resource := divide(addr)
	at := ""
	switch {
	case strings.EqualFold(domain, n.domain):
		at = n.host
	case strings.EqualFold(domain, conference+n.domain) && n.rooms != "":
		at = n.rooms
	default:
		return addr, true // a foreign address, as everybody writes it
	}
	if local == "" {
		return at + resource, !strings.Contains(addr, "@")
	}
	if key, user, ok := splitKey(local); ok {
		if !strings.EqualFold(key, n.key) || user == "" {
			return "", false
		}
		local = user
	}
	if i := strings.LastIndex(local, tail); i >= 0 && at == n.host {
		return local[:i] + "@" + local[i+len(tail):] + resource, i > 0
	}
	return strings.ReplaceAll(local, `\5c`, `\`) + "@" + at + resource, true
}

// outward writes an address of ours as the SDK knows it.
func (n *names) outward(addr string) string {
	if addr == "" {
		return ""
	}
	local, domain, resource := divide(addr)
	at := n.domain
	switch {
	case domain == n.host:
	case domain == n.rooms:
		at = conference + n.domain
	case local == "":
		return addr
	}
	if local == "" {
		return at + resource
	}
	return n.key + "_" + n.name(addr) + "@" + at + resource
}

// name gives what an SDK calls a person or room: the address behind org#app_. Who is not
// of this host has the whole address for a name.
func (n *names) name(addr string) string {
	local, domain, _ := divide(addr)
	switch {
	case local == "":
		return domain
	case domain != n.host && domain != n.rooms:
		return local + tail + domain
	case strings.Contains(local, tail) || strings.Contains(local, `\5c`):
		return strings.ReplaceAll(local, `\`, `\5c`)
	}
	return local
}

// isRoom reports whether an address of ours is one of a room.
func (n *names) isRoom(addr string) bool {
	local, domain, _ := divide(addr)
	return local != "" && n.rooms != "" && domain == n.rooms
}

// bare cuts the resource off an address.
func bare(addr string) string {
	before, _, _ := strings.Cut(addr, "/")
	return before
}

// resourceOf gives what bare cuts off.
func resourceOf(addr string) string {
	_, after, _ := strings.Cut(addr, "/")
	return after
}
