package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	loads "causeway/conformance/load"
	conform "causeway/conformance/run"
)

// A benchmark is what the flags of the command bench say.
type benchmark struct {
	target    string
	direct    bool
	starttls  bool
	insecure  bool
	raw       bool
	ca        string
	register  bool
	command   string
	removal   string
	accounts  string
	restart   string
	scenarios []string
	config    loads.Config
	rest      loads.REST
	restFile  string
	duration  time.Duration
	warmup    time.Duration
	timeout   time.Duration
	output    string
	html      string
	list      bool
}

func (c *cli) benchCommand() *cobra.Command {
	var b benchmark
	cmd := &cobra.Command{
		Use:   "bench [SCENARIO…]",
		Short: "Put load on any XMPP server and measure it",
		Long: "Put load on any XMPP server and measure it: throughput, latency, and with --pid what the server takes for it.\n" +
			"Every message is numbered: one that is lost, doubled or reordered makes the exit code 1.\n" +
			"With --rate messages leave at fixed times whatever has become of those before, and latency counts from\n" +
			"the time at which a message was to leave; with --window each client has so many on the way.",
		Example: "  causeway bench --list\n" +
			"  causeway bench chat --target 127.0.0.1:5222 --domain localhost --starttls --insecure --register --pid \"$(pidof causeway)\"\n" +
			"  causeway bench room idle --target chat.example.org:5223 --tls --domain example.org --accounts people.tsv --html report.html",
		RunE: func(cmd *cobra.Command, args []string) error { return c.bench(cmd.Context(), &b, args) },
		Args: cobra.ArbitraryArgs,
	}
	f := cmd.Flags()
	f.StringVar(&b.target, "target", "", "HOST:PORT of the server, or of a relay")
	f.BoolVar(&b.starttls, "starttls", false, "begin TLS before the password")
	f.BoolVar(&b.direct, "tls", false, "the port is one with direct TLS")
	f.BoolVar(&b.raw, "raw", false, "the target is a relay, as causeway bench relay starts one")
	f.StringVar(&b.ca, "ca", "", "PEM file of certificates to believe, besides the system's")
	f.BoolVar(&b.insecure, "insecure", false, "do not verify certificates")
	f.BoolVar(&b.register, "register", false, "register accounts in band (XEP-0077), and remove them")
	f.StringVar(&b.command, "account-command", "", "command that makes an account; {user}, {host} and {password} are put in")
	f.StringVar(&b.removal, "remove-command", "", "command that removes one; without it they remove themselves")
	f.StringVar(&b.accounts, "accounts", "", "file of accounts, lines of JID TAB PASSWORD, that may be used and changed")
	f.StringVar(&b.config.WebSocket, "websocket", "", "its WebSocket, ws://… or wss://…")
	f.StringVar(&b.config.BOSH, "bosh", "", "its BOSH, http://… or https://…")
	f.StringVar(&b.config.Webim, "webim", "", "where /webim/online and /packets are, http://… or https://…")
	f.StringVar(&b.rest.URL, "rest", "", "its REST API, http://HOST/ORG/APP")
	f.StringVar(&b.rest.Client, "rest-client", "", "client id for the REST API")
	f.StringVar(&b.restFile, "rest-secret-file", "", "file with the secret of that client")
	f.StringVar(&b.config.Rooms, "rooms", "", "domain of rooms (default: the server is asked)")
	f.StringVar(&b.restart, "restart-command", "", "command that restarts the server and returns; for the scenario resume")
	f.IntVar(&b.config.Pid, "pid", 0, "process of the server on this machine: its CPU time and memory are measured")
	f.StringVar(&b.config.Metrics, "metrics", "", "URL of the server's metrics; go_goroutines is taken from them")
	f.StringSliceVar(&b.scenarios, "scenario", nil, "scenarios, as the arguments")
	s := &b.config.Settings
	f.IntVar(&s.Connections, "connections", 0, "people who are there")
	f.IntVar(&s.Pairs, "pairs", 0, "pairs of them who talk")
	f.IntVar(&s.Waiting, "waiting", 0, "more people for a chat, whose connections are cut and whose streams wait to be resumed")
	f.IntVar(&s.Speakers, "speakers", 0, "people who speak in a room")
	f.Float64Var(&s.Rate, "rate", 0, "open loop: so many messages a second of all together")
	f.IntVar(&s.Window, "window", 0, "closed loop: so many messages of each on the way")
	f.IntVar(&s.Size, "size", 0, "bytes of a message")
	f.IntVar(&s.Messages, "messages", 0, "messages in an archive, or for one who is offline")
	f.BoolVar(&s.Coalesce, "coalesce", false, "let what a client has to send leave in one write")
	f.DurationVar(&b.duration, "duration", 0, "time that is measured, for each scenario")
	f.DurationVar(&b.warmup, "warmup", 0, "time before that")
	f.DurationVar(&b.timeout, "timeout", 30*time.Second, "how long to wait for one answer")
	f.StringVar(&b.config.Label, "label", "", "name of the server in reports")
	f.StringVar(&b.output, "output", "", "file for the report as JSON")
	f.StringVar(&b.html, "html", "", "file for the report as a page with plots")
	f.BoolVar(&b.list, "list", false, "list the scenarios and run none")
	cmd.AddCommand(c.relayCommand())
	return cmd
}

