package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine may have no time zones

	"causeway/xmpp/jid"
)

// RESTConfig is the section rest.
type RESTConfig struct {
	Enabled   bool     `toml:"enabled" doc:"Answer back ends that have an app, at /ORG/APP/ of the HTTP port. Without an app there is nothing to be reached."`
	Open      []string `toml:"open" doc:"Hosts with an app where everybody who reaches it may register an account. An open door for spam: think twice."`
	Rate      int      `toml:"rate" off:"-1" doc:"Calls that one app may make in a second; -1 is no limit."`
	TokenRate int      `toml:"token_rate" off:"-1" doc:"Tokens that one app may ask for in a second; -1 is no limit."`
	Zones     []string `toml:"zones" doc:"Hosts and the time zones of their people, such as \"capulet.lit=Europe/Rome\", by which the hours count in which somebody is not to be disturbed. Others have that of this machine."`
}

// zones gives the time zones of hosts.
func (c *RESTConfig) zones() (zones map[string]*time.Location, err error) {
	zones = make(map[string]*time.Location, len(c.Zones))
	for _, text := range c.Zones {
		name, zone, both := strings.Cut(text, "=")
		host, err := jid.Parse(strings.TrimSpace(name))
		if err != nil || !both || !host.IsHost() {
			return nil, fmt.Errorf("rest.zones: %q is not a host and a time zone, like \"capulet.lit=Europe/Rome\"", text)
		}
		at, err := time.LoadLocation(strings.TrimSpace(zone))
		if err != nil || strings.TrimSpace(zone) == "" {
			return nil, fmt.Errorf("rest.zones: %s: %q is not a time zone", host, zone)
		}
		zones[host.String()] = at
	}
	return zones, nil
}

// checkREST finds what is wrong in the section rest.
func (c *Config) checkREST() (list []error) {
	for i, name := range c.REST.Open {
		host, err := jid.Parse(name)
		if err != nil || !slices.Contains(c.hosts(), host.String()) {
			list = append(list, fmt.Errorf("rest.open: %q is no host here", name))
			continue
		}
		c.REST.Open[i] = host.String()
	}
	zones, err := c.REST.zones()
	if err != nil {
		return append(list, err)
	}
	for host := range zones {
		if !slices.Contains(c.hosts(), host) {
			list = append(list, fmt.Errorf("rest.zones: %s is no host here", host))
		}
	}
	return list
}
