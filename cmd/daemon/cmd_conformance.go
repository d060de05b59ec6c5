package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	reports "causeway/conformance/report"
	conform "causeway/conformance/run"
	"causeway/conformance/suite"
)

// A judgment is what the flags of the command conformance say.
type judgment struct {
	target    conform.Target
	bridge    bridgeTarget
	ca        string
	admin     string
	password  secret
	passwords []string // of --user, in its order
	register  bool
	command   string
	removal   string
	accounts  string
	sections  []string
	level     string
	format    string
	output    string
	list      bool
	parallel  int
	limit     time.Duration
}

func (c *cli) conformanceCommand() *cobra.Command {
	var j judgment
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Check any XMPP server, or a bridge, against its specifications",
		Long: "Check any XMPP server against the RFCs and XEPs, from outside, and say which requirement it does not meet.\n" +
			"The checks need accounts: an administrator or registration makes them, a command does, or a file lists them.\n" +
			"With --bridge it is a bridge that is checked, against the document that it comes from.\n" +
			"The exit code is 1 if a MUST is not met, a check could not be carried out or nothing could be checked.",
		Example: "  causeway conformance --list --section 6120/4.9\n" +
			"  causeway conformance --target localhost:5222 --domain localhost --insecure --register\n" +
			"  causeway conformance --target chat.example.org:5222 --domain example.org --admin nurse@example.org --format html --output report.html\n" +
			"  causeway conformance --bridge webim --url https://chat.example.org/webim --user romeo --password … --user juliet --password …",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.conformance(cmd.Context(), &j) },
	}
	f := cmd.Flags()
	f.StringVar(&j.target.Addr, "target", "", "HOST:PORT of the server, with STARTTLS")
	f.StringVar(&j.target.Direct, "direct-tls", "", "HOST:PORT with direct TLS")
	f.StringVar(&j.target.WebSocket, "websocket", "", "its WebSocket, wss://…")
	f.StringVar(&j.target.BOSH, "bosh", "", "its BOSH, https://…")
	f.StringVar(&j.ca, "ca", "", "PEM file of certificates to believe, besides the system's")
	f.BoolVar(&j.target.Insecure, "insecure", false, "do not verify certificates")
	f.StringVar(&j.admin, "admin", "", "address of an administrator, who adds and deletes accounts (XEP-0133)")
	f.StringArrayVar(&j.passwords, "password", nil, "the password; other users of this machine may see it in the list of processes")
	f.BoolVar(&j.password.stdin, "password-stdin", false, "read the password from the first line of the standard input")
	j.bridge.flags(cmd)
	f.BoolVar(&j.register, "register", false, "register accounts in band (XEP-0077)")
	f.StringVar(&j.command, "account-command", "", "command that makes an account; {user}, {host} and {password} are put in")
	f.StringVar(&j.removal, "remove-command", "", "command that removes one; without it they remove themselves")
	f.StringVar(&j.accounts, "accounts", "", "file of accounts, lines of JID (of a bridge NAME) TAB PASSWORD, that may be used and changed")
	f.StringSliceVar(&j.sections, "section", nil, "only these, such as 6120/4.9 or 0045; may be repeated")
	f.StringVar(&j.level, "level", "", "must, should or may: this level and what is stronger")
	f.StringVar(&j.format, "format", reports.Text, strings.Join(reports.Formats(), ", "))
	f.StringVar(&j.output, "output", "", "file for the report (default the standard output)")
	f.BoolVar(&j.list, "list", false, "list the checks and run none")
	f.IntVar(&j.parallel, "parallel", 0, "checks at once (default 8)")
	f.DurationVar(&j.target.Patience, "timeout", 0, "how long to wait for one thing (default: measured)")
	f.DurationVar(&j.limit, "limit", 10*time.Minute, "end of the whole run")
	return cmd
}