// bench lists the scenarios, or runs them.
func (c *cli) bench(ctx context.Context, b *benchmark, args []string) error {
	if b.list {
		return c.listScenarios()
	}
	chosen, err := b.settle(c, args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if !b.raw {
		done, err := c.benchPeople(ctx, b, chosen)
		if err != nil {
			return err
		}
		defer done()
	}
	for _, s := range chosen {
		if err := b.config.Check(s); err != nil {
			return hinted(err, "causeway bench --list says what each needs; --connections N takes fewer people")
		}
	}
	b.config.Tool, b.config.Progress = release, c.benchProgress()
	r := loads.Run(ctx, b.config, chosen)
	if c.benchProgress() != nil {
		_, _ = io.WriteString(c.errs, "\r\033[K")
	}
	if err := c.writeBench(r, b); err != nil {
		return err
	}
	if !r.Good() {
		faults, refused, troubled := r.Faults()
		return hinted(fmt.Errorf("%s: %v, %d refused, %d clients in trouble", b.target, faults, refused, troubled), "--html report.html shows when")
	}
	return nil
}

// settle checks the flags and gives the scenarios.
func (b *benchmark) settle(c *cli, args []string) ([]loads.Scenario, error) {
	names := append(args, b.scenarios...)
	if len(names) == 0 {
		return nil, &fault{err: errors.New("bench: expected a scenario"), hint: "causeway bench --list", usage: true}
	}
	chosen, unknown := loads.Select(names)
	if unknown != "" {
		return nil, &fault{err: fmt.Errorf("bench: no scenario is called %q", unknown), hint: "causeway bench --list", usage: true}
	}
	if _, _, err := net.SplitHostPort(b.target); err != nil || !b.raw && len(c.domains) != 1 {
		return nil, &fault{err: errors.New("bench: expected --target HOST:PORT and one --domain"), hint: "causeway bench chat --target HOST:PORT --domain DOMAIN --register", usage: true}
	}
	ways := 0
	for _, given := range []bool{b.register, b.command != "", b.accounts != ""} {
		if given {
			ways++
		}
	}
	s := &b.config.Settings
	switch {
	case !b.raw && ways != 1:
		return nil, misuse("bench: expected one of --register, --account-command and --accounts")
	case b.direct && b.starttls:
		return nil, misuse("bench: expected one of --tls and --starttls")
	case s.Rate < 0 || s.Window < 0 || s.Connections < 0 || s.Waiting < 0 || s.Pairs < 0 || s.Speakers < 0 || s.Size < 0 || s.Messages < 0 || b.duration < 0 || b.warmup < 0 || b.config.Pid < 0:
		return nil, misuse("bench: a number is negative")
	case s.Rate > 0 && s.Window > 0:
		return nil, misuse("bench: expected one of --rate (open loop) and --window (closed loop)")
	case s.Speakers > loads.MostSpeakers:
		return nil, misuse("--speakers %d: at most %d", s.Speakers, loads.MostSpeakers)
	}
	s.Seconds, s.Warmup = b.duration.Seconds(), b.warmup.Seconds()
	if b.config.Pid > 0 {
		if _, err := loads.UsageOf(b.config.Pid); err != nil {
			return nil, hinted(fmt.Errorf("--pid %d: %w", b.config.Pid, err), "the process of the server has to be on this machine, with Linux")
		}
	}
	if b.restart != "" {
		b.config.Restart = func(ctx context.Context) error {
			out, err := exec.CommandContext(ctx, "/bin/sh", "-c", b.restart).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w: %.200s", b.restart, err, out)
			}
			return nil
		}
	}
	return chosen, b.doors(c)
}

