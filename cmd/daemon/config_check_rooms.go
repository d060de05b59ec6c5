package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // where the system has no time zones, such as in a container

	"causeway/muc"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
)

// Who sees the real addresses of occupants, in the words of XEP-0045
// #registrar-formtype-owner.
const (
	whoisModerators = "moderators"
	whoisAnyone     = "anyone"
)

// at is where the rooms of a host are; "" if it has none.
func (c *RoomsConfig) at(host string) string {
	if c.Service == "" {
		return ""
	}
	return c.Service + "." + host
}

// checkRooms finds what is wrong in the section rooms.
func (c *Config) checkRooms() (list []error) {
	creators := []string{string(muc.Locals), string(muc.Anyone), string(muc.Admins)}
	if !slices.Contains(creators, c.Rooms.Creators) {
		list = append(list, fmt.Errorf("rooms.creators: %q is not local, anyone or admins", c.Rooms.Creators))
	}
	if w := c.Rooms.Whois; w != whoisModerators && w != whoisAnyone {
		list = append(list, fmt.Errorf("rooms.whois: %q is not moderators or anyone", w))
	}
	if _, err := time.LoadLocation(c.Rooms.TimeZone); err != nil {
		list = append(list, fmt.Errorf("rooms.time_zone: %q is not a time zone like Europe/Rome", c.Rooms.TimeZone))
	}
	if c.Rooms.Service == "" {
		return list
	}
	label, err := jid.Parse(c.Rooms.Service)
	if err != nil || !label.IsHost() || strings.Contains(label.Domain(), ".") {
		return append(list, fmt.Errorf("rooms.service: %q is not a label like conference", c.Rooms.Service))
	}
	c.Rooms.Service = label.Domain()
	for _, host := range c.hosts() {
		at := c.Rooms.at(host)
		switch {
		case slices.Contains(c.hosts(), at):
			list = append(list, hinted(fmt.Errorf("hosts: %s is where the rooms of %s are", at, host), "rooms.service names another label"))
		case at == upload.Domain(host) && fileURL(c) != "":
			list = append(list, fmt.Errorf("rooms.service: %s is where people of %s upload files", at, host))
		}
	}
	return list
}
