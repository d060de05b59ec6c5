package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// release is the version; the build sets it.
var release = "dev"

// Main runs the command line args, without the name of the program, and gives the
// exit code: 0, 2 for a wrong command line, 1 for a fault.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	return execute(context.Background(), args, in, out, errs)
}

// execute is Main until ctx ends.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	c := &cli{in: in, out: out, errs: errs}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err != nil && !c.began {
		// Whatever cobra finds wrong before a command begins is the command line's.
		var f *fault
		if !errors.As(err, &f) {
			err = &fault{err: lowerFirst(err), hint: "causeway --help", usage: true}
		}
	}
	return report(errs, err, c.json)
}

func lowerFirst(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if text == "" {
		return err
	}
	return errors.New(strings.ToLower(text[:1]) + text[1:])
}

// cli is one run of the program: where it reads and writes, and what the flags
// that all commands share have set.
type cli struct {
	in        io.Reader
	out, errs io.Writer
	began     bool // the command line was understood

	file    string   // --config
	data    string   // --data
	domains []string // --domain
	c2s     string   // --c2s
	c2sTLS  string   // --c2s-tls
	http    string   // --http
	flash   string   // --flash
	set     []string // --set
	json    bool     // --json

	notes []string // of the configuration
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "causeway",
		Short:             "An XMPP server",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { c.began = true },
		Version:           release,
	}
	root.SetVersionTemplate(versionLine())
	f := root.PersistentFlags()
	f.StringVar(&c.file, "config", "", "configuration file (default "+defaultFile+", if it is there)")
	f.StringVar(&c.data, "data", "", "data folder")
	f.StringSliceVar(&c.domains, "domain", nil, "host; may be repeated")
	f.StringVar(&c.c2s, "c2s", "", "the one address for clients; turns direct TLS off unless --c2s-tls is given")
	f.StringVar(&c.c2sTLS, "c2s-tls", "", "the one address for clients with direct TLS")
	f.StringVar(&c.http, "http", "", "the one address for HTTPS")
	f.StringVar(&c.flash, "flash", "", "the one address for commands of old tools")
	f.StringArrayVar(&c.set, "set", nil, "any key of the configuration, as KEY=VALUE; may be repeated")
	f.BoolVar(&c.json, "json", false, "print data as JSON")
	return group(root, (*cobra.Command).Help,
		c.tryCommand(), c.quickstartCommand(), c.serveCommand(), c.userCommand(), c.roomCommand(), c.appCommand(),
		c.statusCommand(), c.sessionsCommand(), c.kickCommand(), c.announceCommand(), c.backupCommand(), c.restoreCommand(), c.exportCommand(), c.importCommand(),
		c.configCommand(), c.conformanceCommand(), c.benchCommand(), c.versionCommand(),
	)
}

// config is the configuration as file, environment and flags have it. What people
// should know of it, and is no mistake, is in c.notes then.
func (c *cli) config() (Config, error) {
	set, err := c.overrides()
	if err != nil {
		return Config{}, err
	}
	cfg, notes, err := load(c.file, os.Environ(), set)
	c.notes = notes
	return cfg, err
}

// overrides are the keys that flags set.
func (c *cli) overrides() (map[string]string, error) {
	set := make(map[string]string)
	if c.data != "" {
		set["data"] = c.data
	}
	if len(c.domains) > 0 {
		set["hosts"] = strings.Join(c.domains, ",")
	}
	if c.c2s != "" {
		set["c2s.listen"], set["c2s.listen_tls"] = c.c2s, ""
	}
	if c.c2sTLS != "" {
		set["c2s.listen_tls"] = c.c2sTLS
	}
	if c.http != "" {
		set["http.listen"] = c.http
	}
	if c.flash != "" {
		set["flash.listen"] = c.flash
	}
	for _, s := range c.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, misuse("--set %s: expected KEY=VALUE", s)
		}
		set[name] = value
	}
	return set, nil
}

// quiet is the log of commands that are no server: only what somebody should see.
func (c *cli) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.errs, &slog.HandlerOptions{Level: slog.LevelError}))
}

func (c *cli) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "serve",
		Short:   "Run the server until SIGTERM",
		Example: "  causeway serve\n  causeway serve --config /etc/causeway/causeway.toml\n  causeway serve --domain localhost --c2s 127.0.0.1:5222",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.config()
			if err != nil {
				return err
			}
			if other, err := dial(cmd.Context(), cfg.Data); err == nil {
				return errors.Join(hinted(fmt.Errorf("a server is running on %s already", cfg.Data), "causeway status"), other.close())
			}
			log := newLogger(cfg.Log, c.errs)
			for _, note := range c.notes {
				log.Warn("configuration", slog.String("note", note))
			}
			h, err := build(cmd.Context(), cfg, plan{edges: true}, log)
			if err != nil {
				return err
			}
			h.reread = c.config
			return h.serve(cmd.Context(), func([]ear) {
				log.Info("serving", slog.String("version", release), slog.Any("hosts", h.router.Hosts()))
			})
		},
	}
}

func versionLine() string {
	return fmt.Sprintf("causeway %s %s %s/%s\n", release, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  causeway version --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return c.printJSON(map[string]string{"version": release, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			_, err := io.WriteString(c.out, versionLine())
			return err
		},
	}
}