// doors makes the ways in.
func (b *benchmark) doors(c *cli) error {
	if b.raw {
		b.config.Raw = &loads.RelayAddrs{Plain: b.target, TLS: b.target}
		if b.direct {
			b.config.Door = &loads.Door{Addr: b.target, Security: loads.DirectTLS}
		}
		return nil
	}
	var roots conform.Target
	if b.ca != "" {
		if err := roots.AddRoots(b.ca); err != nil {
			return err
		}
	}
	door := &loads.Door{
		Addr: b.target, Domain: c.domains[0], Limit: b.timeout, Passwords: loads.NewPasswords(),
		TLS: loads.TLSConfig(c.domains[0], &tls.Config{RootCAs: roots.Roots, MinVersion: tls.VersionTLS12}, b.insecure),
	}
	switch {
	case b.direct:
		door.Security = loads.DirectTLS
	case b.starttls:
		door.Security = loads.StartTLS
	}
	b.config.Door = door
	if b.rest.URL == "" {
		return nil
	}
	secret, err := os.ReadFile(filepath.Clean(b.restFile))
	if err != nil {
		return fmt.Errorf("--rest-secret-file: %w", err)
	}
	b.rest.Secret = strings.TrimSpace(string(secret))
	b.config.REST = &b.rest
	return nil
}

// benchPeople gives the door its accounts, and what removes them.
func (c *cli) benchPeople(ctx context.Context, b *benchmark, chosen []loads.Scenario) (done func(), err error) {
	n := 0
	for _, s := range chosen {
		n = max(n, s.People(b.config.Settings))
	}
	door := b.config.Door
	switch {
	case b.accounts != "":
		file, err := os.Open(filepath.Clean(b.accounts))
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		all, err := loads.ReadAccounts(file, door.Domain)
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("%s: no account", b.accounts)
		}
		if err != nil {
			return nil, err
		}
		door.List(all)
		b.config.Accounts = len(all)
		return func() {}, nil
	case b.command != "":
		return c.commandPeople(ctx, b, n)
	}
	door.List(loads.NewAccounts(n))
	b.config.Accounts = n
	done = func() {
		// Also when the run was interrupted.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
		defer cancel()
		if err := door.RemoveAll(ctx, n); err != nil {
			_, _ = fmt.Fprintln(c.errs, "accounts may be left behind:", err)
		}
	}
	if err := door.RegisterAll(ctx, n); err != nil {
		done()
		return nil, hinted(fmt.Errorf("registration of %d accounts: %w", n, err), "--accounts FILE takes accounts that are there, --account-command makes them where registration is closed; --starttls and --tls turn TLS on")
	}
	return done, nil
}

