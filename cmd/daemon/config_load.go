package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// defaultFile is read when no file is named, if it is there.
const defaultFile = "causeway.toml"

// load makes the configuration: the defaults, then the file, then the environment,
// then what the command line sets by key.
func load(file string, environ func(string) (string, bool), set map[string]string) (Config, error) {
	c := Default()
	if err := loadFile(&c, file); err != nil {
		return c, err
	}
	for _, s := range sections(&c) {
		for _, k := range s.keys {
			if v, ok := environ(k.env()); ok {
				if err := k.set(v); err != nil {
					return c, hinted(fmt.Errorf("environment %s: %w", k.env(), err), "")
				}
			}
		}
	}
	for name, v := range set {
		k, ok := lookup(&c, name)
		if !ok {
			return c, unknownKey(&c, name, "--set "+name)
		}
		if err := k.set(v); err != nil {
			return c, err
		}
	}
	return c, c.check()
}

// loadFile reads the file over c. Not having the default file is no fault.
func loadFile(c *Config, file string) error {
	named := file != ""
	if !named {
		file = defaultFile
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil
	case err != nil:
		return hinted(fmt.Errorf("read configuration: %w", err), "causeway quickstart DOMAIN writes one")
	}
	meta, err := toml.Decode(string(text), c)
	var broken toml.ParseError
	switch {
	case errors.As(err, &broken):
		if broken.LastKey != "" {
			return fmt.Errorf("%s: line %d: %s: %s", file, broken.Position.Line, broken.LastKey, broken.Message)
		}
		return fmt.Errorf("%s: line %d: %s", file, broken.Position.Line, broken.Message)
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		name := unknown[0].String()
		return unknownKey(c, name, fmt.Sprintf("%s: line %d", file, lineOf(string(text), name)))
	}
	return nil
}

// unknownKey is the error for a key that does not exist.
func unknownKey(c *Config, name, where string) error {
	return hinted(fmt.Errorf("%s: unknown key %s", where, name), "did you mean "+nearest(c, name)+"?")
}

// lineOf finds the line of a key in a file: the TOML reader does not tell it.
func lineOf(text, name string) int {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t") + "."
			if table == name+"." {
				return i + 1
			}
			continue
		}
		word, _, ok := strings.Cut(line, "=")
		if full := table + strings.Trim(strings.TrimSpace(word), `"'`); ok && (full == name || strings.HasPrefix(name, full+".")) {
			return i + 1
		}
	}
	return 0
}

// hosts gives the domains that are served.
func (c *Config) hosts() []string {
	if len(c.Hosts) == 0 {
		return []string{"localhost"}
	}
	return c.Hosts
}

// check finds what cannot be run, naming the key.
func (c *Config) check() error {
	for i, h := range c.Hosts {
		j, err := jid.Parse(h)
		if err != nil || !j.IsHost() {
			return fmt.Errorf("hosts: %q is not a domain", h)
		}
		c.Hosts[i] = j.String() // as addresses have it, whatever it was written like
	}
	for i, a := range c.Admins {
		j, err := jid.Parse(a)
		if err != nil || j.Local() == "" || j.IsFull() {
			return fmt.Errorf("admins: %q is not an address like nurse@capulet.lit", a)
		}
		if !slices.Contains(c.hosts(), j.Domain()) {
			return fmt.Errorf("admins: %s is not of a host here", j)
		}
		c.Admins[i] = j.String()
	}
	if err := c.checkListeners(); err != nil {
		return err
	}
	if len(c.TLS.Certs) != len(c.TLS.Keys) {
		return fmt.Errorf("tls.certs: %d certificates, but %d tls.keys", len(c.TLS.Certs), len(c.TLS.Keys))
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(c.Log.Level)); err != nil {
		return fmt.Errorf("log.level: %q is not debug, info, warn or error", c.Log.Level)
	}
	if !slices.Contains([]string{"auto", "text", "json"}, c.Log.Format) {
		return fmt.Errorf("log.format: %q is not auto, text or json", c.Log.Format)
	}
	return c.checkNumbers()
}

func (c *Config) checkListeners() error {
	for name, list := range map[string][]string{"c2s.listen": c.C2S.Listen, "c2s.listen_tls": c.C2S.ListenTLS} {
		for _, a := range list {
			if _, _, err := net.SplitHostPort(a); err != nil {
				return hinted(fmt.Errorf("%s: %q is not an address to listen on", name, a), `like ":5222" or "127.0.0.1:5222"`)
			}
		}
	}
	return nil
}

func (c *Config) checkNumbers() error {
	if len(c.Accounts.Hashes) == 0 {
		return errors.New("accounts.hashes: at least one is needed")
	}
	for _, h := range c.Accounts.Hashes {
		if !slices.Contains(sasl.Hashes(), sasl.Hash(h)) {
			return fmt.Errorf("accounts.hashes: %q is none of %v", h, sasl.Hashes())
		}
	}
	// RFC 6120 §13.12: "the minimum … MUST NOT be lower than 10000 bytes".
	if c.C2S.StanzaBytes < 10_000 {
		return errors.New("c2s.stanza_bytes: less than 10000")
	}
	for _, s := range sections(c) {
		for _, k := range s.keys {
			if !k.value.CanInt() || k.value.Int() > 0 {
				continue
			}
			if k.name != "c2s.rate_bytes" || k.value.Int() != -1 { // which is no limit
				return fmt.Errorf("%s: %s is too small", k.name, k.literal())
			}
		}
	}
	return nil
}
