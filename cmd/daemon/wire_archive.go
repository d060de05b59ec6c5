package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// archiving makes the message archive, and the copies for the other devices of a person.
func (h *house) archiving() {
	keepAt, _ := h.cfg.Archive.keepAt() // the configuration was checked
	h.archive = archive.New(archive.Config{
		Store: h.store.Archive(), Contacts: h.roster, Router: h.router,
		Keep: time.Duration(h.cfg.Archive.Keep), KeepAt: keepAt, Prefer: archive.Rule(h.cfg.Archive.Prefer),
		// A page goes to a client at once, and other things wait beside it.
		PageBytes: min(archive.DefaultPageBytes, h.cfg.C2S.QueueBytes/4),
		Logger:    h.log,
	})
	h.router.AddKeeper(h.archive)
	h.router.HandleIQ(router.AtAccount, archive.NS, h.archive, archive.AccountFeatures()...)
	h.router.HandleIQ(router.AtAccount, archive.NSPurge, h.archive)
	h.router.AddFeatures(router.AtHost, archive.HostFeatures()...)
}

// keepAt gives how long single hosts keep messages.
func (c *ArchiveConfig) keepAt() (times map[string]time.Duration, err error) {
	times = make(map[string]time.Duration, len(c.KeepAt))
	for _, text := range c.KeepAt {
		name, span, both := strings.Cut(text, "=")
		host, err := jid.Parse(strings.TrimSpace(name))
		if err != nil || !both || !host.IsHost() {
			return nil, fmt.Errorf("archive.keep_at: %q is not a host and a time, like \"montague.lit=30d\"", text)
		}
		var keep duration
		if err := keep.UnmarshalText([]byte(strings.TrimSpace(span))); err != nil {
			return nil, fmt.Errorf("archive.keep_at: %s: %w", host, err)
		}
		if keep != 0 && keep < duration(time.Second) {
			return nil, fmt.Errorf("archive.keep_at: %s: %q is too small; at least \"1s\", or 0s", host, span)
		}
		if _, twice := times[host.String()]; twice {
			return nil, fmt.Errorf("archive.keep_at: %s is there twice", host)
		}
		times[host.String()] = time.Duration(keep)
	}
	return times, nil
}

// checkArchive finds what is wrong in the section archive. Rooms have archives too, on
// hosts below those that have accounts.
func (c *Config) checkArchive() (list []error) {
	times, err := c.Archive.keepAt()
	if err != nil {
		list = append(list, err)
	}
	for _, host := range slices.Sorted(maps.Keys(times)) {
		if !slices.ContainsFunc(c.hosts(), func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) }) {
			list = append(list, hinted(fmt.Errorf("archive.keep_at: %s is no host here", host), "hosts: "+strings.Join(c.hosts(), " ")))
		}
	}
	rules := []string{string(archive.Always), string(archive.Roster), string(archive.Never)}
	if !slices.Contains(rules, c.Archive.Prefer) {
		list = append(list, fmt.Errorf("archive.prefer: %q is not always, roster or never", c.Archive.Prefer))
	}
	return list
}
