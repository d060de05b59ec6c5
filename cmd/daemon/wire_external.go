package daemon

import (
	"time"

	"causeway/xmpp/ext/external"
	"causeway/xmpp/router"
)

// external makes the service that tells of servers for calls.
func (h *house) external() {
	cfg := external.Config{Secret: h.cfg.External.Secret, Lifetime: time.Duration(h.cfg.External.Lifetime)}
	for _, uri := range h.cfg.External.Services {
		if s, err := external.Parse(uri); err == nil { // the configuration has been checked
			cfg.Services = append(cfg.Services, s)
		}
	}
	if len(cfg.Services) > 0 {
		h.router.HandleIQ(router.AtHost, external.NS, external.New(cfg))
	}
}
