package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/bridge/webim"
	"causeway/xmpp/jid"
)

// openWebim makes the endpoints of webim, if they are wanted.
func (h *house) openWebim(ctx context.Context) error {
	cfg := &h.cfg.Webim
	if !cfg.Enabled {
		return nil
	}
	key, err := h.store.Accounts().Secret(ctx, "webim tokens")
	if err != nil {
		return fmt.Errorf("secret of webim: %w", err)
	}
	secrets, _ := h.cfg.webimSecrets() // the configuration was checked
	h.webim = webim.New(webim.Config{
		Port: h.port, People: people{h.accounts}, Throttle: h.throttle, Sealer: bridge.NewSealer(key),
		Hosts: h.cfg.hosts(), Rooms: h.cfg.Rooms.Service, Secrets: secrets, Visitors: cfg.Visitors, Origins: lower(cfg.Origins), Server: cfg.Server,
		Socket: cfg.WebSocket, Hold: time.Duration(cfg.Poll), Grace: time.Duration(cfg.Grace), Tabs: cfg.Tabs,
		Show: cfg.Page, Logger: h.log,
	})
	h.web.Handle("webim", webim.Prefix, h.webim)
	h.web.Handle("packets", webim.Packets, h.webim)
	return nil
}

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.ToLower(text)
	}
	return out
}

// leastHandoverSecret is the length below which a secret that signs log-ins may be guessed.
const leastHandoverSecret = 32

// webimSecrets gives the secrets of back ends by host, and what is wrong with them.
func (c *Config) webimSecrets() (secrets map[string][]string, faults []error) {
	type line struct{ where, text string }
	var lines []line
	for i, text := range c.Webim.Secrets {
		lines = append(lines, line{fmt.Sprintf("webim.secrets: entry %d", i+1), text})
	}
	for _, file := range c.Webim.SecretFiles {
		raw, err := os.ReadFile(file)
		if err != nil {
			faults = append(faults, fmt.Errorf("webim.secret_files: %w", err))
			continue
		}
		for i, text := range strings.Split(string(raw), "\n") {
			if text = strings.TrimSpace(text); text != "" && !strings.HasPrefix(text, "#") {
				lines = append(lines, line{fmt.Sprintf("webim.secret_files: %s: line %d", file, i+1), text})
			}
		}
	}
	secrets = make(map[string][]string)
	for _, l := range lines {
		name, secret, ok := strings.Cut(l.text, "=")
		secret = strings.TrimSpace(secret)
		host, err := jid.Parse(strings.TrimSpace(name))
		switch {
		case !ok || err != nil:
			faults = append(faults, fmt.Errorf("%s is not like capulet.lit=SECRET", l.where))
		case !slices.Contains(c.hosts(), host.String()):
			faults = append(faults, fmt.Errorf("%s: %s is no host here", l.where, host))
		case len(secret) < leastHandoverSecret:
			faults = append(faults, hinted(fmt.Errorf("%s: the secret is too short: who guesses it is everybody", l.where),
				fmt.Sprintf("%d characters at least, such as openssl rand -hex 32 gives", leastHandoverSecret)))
		default:
			secrets[host.String()] = append(secrets[host.String()], secret)
		}
	}
	return secrets, faults
}

// checkWebim finds what is wrong in the section webim.
func (c *Config) checkWebim() []error {
	_, list := c.webimSecrets()
	for i, name := range c.Webim.Visitors {
		host, err := jid.Parse(name)
		if err != nil || !slices.Contains(c.hosts(), host.String()) {
			list = append(list, fmt.Errorf("webim.visitors: %q is no host here", name))
			continue
		}
		c.Webim.Visitors[i] = host.String()
	}
	for _, origin := range c.Webim.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
			list = append(list, fmt.Errorf("webim.origins: %q is not like https://www.capulet.lit", origin))
		}
	}
	if u, err := url.Parse(c.Webim.Server); err != nil || strings.ContainsAny(c.Webim.Server, "?#") || c.Webim.Server != "" && u.Host == "" {
		list = append(list, fmt.Errorf("webim.server: %q is not a URL without a question mark", c.Webim.Server))
	}
	if poll := time.Duration(c.Webim.Poll); poll > 5*time.Minute {
		list = append(list, errors.New("webim.poll: five minutes at most"))
	}
	return list
}
