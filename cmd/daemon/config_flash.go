package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"causeway/bridge/flash"
	"causeway/xmpp/jid"
)

// FlashConfig is the section flash.
type FlashConfig struct {
	Listen      []string `toml:"listen" doc:"Addresses for commands. An empty list turns it off. The protocol has no TLS, and its password goes in the clear: stay on this machine, or on a network that nobody else listens to."`
	Allow       []string `toml:"allow" doc:"Addresses and networks that commands may come from, such as \"192.0.2.0/24\"; \"*\" is all of them, which is not wise. An empty list is this machine."`
	Semantics   string   `toml:"semantics" doc:"What the attributes member and passallmessage mean, in which the document and the product that it describes are at odds: documented (member=\"1\" lets guests in, passallmessage=\"1\" has only speakers speak) or product (the opposite of both)."`
	Policy      []string `toml:"policy" doc:"Domains whose Flash pages may connect, told to players that ask. With none, they are told nothing."`
	Files       []string `toml:"files" doc:"Hosts and the folders in which online.txt and room_N.txt of them are kept up to date, such as \"capulet.lit=/var/lib/chat/default\". Each has a folder of its own, which is there already; other files named room_N.txt in it are removed."`
	Publish     bool     `toml:"publish" doc:"Tell anybody who asks the HTTP port how many people are online, which rooms are listed and who is in them: /online.js, /rooms.js, /roomonlineusers.js, and the files below /flash/GROUP/."`
	Connections int      `toml:"connections" doc:"Most connections at once."`
	PerAddress  int      `toml:"per_address" doc:"Most connections at once from one IP address, or one /64 of IPv6; this machine is excepted."`
}

func defaultFlash() FlashConfig {
	return FlashConfig{
		Listen: []string{"127.0.0.1:51127"}, Allow: []string{}, Semantics: string(flash.Documented),
		Policy: []string{}, Files: []string{}, Connections: 1000, PerAddress: 100,
	}
}

// prefixes gives what commands may come from; open says that it is everywhere.
func (c *FlashConfig) prefixes() (list []netip.Prefix, open bool, err error) {
	for _, entry := range c.Allow {
		for _, text := range strings.FieldsFunc(entry, func(r rune) bool { return r == ',' || r == ' ' }) {
			if text == "*" {
				return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0)}, true, nil
			}
			p, err := netip.ParsePrefix(text)
			if err != nil {
				var a netip.Addr
				if a, err = netip.ParseAddr(text); err == nil {
					a = a.Unmap()
					p = netip.PrefixFrom(a, a.BitLen())
				}
			}
			if err != nil {
				return nil, false, fmt.Errorf("flash.allow: %q is no address like 192.0.2.1, no network like 192.0.2.0/24 and not *", text)
			}
			open = open || p.Bits() == 0
			list = append(list, p.Masked())
		}
	}
	return list, open, nil
}

// folders gives the folders of status files by host, and what is wrong with them.
func (c *Config) folders() (folders map[string]string, faults []error) {
	folders = make(map[string]string)
	var taken []fs.FileInfo
	for i, text := range c.Flash.Files {
		where := fmt.Sprintf("flash.files: entry %d", i+1)
		name, folder, ok := strings.Cut(text, "=")
		host, err := jid.Parse(strings.TrimSpace(name))
		folder = filepath.Clean(strings.TrimSpace(folder))
		info, missing := os.Stat(folder)
		switch {
		case !ok || err != nil || folder == "." || !filepath.IsAbs(folder):
			faults = append(faults, fmt.Errorf("%s is not like capulet.lit=/var/lib/chat/default", where))
		case !slices.Contains(c.hosts(), host.String()):
			faults = append(faults, fmt.Errorf("%s: %s is no host here", where, host))
		case missing != nil || !info.IsDir():
			faults = append(faults, hinted(fmt.Errorf("%s: %s is no folder", where, folder), "mkdir -p "+folder))
		case folders[host.String()] != "" || slices.ContainsFunc(taken, func(other fs.FileInfo) bool { return os.SameFile(info, other) }):
			faults = append(faults, fmt.Errorf("%s: a host has one folder, and a folder one host", where)) // by whatever name
		default:
			folders[host.String()], taken = folder, append(taken, info)
		}
	}
	return folders, faults
}

// checkFlash finds what is wrong in the section flash.
func (c *Config) checkFlash() []error {
	_, list := c.folders()
	if _, _, err := c.Flash.prefixes(); err != nil {
		list = append(list, err)
	}
	if s := flash.Semantics(c.Flash.Semantics); s != flash.Documented && s != flash.Product {
		list = append(list, fmt.Errorf("flash.semantics: %q is not documented or product", c.Flash.Semantics))
	}
	for _, d := range c.Flash.Policy {
		if d == "" || strings.ContainsAny(d, " /<>\"'&") {
			list = append(list, errors.New("flash.policy: a domain is like www.capulet.lit, *.capulet.lit or *"))
		}
	}
	return list
}