// conformance lists the checks that the flags select, or runs them.
func (c *cli) conformance(ctx context.Context, j *judgment) error {
	checks, err := j.selected()
	if err != nil {
		return err
	}
	if c.json {
		j.format = reports.JSON
	}
	if j.list {
		return c.listChecks(checks)
	}
	if err := j.settle(c); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var r *reports.Report
	if j.bridge.name != "" {
		r = c.judgeBridge(ctx, j, checks)
	} else if r, err = c.judge(ctx, j, checks); err != nil {
		return err
	}
	if err := c.write(r, j); err != nil {
		return err
	}
	switch {
	case r.Empty():
		return hinted(fmt.Errorf("nothing could be checked: %s", reports.Plain(r.Why())), j.advice(r))
	case !r.Good():
		return hinted(fmt.Errorf("%s does not conform: %d checks of a MUST failed, %d could not be carried out", cmp.Or(r.Domain, r.Target),
			r.Count(conform.Failed, conform.Must), r.Count(conform.Errored, "")+r.Count(conform.NotRun, "")), "--format html --output report.html shows each with its exchange")
	}
	return nil
}

// selected gives the checks that were asked for.
func (j *judgment) selected() ([]conform.Check, error) {
	level := conform.Level(strings.ToUpper(j.level))
	if j.level != "" && !slices.Contains([]conform.Level{conform.Must, conform.Should, conform.May}, level) {
		return nil, misuse("--level %s: expected must, should or may", j.level)
	}
	if !slices.Contains(reports.Formats(), j.format) {
		return nil, misuse("--format %s: expected one of %s", j.format, strings.Join(reports.Formats(), ", "))
	}
	all := suite.All()
	if name := j.bridge.name; name != "" {
		if all = suite.Bridge(name); all == nil {
			return nil, misuse("--bridge %s: expected one of %s", name, strings.Join(suite.Bridges(), ", "))
		}
	}
	checks := conform.Select(all, j.sections, level)
	if len(checks) == 0 {
		return nil, &fault{err: fmt.Errorf("no check is in %s", strings.Join(j.sections, ", ")), hint: "causeway conformance --list", usage: true}
	}
	return checks, nil
}

// advice says what else may be tried when nothing could be checked.
func (j *judgment) advice(r *reports.Report) string {
	switch {
	case j.register && strings.Contains(r.Trouble, conform.ErrNoRegistration.Error()):
		return "turn registration on there, or get accounts in another way: --admin JID, --account-command 'CMD {user} {host} {password}' or --accounts FILE"
	case r.Trouble == "":
		return "--list shows the checks, --section and --level leave out others"
	}
	return "is the address right, does the target run, and are the accounts its own?"
}

// ways counts the ways to accounts that were given.
func (j *judgment) ways() int {
	n := 0
	for _, given := range []bool{j.admin != "", j.register, j.command != "", j.accounts != ""} {
		if given {
			n++
		}
	}
	return n
}

// settle checks what is needed for a run, and fills in the rest.
func (j *judgment) settle(c *cli) error {
	if len(j.passwords) > 0 {
		j.password.given = j.passwords[0]
	}
	if j.bridge.name != "" {
		if err := j.bridge.settle(c, j); err != nil {
			return err
		}
		return j.settlePeople(c)
	}
	if len(j.passwords) > 1 || len(j.bridge.users) > 0 || j.bridge.url != "" {
		return misuse("conformance: --url and --user are for --bridge")
	}
	if j.target.Addr == "" || len(c.domains) != 1 {
		return &fault{err: errors.New("conformance: expected --target and one --domain"), hint: "causeway conformance --target HOST:PORT --domain DOMAIN --register", usage: true}
	}
	j.target.Domain = c.domains[0]
	if j.ways() != 1 {
		return misuse("conformance: expected one of --admin, --register, --account-command and --accounts")
	}
	if err := j.settleTarget(); err != nil {
		return err
	}
	return j.settlePeople(c)
}

