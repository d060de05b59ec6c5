package daemon

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"causeway/xmpp/jid"
)

// PlugchatConfig is the section plugchat.
type PlugchatConfig struct {
	Enabled    bool     `toml:"enabled" doc:"Answer at /plugchat/ of the HTTP port. Which sites there are, causeway app says: without any, nobody is answered."`
	Root       bool     `toml:"root" doc:"Answer at / as well, as the document of the API has it, where a request names an action, a publicKey or an apiKey."`
	Origins    []string `toml:"origins" doc:"Origins of pages that may have the bar of any site here, such as \"https://test.capulet.lit:8443\", besides the website that causeway app names."`
	Room       string   `toml:"room" doc:"Name of the room in which the guests of a site meet, before the @: lobby is lobby@conference.capulet.lit for a site of capulet.lit. It is made when the first guest comes, and belongs to the first administrator of the host. \"\" is for none."`
	Contacts   []string `toml:"contacts" doc:"Addresses of people to whom guests of their host may write, such as help@capulet.lit. Others have to write first, or be in the room."`
	Guests     int      `toml:"guests" doc:"Most guests at once."`
	PerAddress int      `toml:"per_address" doc:"Most guests at once from one IP address, or one /64 of IPv6."`
	Poll       duration `toml:"poll" doc:"How long a poll of the bar waits; less than proxies on the way do."`
	Grace      duration `toml:"grace" doc:"How long a guest stays when no page polls any more: pages are loaded again."`
}

func defaultPlugchat() PlugchatConfig {
	return PlugchatConfig{
		Enabled: true, Origins: []string{}, Room: "lobby", Contacts: []string{}, Guests: 10_000, PerAddress: 20,
		Poll: duration(25 * time.Second), Grace: duration(time.Minute),
	}
}

// checkPlugchat finds what is wrong in the section plugchat.
func (c *Config) checkPlugchat() (list []error) {
	if _, err := jid.New(c.Plugchat.Room, "conference", ""); c.Plugchat.Room != "" && err != nil {
		list = append(list, fmt.Errorf("plugchat.room: %q cannot stand before the @ of an address", c.Plugchat.Room))
	}
	for i, text := range c.Plugchat.Contacts {
		j, err := jid.Parse(text)
		if err != nil || j.Local() == "" || j.IsFull() || !slices.Contains(c.hosts(), j.Domain()) {
			list = append(list, fmt.Errorf("plugchat.contacts: %q is no address of a person here", text))
			continue
		}
		c.Plugchat.Contacts[i] = j.String()
	}
	for _, origin := range c.Plugchat.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			list = append(list, fmt.Errorf("plugchat.origins: %q is not like https://www.capulet.lit", origin))
		}
	}
	if time.Duration(c.Plugchat.Poll) > 5*time.Minute {
		list = append(list, errors.New("plugchat.poll: five minutes at most"))
	}
	return list
}
