package daemon

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func (c *cli) configCommand() *cobra.Command {
	return group(&cobra.Command{Use: "config", Short: "Print or check the configuration"}, needSubcommand, c.configPrint(), c.configCheck())
}

func (c *cli) configPrint() *cobra.Command {
	var effective bool
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print a file with every key, its default and what it does",
		Example: "  causeway config print > causeway.toml\n" +
			"  causeway config print --effective --json",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg := Default()
			if effective {
				var err error
				if cfg, err = c.config(); err != nil {
					return err
				}
			}
			if c.json {
				return c.printJSON(cfg.object())
			}
			_, err := io.WriteString(c.out, printConfig(&cfg, effective))
			return err
		},
	}
	cmd.Flags().BoolVar(&effective, "effective", false, "instead of the defaults, what file, environment and command line come to")
	return cmd
}

func (c *cli) configCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check",
		Short:   "Read the configuration, and the certificates it names; tell all mistakes",
		Example: "  causeway config check --config /etc/causeway/causeway.toml",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := c.config()
			if err != nil {
				return err
			}
			certs, err := givenCertificates(&cfg, c.quiet())
			if err != nil {
				return err
			}
			notes := append(c.notes, certs.doubts()...)
			if c.json {
				return c.printJSON(map[string]any{"hosts": cfg.hosts(), "data": cfg.Data, "notes": append([]string{}, notes...)})
			}
			for _, note := range notes {
				_, _ = fmt.Fprintln(c.errs, "warning:", note)
			}
			_, err = fmt.Fprintf(c.out, "the configuration is good: %s\n", strings.Join(cfg.hosts(), " "))
			return err
		},
	}
}
