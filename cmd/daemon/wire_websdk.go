package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"causeway/bridge/websdk"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// WebsdkConfig is the section sdk.
type WebsdkConfig struct {
	Hosts   []string `toml:"hosts" doc:"Hosts whose people may come with it. Each needs an app with the appkey of its pages: causeway app add rest."`
	Domains []string `toml:"domains" doc:"What pages take for the XMPP domain; easemob.com unless they set the option domain. It may be one of hosts: at /ws and /bosh that offers no log-in then that the SDK would choose in vain, so other browsers need PLAIN or SCRAM-SHA-256 there, and cost about 8 kB more each."`
}

// defaultWebsdk lets nobody in: it is for hosts that have pages with the SDK.
func defaultWebsdk() WebsdkConfig {
	return WebsdkConfig{Hosts: []string{}, Domains: []string{"easemob.com"}}
}

// openWebsdk makes what lets old web SDKs in, if some host wants it.
func (h *house) openWebsdk() {
	cfg := &h.cfg
	if len(cfg.SDK.Hosts) == 0 {
		return
	}
	h.websdk = websdk.New(websdk.Config{
		Keys: h.apps, Hosts: cfg.SDK.Hosts, Domains: cfg.SDK.Domains, Rooms: cfg.Rooms.at, PlainLoopback: cfg.C2S.PlainLoopback,
		Limits: stanza.Limits{Bytes: cfg.C2S.StanzaBytes, Depth: 64}, Logger: h.log,
	})
}

// carry serves a stream that came over HTTP, which may be that of an old web SDK.
func (h *house) carry(c websdk.Carrier) {
	if h.websdk == nil {
		h.clients.ServeCarried(context.Background(), c)
		return
	}
	h.websdk.Serve(c, func(c websdk.Carrier) { h.clients.ServeCarried(context.Background(), c) })
}

// checkWebsdk finds what is wrong in the section sdk.
func (c *Config) checkWebsdk() (list []error) {
	for i, name := range c.SDK.Hosts {
		host, err := jid.Parse(name)
		if err != nil || !slices.Contains(c.hosts(), host.String()) {
			list = append(list, fmt.Errorf("sdk.hosts: %q is no host here", name))
			continue
		}
		c.SDK.Hosts[i] = host.String()
	}
	for i, name := range c.SDK.Domains {
		domain, err := jid.Parse(name)
		switch {
		case err != nil || !domain.IsHost():
			list = append(list, fmt.Errorf("sdk.domains: %q is no domain", name))
		case slices.Contains(c.hosts(), domain.String()) && !slices.Contains(c.SDK.Hosts, domain.String()):
			list = append(list, fmt.Errorf("sdk.domains: %s is a host here that is not in sdk.hosts", domain))
		default:
			c.SDK.Domains[i] = strings.ToLower(domain.String())
		}
	}
	return list
}