// settleTarget wants ports in addresses.
func (j *judgment) settleTarget() error {
	for flag, addr := range map[string]string{"--target": j.target.Addr, "--direct-tls": j.target.Direct} {
		if addr == "" {
			continue
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil || host == "" || port == "" {
			usual := map[string]string{"--target": "5222", "--direct-tls": "5223"}[flag]
			return &fault{err: fmt.Errorf("%s %s: expected HOST:PORT", flag, addr), hint: flag + " " + net.JoinHostPort(bare(addr), usual), usage: true}
		}
	}
	return nil
}

// bare gives the host of an address that has no port, as it should be written.
func bare(addr string) string {
	if net.ParseIP(addr) != nil {
		return addr
	}
	return strings.Trim(addr, "[]:")
}

// settlePeople checks what accounts need, and the certificates.
func (j *judgment) settlePeople(c *cli) error {
	if j.admin != "" {
		if _, err := accountArg(j.admin); err != nil {
			return err
		}
		if err := j.password.possible(c); err != nil {
			return err
		}
	}
	if j.accounts != "" {
		if _, err := os.Stat(j.accounts); err != nil {
			return err
		}
	}
	if j.ca != "" {
		if err := j.target.AddRoots(j.ca); err != nil {
			return err
		}
	}
	return nil
}

// people gives the accounts, and how many checks they suffice for at once.
func (c *cli) people(ctx context.Context, j *judgment) (conform.Accounts, int, error) {
	t := &j.target
	switch {
	case j.register:
		return conform.Register(t), j.parallel, nil
	case j.command != "":
		return conform.Command(t, j.command, j.removal), j.parallel, nil
	case j.admin != "":
		who, err := accountArg(j.admin)
		if err != nil {
			return nil, 0, err
		}
		password, err := j.password.read(c)
		if err != nil {
			return nil, 0, err
		}
		a, err := conform.Administer(ctx, t, who.Local(), password)
		return a, j.parallel, err
	}
	file, err := os.Open(filepath.Clean(j.accounts))
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }()
	a, n, err := conform.List(t, file)
	const each = 4 // no check has more people
	return a, min(max(1, n/each), cmp.Or(j.parallel, n)), err
}

// judge runs the checks. That the target cannot be looked at is in the report, not
// an error: a report there always is.
func (c *cli) judge(ctx context.Context, j *judgment, checks []conform.Check) (*reports.Report, error) {
	r := &reports.Report{Target: j.target.Addr, Domain: j.target.Domain, Runner: release, Began: time.Now()}
	defer func() { r.Took = time.Since(r.Began) }()
	accounts, parallel, err := c.people(ctx, j)
	var offers *conform.Capabilities
	if err == nil {
		offers, err = conform.Probe(ctx, &j.target, accounts)
	}
	if err != nil {
		r.Trouble = err.Error()
		for _, check := range checks {
			r.Results = append(r.Results, conform.Result{Check: check, Outcome: conform.NotRun, Reason: "the target could not be looked at"})
		}
	} else {
		r.Software = offers.Software
		r.Results = conform.Run(ctx, conform.Config{
			Target: &j.target, Accounts: accounts, Offers: offers, Parallel: parallel, Limit: j.limit, Progress: c.checkProgress(len(checks)),
		}, checks)
		if len(j.sections) == 0 {
			r.Seen(offers)
		}
	}
	if accounts != nil {
		r.Trouble = strings.TrimSpace(r.Trouble + closing(ctx, accounts))
	}
	return r, nil
}

// checkProgress shows on a terminal how far a run is.
func (c *cli) checkProgress(all int) func(conform.Result) {
	if !isTerminal(c.errs) {
		return nil
	}
	done, failed := 0, 0
	return func(res conform.Result) {
		done++
		if res.Outcome == conform.Failed || res.Outcome == conform.Errored {
			failed++
			_, _ = fmt.Fprintf(c.errs, "\r\033[K%s %s: %s\n", res.Outcome, res.Check.ID, reports.Plain(res.Reason))
		}
		_, _ = fmt.Fprintf(c.errs, "\r\033[K%d of %d, %d failed", done, all, failed)
		if done == all {
			_, _ = fmt.Fprint(c.errs, "\r\033[K")
		}
	}
}

// write puts the report where it was asked for.
func (c *cli) write(r *reports.Report, j *judgment) error {
	if j.output == "" {
		return r.Write(c.out, j.format)
	}
	file, err := os.Create(filepath.Clean(j.output))
	if err != nil {
		return err
	}
	return errors.Join(r.Write(file, j.format), file.Close())
}

// listChecks prints the index.
func (c *cli) listChecks(checks []conform.Check) error {
	if c.json {
		var list []map[string]string
		for _, check := range checks {
			list = append(list, map[string]string{
				"id": check.ID, "place": check.Cite(), "level": string(check.Level), "text": check.Text, "needs": strings.Join(check.Needs, ", "),
			})
		}
		return c.printJSON(list)
	}
	var b strings.Builder
	for _, check := range checks {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", check.ID, check.Level, check.Text)
	}
	_, err := io.WriteString(c.out, b.String())
	return err
}
