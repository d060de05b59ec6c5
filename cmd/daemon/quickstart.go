package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"causeway/xmpp/jid"
)

func (c *cli) quickstartCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "quickstart DOMAIN",
		Short: "Make a configuration, a certificate and an administrator in this folder, and say what is left to do",
		Args:  cobra.ExactArgs(1),
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
	cfg := Default()
	if c.data != "" {
		cfg.Data = c.data
	}
	cfg.Hosts, cfg.Admins = []string{host.String()}, []string{admin.String()}
	for _, path := range []string{file, cfg.Data} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return hinted(fmt.Errorf("%s is here already", path), "quickstart begins in an empty folder and overwrites nothing")
		}
	}
	if err := cfg.check(); err != nil {
		return err
	}
	if err := writeNew(file, printConfig(&cfg)); err != nil {
		return err
	}
	certs, err := openCertificates(&cfg, c.quiet())
	if err != nil {
		return err
	}
	a, err := reach(ctx, cfg, c.quiet())
	if err != nil {
		return err
	}
	password := newPassword()
	if err := errors.Join(addAccount(ctx, a, admin, password), a.close()); err != nil {
		return err
	}
	return c.printQuickstart(host.String(), admin.String(), password, file, cfg.Data, certs.files()[0])
}

func (c *cli) printQuickstart(host, admin, password, file, data, cert string) error {
	name := asciiName(host)
	config := ""
	if file != defaultFile {
		config = " --config " + file
	}
	_, err := fmt.Fprintf(c.out, `configuration   %s
data            %s
certificate     %s (self-signed; tls.certs and tls.keys name a better one)
administrator   %s
password        %s  (shown this once)

DNS records to set, if clients reach this machine as %s:

  _xmpp-client._tcp.%s.   86400 IN SRV 0 5 5222 %s.
  _xmpps-client._tcp.%s.  86400 IN SRV 0 5 5223 %s.

next:

  causeway serve%s
`, file, data, cert, admin, password, name, name, name, name, name, config)
	return err
}

// writeNew writes a file that only its owner reads and that is not there yet.
func writeNew(file, text string) error {
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
