package daemon

import (
	"strings"
	"time"

	"causeway/xmpp/account"
	"causeway/xmpp/component"
	"causeway/xmpp/ext/disco"
	"causeway/xmpp/jid"
)

// attaching makes the gates of external components. Without a listener there are none,
// whatever secrets there are.
func (h *house) attaching() error {
	cfg := &h.cfg
	var secrets map[string]string
	if len(cfg.Component.Listen) > 0 {
		secrets, _ = cfg.components() // the configuration has been checked
	}
	var err error
	h.components, err = component.New(component.Config{
		Router: h.router, Secrets: secrets, Throttle: account.NewThrottle(0), Logger: h.log,
		Limits: component.Limits{StanzaBytes: cfg.C2S.StanzaBytes, Queue: cfg.C2S.QueueBytes},
	})
	if err != nil {
		return err
	}
	for _, domain := range h.components.Domains() {
		h.router.SetGate(domain, h.components.Gate(domain))
	}
	h.hostItems = append(h.hostItems, h.componentItems)
	return nil
}

// componentItems are the components whose domains lie below that of a host, which is
// where clients look for gateways (XEP-0030 #items). Those that are not connected are
// among them: whoever asks one is told so.
func (h *house) componentItems(host jid.JID) (items []disco.Item) {
	for _, domain := range h.components.Domains() {
		if at, err := jid.New("", domain, ""); err == nil && strings.HasSuffix(domain, "."+host.Domain()) {
			items = append(items, disco.Item{JID: at})
		}
	}
	return items
}

// attached tells of each component whether it is connected.
func (h *house) attached() (list []string) {
	for _, c := range h.components.States() {
		state := "not connected"
		if !c.Since.IsZero() {
			state = "connected from " + c.Addr + " since " + c.Since.UTC().Format(time.RFC3339)
		}
		list = append(list, c.Domain+" "+state)
	}
	return list
}