// commandPeople has a command make the accounts.
func (c *cli) commandPeople(ctx context.Context, b *benchmark, n int) (done func(), err error) {
	door := b.config.Door
	target := &conform.Target{Addr: b.target, Domain: door.Domain, Insecure: b.insecure, Roots: door.TLS.RootCAs}
	makers := conform.Command(target, b.command, b.removal)
	done = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
		defer cancel()
		if err := makers.Close(ctx); err != nil {
			_, _ = fmt.Fprintln(c.errs, "accounts may be left behind:", err)
		}
	}
	all := make([]loads.Account, n)
	err = loads.Each(n, loads.AtOnce, func(i int) error {
		a, err := makers.Lease(ctx)
		all[i] = loads.Account{User: a.User, Password: a.Password}
		return err
	})
	if err != nil {
		done()
		return nil, err
	}
	door.List(all)
	b.config.Accounts = n
	return done, nil
}

// benchProgress shows on a terminal how a run goes.
func (c *cli) benchProgress() func(string, loads.Sample) {
	if !isTerminal(c.errs) {
		return nil
	}
	return func(scenario string, s loads.Sample) {
		_, _ = fmt.Fprintf(c.errs, "\r\033[K%s %.0f s: %.0f/s, p99 %s ms", scenario, s.At, s.Heard, loads.Number(s.P99))
		if s.RSS > 0 {
			_, _ = fmt.Fprintf(c.errs, "; server %.2f processors, %.0f MiB", s.CPU, s.RSS)
		}
	}
}

// writeBench puts the report where it was asked for.
func (c *cli) writeBench(r *loads.Report, b *benchmark) error {
	write := func(name string, to func(io.Writer) error) error {
		if name == "" {
			return nil
		}
		file, err := os.Create(filepath.Clean(name))
		if err != nil {
			return err
		}
		return errors.Join(to(file), file.Close())
	}
	if err := errors.Join(write(b.output, r.WriteJSON), write(b.html, r.WriteHTML)); err != nil {
		return err
	}
	if c.json {
		return r.WriteJSON(c.out)
	}
	return r.WriteText(c.out)
}

// listScenarios prints the index.
func (c *cli) listScenarios() error {
	var b strings.Builder
	var list []map[string]any
	for _, s := range loads.Scenarios() {
		list = append(list, map[string]any{"name": s.Name, "text": s.Text, "needs": s.Needs, "settings": s.Defaults, "raw": s.Raw, "accounts": s.People(loads.Settings{})})
		needs := ""
		if s.Needs != "" {
			needs = "; needs --" + s.Needs
		}
		fmt.Fprintf(&b, "%s\t%s%s\t%s\n", s.Name, s.Text, needs, s.Defaults)
	}
	if c.json {
		return c.printJSON(list)
	}
	_, err := io.WriteString(c.out, b.String())
	return err
}

func (c *cli) relayCommand() *cobra.Command {
	var plain, secure string
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Run a relay that moves bytes and parses nothing: what a machine can do at most",
		Long: "Run a relay that moves bytes and parses nothing, until SIGTERM. It prints its addresses and its pid as JSON.\n" +
			"A scenario against it shows what the machine, its kernel and the load can do at most.",
		Example: "  causeway bench relay\n  causeway bench chat --raw --target 127.0.0.1:PORT --pid PID",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			open, err := net.Listen("tcp", plain)
			if err != nil {
				return err
			}
			covered, err := net.Listen("tcp", secure)
			if err != nil {
				return errors.Join(err, open.Close())
			}
			if err := c.printJSON(map[string]any{"plain": open.Addr().String(), "tls": covered.Addr().String(), "pid": os.Getpid()}); err != nil {
				return err
			}
			return loads.ServeRelay(ctx, open, covered)
		},
	}
	cmd.Flags().StringVar(&plain, "listen", "127.0.0.1:0", "address")
	cmd.Flags().StringVar(&secure, "listen-tls", "127.0.0.1:0", "address with TLS, of a certificate of its own")
	return cmd
}
