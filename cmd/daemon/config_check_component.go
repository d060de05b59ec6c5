package daemon

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
)

// A componentLine is a domain with its secret, and where it stands. Nothing that is
// said about it shows the secret.
type componentLine struct{ where, text string }

// componentLines collects the lines of the configuration and of the files it names.
func (c *Config) componentLines() (lines []componentLine, faults []error) {
	for i, text := range c.Component.Secrets {
		lines = append(lines, componentLine{fmt.Sprintf("component.secrets: entry %d", i+1), text})
	}
	for _, file := range c.Component.SecretFiles {
		raw, err := os.ReadFile(file)
		if err != nil {
			faults = append(faults, fmt.Errorf("component.secret_files: %w", err))
			continue
		}
		for i, text := range strings.Split(string(raw), "\n") {
			if text = strings.TrimSpace(text); text != "" && !strings.HasPrefix(text, "#") {
				lines = append(lines, componentLine{fmt.Sprintf("component.secret_files: %s: line %d", file, i+1), text})
			}
		}
	}
	return lines, faults
}

// components gives the secrets of all components by their domains, and what is wrong
// with them.
func (c *Config) components() (secrets map[string]string, faults []error) {
	lines, faults := c.componentLines()
	secrets = make(map[string]string)
	for _, l := range lines {
		name, secret, ok := strings.Cut(l.text, "=")
		name, secret = strings.TrimSpace(name), strings.TrimSpace(secret)
		at, err := jid.Parse(name)
		switch {
		case !ok || secret == "":
			faults = append(faults, fmt.Errorf("%s is not like echo.capulet.lit=SECRET", l.where))
		case err != nil || !at.IsHost():
			faults = append(faults, fmt.Errorf("%s: %q is not a domain", l.where, name))
		case secrets[at.Domain()] != "":
			faults = append(faults, fmt.Errorf("%s: %s is there twice", l.where, at))
		default:
			secrets[at.Domain()] = secret
			if err := c.taken(at.Domain()); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", l.where, err))
			}
		}
	}
	return secrets, faults
}

// taken says who else answers for a domain.
func (c *Config) taken(domain string) error {
	if slices.Contains(c.hosts(), domain) {
		return fmt.Errorf("%s is a host here", domain)
	}
	for _, host := range c.hosts() {
		switch domain {
		case upload.Domain(host):
			if fileURL(c) != "" {
				return hinted(fmt.Errorf("%s is where people of %s upload files", domain, host), "upload.enabled = false, or another name")
			}
		case c.Rooms.at(host):
			return hinted(fmt.Errorf("%s is where the rooms of %s are", domain, host), "rooms.service names another label; or another name")
		}
	}
	return nil
}

func (c *Config) checkComponents() []error {
	_, faults := c.components()
	return faults
}

// leastSecret is the length below which a secret may be guessed.
const leastSecret = 16

// componentDoubts tells of what lets others speak for a component.
func (c *Config) componentDoubts() (notes []string) {
	for _, a := range c.Component.Listen {
		if beyondMachine(a) {
			notes = append(notes, fmt.Sprintf("component.listen: other machines can reach %s, and there is no TLS on it", a))
		}
	}
	lines, _ := c.componentLines()
	for _, l := range lines {
		if _, secret, _ := strings.Cut(l.text, "="); len(strings.TrimSpace(secret)) < leastSecret {
			notes = append(notes, fmt.Sprintf("%s: the secret is short; %d characters at least are hard to guess", l.where, leastSecret))
		}
	}
	for _, file := range c.Component.SecretFiles {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o007 != 0 {
			notes = append(notes, fmt.Sprintf("component.secret_files: every user of this machine can read %s", file))
		}
	}
	switch {
	case len(c.Component.Listen) > 0 && len(lines) == 0:
		notes = append(notes, "component.listen: no component can connect: there are no secrets")
	case len(c.Component.Listen) == 0 && len(lines) > 0:
		notes = append(notes, "component.secrets: no component can connect: component.listen is empty")
	}
	return notes
}
