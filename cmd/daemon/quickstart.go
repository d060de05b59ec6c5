package daemon

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/jid"
)

func (c *cli) quickstartCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "quickstart DOMAIN",
		Short: "Make a configuration, a certificate and an administrator in this folder, and say what is left to do",
		Example: "  causeway quickstart example.org\n" +
			"  causeway quickstart example.org --config /etc/causeway/causeway.toml --data /var/lib/causeway",
		Args: oneArg("DOMAIN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			host, err := hostJID(args[0])
			if err != nil {
				return err
			}
			admin, err := jid.New(name, host.Domain(), "")
			if err != nil {
				return misuse("--admin %q cannot be a user name", name)
			}
			return c.quickstart(cmd.Context(), host, admin)
		},
	}
	cmd.Flags().StringVar(&name, "admin", "admin", "user name of the administrator")
	return cmd
}

// quickstart writes nothing over anything: it begins only where neither the file
// nor the folder is.
func (c *cli) quickstart(ctx context.Context, host, admin jid.JID) error {
	file := c.file
	if file == "" {
		file = defaultFile
	}
	cfg, err := c.begin(host, admin)
	if err != nil {
		return err
	}
	// What the file says of the data folder holds in the file's own folder.
	if elsewhere := filepath.Dir(file) != "."; elsewhere && c.data != "" {
		if err := cfg.root(""); err != nil {
			return err
		}
	}
	text := printConfig(&cfg, false)
	if err := cfg.root(filepath.Dir(file)); err != nil {
		return err
	}
	for _, path := range []string{file, cfg.Data} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return hinted(fmt.Errorf("%s is here already", path), "quickstart begins in an empty folder and overwrites nothing")
		}
	}
	if err := errors.Join(cfg.check()...); err != nil {
		return err
	}
	if err := writeNew(file, text); err != nil {
		return err
	}
	certs, err := openCertificates(&cfg, c.quiet())
	if err != nil {
		return err
	}
	a, err := reach(ctx, cfg, c.quiet(), true)
	if err != nil {
		return err
	}
	password := newPassword()
	if err := errors.Join(addAccount(ctx, a, admin, password), a.close()); err != nil {
		return err
	}
	return c.printQuickstart(&cfg, password, file, certs.shown()[0].file)
}

// begin is the configuration of a host that begins: the defaults, and what flags set.
func (c *cli) begin(host, admin jid.JID) (Config, error) {
	cfg := Default()
	set, err := c.overrides()
	if err != nil {
		return cfg, err
	}
	for name, value := range set {
		k, ok := lookup(&cfg, name)
		if !ok {
			return cfg, unknownKey(&cfg, name, "--set "+name)
		}
		if err := k.set(value); err != nil {
			return cfg, err
		}
	}
	cfg.Hosts, cfg.Admins = append([]string{host.String()}, cfg.Hosts...), append([]string{admin.String()}, cfg.Admins...)
	return cfg, nil
}

func (c *cli) printQuickstart(cfg *Config, password, file, cert string) error {
	if c.json {
		return c.printJSON(map[string]any{
			"configuration": file, "data": cfg.Data, "certificate": cert, "administrator": cfg.Admins[0],
			"password": password, "records": records(cfg), "files": fileURL(cfg),
		})
	}
	config := ""
	if file != defaultFile {
		config = " --config " + file
	}
	_, err := fmt.Fprintf(c.out, `configuration   %s
data            %s
certificate     %s (self-signed; tls.certs and tls.keys name a better one)
administrator   %s
password        %s  (shown this once)
files           %s (where people upload files and others download them)

DNS records to set, if clients reach this machine as %s:

  %s

next:

  %s serve%s
`, file, cfg.Data, cert, cfg.Admins[0], password, cmp.Or(fileURL(cfg), "nowhere"), asciiName(cfg.Hosts[0]),
		strings.Join(records(cfg), "\n  "), program(), config)
	return err
}

// records are the DNS records by which clients find the host (RFC 6120 §3.2.1,
// XEP-0368).
func records(cfg *Config) []string {
	name := asciiName(cfg.Hosts[0])
	var list []string
	for _, r := range []struct {
		service string
		addrs   []string
	}{{"_xmpp-client", cfg.C2S.Listen}, {"_xmpps-client", cfg.C2S.ListenTLS}} {
		for _, addr := range r.addrs {
			if _, port, err := net.SplitHostPort(addr); err == nil {
				list = append(list, fmt.Sprintf("%-28s 86400 IN SRV 0 5 %s %s.", r.service+"._tcp."+name+".", port, name))
			}
		}
	}
	return list
}

// writeNew writes a file that only its owner reads and that is not there yet.
func writeNew(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(fmt.Errorf("write configuration: %w", err), f.Close())
	}
	return f.Close()
}

// newPassword makes a password of 80 random bits that can be typed.
func newPassword() string {
	t := strings.ToLower(rand.Text())
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
}
