package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// check finds all that cannot be run, naming the keys.
func (c *Config) check() []error {
	list := slices.Concat(c.checkHosts(), c.checkListeners(), c.checkNumbers(), c.checkContacts(), c.checkHTTP(), c.checkExternal(), c.checkArchive(), c.checkRooms(), c.checkComponents(), c.checkWebim(), c.checkFlash(), c.checkPlugchat(), c.checkREST(), c.checkOAuth())
	list = append(list, c.checkWebsdk()...)
	if len(c.TLS.Certs) != len(c.TLS.Keys) {
		list = append(list, fmt.Errorf("tls.certs: %d certificates, but %d tls.keys", len(c.TLS.Certs), len(c.TLS.Keys)))
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(c.Log.Level)); err != nil {
		list = append(list, fmt.Errorf("log.level: %q is not debug, info, warn or error", c.Log.Level))
	}
	if !slices.Contains([]string{"auto", "text", "json"}, c.Log.Format) {
		list = append(list, fmt.Errorf("log.format: %q is not auto, text or json", c.Log.Format))
	}
	if c.Data == "" {
		list = append(list, errors.New("data: no folder is named"))
	}
	if len(c.Accounts.Hashes) == 0 {
		list = append(list, errors.New("accounts.hashes: at least one is needed"))
	}
	for _, h := range c.Accounts.Hashes {
		if !slices.Contains(sasl.Hashes(), sasl.Hash(h)) {
			list = append(list, fmt.Errorf("accounts.hashes: %q is none of %v", h, sasl.Hashes()))
		}
	}
	return list
}

// checkHosts also brings addresses into the one form that all others have.
func (c *Config) checkHosts() (list []error) {
	for i, h := range c.Hosts {
		j, err := jid.Parse(h)
		if err != nil || !j.IsHost() {
			list = append(list, fmt.Errorf("hosts: %q is not a domain", h))
			continue
		}
		if slices.Contains(c.Hosts[:i], j.String()) {
			list = append(list, fmt.Errorf("hosts: %s is there twice", j))
		}
		c.Hosts[i] = j.String()
	}
	for i, a := range c.Admins {
		j, err := jid.Parse(a)
		switch {
		case err != nil || j.Local() == "" || j.IsFull():
			list = append(list, fmt.Errorf("admins: %q is not an address like nurse@capulet.lit", a))
			continue
		case !slices.Contains(c.hosts(), j.Domain()):
			list = append(list, hinted(fmt.Errorf("admins: %s is not of a host here", j), "hosts: "+strings.Join(c.hosts(), " ")))
		}
		c.Admins[i] = j.String()
	}
	return list
}

func (c *Config) checkListeners() (list []error) {
	type place struct{ host, port string }
	var places []place
	for _, key := range []struct {
		name  string
		addrs []string
	}{
		{"c2s.listen", c.C2S.Listen},
		{"c2s.listen_tls", c.C2S.ListenTLS},
		{"http.listen", c.HTTP.Listen},
		{"http.listen_plain", c.HTTP.ListenPlain},
		{"component.listen", c.Component.Listen},
		{"flash.listen", c.Flash.Listen},
	} {
		for _, a := range key.addrs {
			host, port, err := net.SplitHostPort(a)
			switch {
			case err != nil:
				list = append(list, hinted(fmt.Errorf("%s: %q is not an address to listen on", key.name, a), `like ":5222" or "127.0.0.1:5222"`))
				continue
			case !isPort(port):
				list = append(list, fmt.Errorf("%s: %q: the port is not a number from 0 to 65535", key.name, a))
			case !isPlace(host):
				list = append(list, fmt.Errorf("%s: %q: %q is neither an IP address nor the name of a machine", key.name, a, host))
			case port != "0" && slices.ContainsFunc(places, func(p place) bool {
				return p.port == port && (p.host == host || p.host == "" || host == "")
			}):
				list = append(list, fmt.Errorf("%s: %q: this port is listened on already", key.name, a))
			}
			places = append(places, place{host, port})
		}
	}
	if len(c.C2S.Listen)+len(c.C2S.ListenTLS) == 0 {
		list = append(list, errors.New("c2s.listen: no client can connect: this and c2s.listen_tls are empty"))
	}
	return list
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// isPlace reports whether text can be listened on: all interfaces, an address, or a name.
func isPlace(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil || text == "" {
		return true
	}
	j, err := jid.Parse(text)
	return err == nil && j.IsHost() && strings.Trim(text, "0123456789.:") != ""
}

// mostStanza is how large a stanza can be, in bytes, that the store keeps: with what is
// put to it on the way, it has to be one value (badger.Txn).
const mostStanza = 500_000

// checkNumbers holds numbers and durations against the least that is allowed.
func (c *Config) checkNumbers() (list []error) {
	for _, s := range sections(c) {
		for _, k := range s.keys {
			if !k.value.CanInt() {
				continue
			}
			n, least, shown := k.value.Int(), int64(1), "1"
			if _, ok := k.value.Interface().(duration); ok {
				least, shown = int64(time.Second), `"1s"`
			} else if min, err := strconv.ParseInt(k.tag.Get("min"), 10, 64); err == nil {
				least, shown = min, k.tag.Get("min")
			}
			if off := k.tag.Get("off"); off != "" {
				if off == strings.Trim(k.literal(), `"`) {
					continue
				}
				shown += ", or " + off
			}
			if n < least {
				list = append(list, fmt.Errorf("%s: %s is too small; at least %s", k.name, k.literal(), shown))
			}
		}
	}
	if c.C2S.StanzaBytes > mostStanza {
		list = append(list, fmt.Errorf("c2s.stanza_bytes: %d is too large; at most %d", c.C2S.StanzaBytes, mostStanza))
	}
	if c.C2S.QueueBytes > 0 && c.C2S.QueueBytes < c.C2S.StanzaBytes {
		list = append(list, fmt.Errorf("c2s.queue_bytes: %d is too small; at least c2s.stanza_bytes, which is %d", c.C2S.QueueBytes, c.C2S.StanzaBytes))
	}
	return list
}

// checkContacts: XEP-0157 #registrar-formtype has URIs.
func (c *Config) checkContacts() (list []error) {
	for _, key := range []struct {
		name string
		uris []string
	}{
		{"contacts.abuse", c.Contacts.Abuse},
		{"contacts.admin", c.Contacts.Admin},
		{"contacts.security", c.Contacts.Security},
		{"contacts.support", c.Contacts.Support},
	} {
		for _, text := range key.uris {
			if u, err := url.Parse(text); err == nil && u.Scheme != "" && (u.Opaque != "" || u.Host != "" || u.Path != "") {
				continue
			}
			hint := ""
			if strings.Contains(text, "@") {
				hint = "did you mean mailto:" + text + " or xmpp:" + text + "?"
			}
			list = append(list, hinted(fmt.Errorf("%s: %q is not a URI like mailto:abuse@capulet.lit", key.name, text), hint))
		}
	}
	return list
}

// leastIterations is what RFC 7677 §4 wants.
const leastIterations = 4096

// doubts tells of settings that can be run, but perhaps should not.
func (c *Config) doubts() (notes []string) {
	if c.Accounts.Iterations < leastIterations {
		notes = append(notes, fmt.Sprintf("accounts.iterations: %d makes a stolen store easy to use; RFC 7677 §4 wants %d at least", c.Accounts.Iterations, leastIterations))
	}
	return slices.Concat(notes, c.webDoubts(), c.componentDoubts())
}
