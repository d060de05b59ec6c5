package daemon

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"causeway/conformance/flash"
	"causeway/conformance/oauth"
	"causeway/conformance/plugchat"
	reports "causeway/conformance/report"
	restchecks "causeway/conformance/rest"
	conform "causeway/conformance/run"
	"causeway/conformance/suite"
	"causeway/conformance/webim"
)

// secretVariable is the environment variable of the secret of an app.
const secretVariable = "CAUSEWAY_CONFORMANCE_SECRET"

// A bridgeTarget is what the flags of the command conformance say of a bridge.
type bridgeTarget struct {
	name        string
	url         string
	key         string // rest: org#app
	id          string // client_id, app_id, group or publicKey
	secret      string
	secretStdin bool
	redirect    string
	session     string
	files       string
	users       []string
	destructive bool
}

func (b *bridgeTarget) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.name, "bridge", "", "check a bridge instead: "+strings.Join(suite.Bridges(), ", "))
	f.StringVar(&b.url, "url", "", "where the bridge is: http(s)://…, of flash tcp://HOST:51127")
	f.StringVar(&b.key, "key", "", "rest: the appkey, ORG#APP")
	for _, name := range []string{"client-id", "app-id", "group", "public-key"} {
		f.StringVar(&b.id, name, "", map[string]string{
			"client-id": "rest: client_id of the app", "app-id": "oauth: app_id of the app", "group": "flash: the group (default \"default\")", "public-key": "plugchat: publicKey of the site",
		}[name])
	}
	f.StringVar(&b.secret, "secret", "", "the secret that goes with it; other users of this machine may see it, unlike --secret-stdin and "+secretVariable)
	for name, of := range map[string]string{"app-secret": "oauth", "api-pwd": "flash", "api-key": "plugchat"} {
		f.StringVar(&b.secret, name, "", of+": the same as --secret")
	}
	f.BoolVar(&b.secretStdin, "secret-stdin", false, "read that secret from the first line of the standard input")
	f.StringVar(&b.redirect, "redirect", "", "oauth: the redirect address that the app is registered with")
	f.StringVar(&b.session, "session", "", "plugchat: plugChatUserSessionId of a bar that is open")
	f.StringVar(&b.files, "files", "", "flash: the folder of online.txt, if it can be seen from here")
	f.StringArrayVar(&b.users, "user", nil, "webim, oauth: who logs in, with --password after it; may be repeated")
	f.BoolVar(&b.destructive, "destructive", false, "rest, flash: also delete users that were there before, stop the group for a moment")
}

// settle checks what is needed for a run, and gets the secret.
func (b *bridgeTarget) settle(c *cli, j *judgment) error {
	hint := map[string]string{
		"webim":    "causeway conformance --bridge webim --url https://HOST/webim --accounts FILE",
		"rest":     "causeway conformance --bridge rest --url https://HOST --key ORG#APP --client-id ID --secret-stdin",
		"oauth":    "causeway conformance --bridge oauth --url https://HOST --app-id ID --secret-stdin --redirect URL --accounts FILE",
		"flash":    "causeway conformance --bridge flash --url tcp://HOST:51127 --secret-stdin",
		"plugchat": "causeway conformance --bridge plugchat --url https://HOST --public-key KEY --secret-stdin",
	}[b.name]
	wrong := func(format string, args ...any) error {
		return &fault{err: fmt.Errorf("conformance: "+format, args...), hint: hint, usage: true}
	}
	at, err := url.Parse(b.url)
	schemes := []string{"http", "https"}
	if b.name == "flash" {
		schemes = []string{"tcp"}
	}
	if b.url == "" || err != nil || !slices.Contains(schemes, at.Scheme) || at.Host == "" {
		return wrong("expected --url %s://…", schemes[0])
	}
	if b.name == "flash" {
		if at.Port() == "" {
			at.Host = net.JoinHostPort(at.Hostname(), "51127")
		}
		b.url, b.id = at.Host, cmp.Or(b.id, "default")
	}
	if b.name != "webim" {
		if err := b.getSecret(c, j); err != nil {
			return err
		}
		if b.secret == "" || b.id == "" {
			return wrong("expected the id of the app and its secret")
		}
	}
	switch {
	case b.name == "rest" && !strings.Contains(b.key, "#"):
		return wrong("expected --key ORG#APP")
	case b.name == "oauth" && b.redirect == "":
		return wrong("expected --redirect")
	case (b.name == "webim" || b.name == "oauth") && len(b.users) != len(j.passwords):
		return wrong("expected a --password for each --user")
	case b.name == "webim" && len(b.users) < 2 && j.ways() != 1, b.name == "oauth" && len(b.users) < 1 && j.ways() != 1:
		return wrong("expected people: --user and --password, twice for webim, or --accounts, or --target and --domain with --register")
	}
	return b.settleXMPP(j, c)
}

// settleXMPP checks what belongs to the XMPP server of the people, which may be left out.
func (b *bridgeTarget) settleXMPP(j *judgment, c *cli) error {
	if j.target.Addr == "" {
		if j.ways() > 0 && (j.accounts == "" || b.name == "flash") {
			return misuse("conformance: --admin, --register and --account-command are for an XMPP server: expected --target and --domain")
		}
		return nil
	}
	if len(c.domains) != 1 {
		return misuse("conformance: expected one --domain with --target")
	}
	j.target.Domain = c.domains[0]
	return j.settleTarget()
}

// getSecret gets the secret of the app: from a flag, the standard input or the
// environment.
func (b *bridgeTarget) getSecret(c *cli, j *judgment) error {
	switch {
	case b.secretStdin && j.password.stdin:
		return misuse("--secret-stdin and --password-stdin exclude each other")
	case b.secretStdin:
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read secret: %w", err)
		}
		b.secret = strings.TrimRight(line, "\r\n")
	case b.secret == "":
		b.secret = os.Getenv(secretVariable)
	}
	return nil
}

// A bridgePlan is how a bridge is looked at.
type bridgePlan struct {
	checks func() []conform.Check
	probe  func(context.Context) (*conform.Capabilities, error)
	alone  bool // one check at a time
}

// plan gives that of the bridge, with the people that there are.
func (b *bridgeTarget) plan(j *judgment, people []conform.Account) bridgePlan {
	conf := j.target.TLS()
	if at, err := url.Parse(b.url); err == nil && b.name != "flash" {
		conf.ServerName = at.Hostname()
	}
	t := &j.target
	switch b.name {
	case "rest":
		s := &restchecks.Site{URL: b.url, Key: b.key, ID: b.id, Secret: b.secret, TLS: conf, XMPP: t.Addr != "", Destructive: b.destructive}
		return bridgePlan{func() []conform.Check { return restchecks.Checks(s) }, func(ctx context.Context) (*conform.Capabilities, error) { return restchecks.Probe(ctx, s, t) }, false}
	case "oauth":
		s := &oauth.Site{URL: b.url, App: b.id, Secret: b.secret, Redirect: b.redirect, TLS: conf}
		for _, a := range people {
			s.People = append(s.People, oauth.Person{User: a.User, Password: a.Password})
		}
		return bridgePlan{func() []conform.Check { return oauth.Checks(s) }, func(ctx context.Context) (*conform.Capabilities, error) { return oauth.Probe(ctx, s, t) }, true}
	case "flash":
		s := &flash.Site{Addr: b.url, Group: b.id, Password: b.secret, Files: b.files, XMPP: t.Addr != "" && j.ways() == 1, Destructive: b.destructive}
		return bridgePlan{func() []conform.Check { return flash.Checks(s) }, func(ctx context.Context) (*conform.Capabilities, error) { return flash.Probe(ctx, s, t) }, true}
	case "plugchat":
		s := &plugchat.Site{URL: b.url, PublicKey: b.id, APIKey: b.secret, Session: b.session, TLS: conf}
		return bridgePlan{func() []conform.Check { return plugchat.Checks(s) }, func(ctx context.Context) (*conform.Capabilities, error) { return plugchat.Probe(ctx, s, t) }, false}
	}
	s := &webim.Site{URL: b.url, TLS: conf}
	for _, a := range people {
		s.People = append(s.People, webim.Person{User: a.User, Password: a.Password})
	}
	return bridgePlan{func() []conform.Check { return webim.Checks(s) }, func(ctx context.Context) (*conform.Capabilities, error) { return webim.Probe(ctx, s, t) }, true}
}

// people gives those who log in to webim and oauth: named, from a file, or made by the
// accounts of an XMPP server. Of webim the first two become contacts where they can.
func (b *bridgeTarget) people(ctx context.Context, j *judgment, accounts conform.Accounts) ([]conform.Account, error) {
	var list []conform.Account
	for i, user := range b.users {
		list = append(list, conform.Account{User: user, Password: j.passwords[i]})
	}
	if j.accounts != "" {
		text, err := os.ReadFile(filepath.Clean(j.accounts))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if user, password, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); ok && user != "" && user[0] != '#' {
				list = append(list, conform.Account{User: strings.TrimSuffix(user, "@"+j.target.Domain), Password: password})
			}
		}
	}
	for accounts != nil && len(list) < 3 {
		a, err := accounts.Lease(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	if least := map[string]int{"webim": 2, "oauth": 1}[b.name]; len(list) < least {
		return nil, fmt.Errorf("%d people of at least %d", len(list), least)
	}
	if b.name == "webim" && j.target.Addr != "" {
		return list, j.target.Befriend(ctx, list[0], list[1])
	}
	return list, nil
}

// judgeBridge runs the checks of a bridge, as judge does those of XMPP.
func (c *cli) judgeBridge(ctx context.Context, j *judgment, checks []conform.Check) *reports.Report {
	b := &j.bridge
	r := &reports.Report{Subject: b.name, Target: b.url, Domain: j.target.Domain, Runner: release, Began: time.Now()}
	defer func() { r.Took = time.Since(r.Began) }()
	if err := c.carryOutBridge(ctx, j, checks, r); err != nil {
		r.Trouble = strings.TrimSpace(err.Error() + "\n" + r.Trouble)
		r.Results = nil
		for _, check := range checks {
			r.Results = append(r.Results, conform.Result{Check: check, Outcome: conform.NotRun, Reason: "the target could not be looked at"})
		}
	}
	return r
}

func (c *cli) carryOutBridge(ctx context.Context, j *judgment, checks []conform.Check, r *reports.Report) error {
	b := &j.bridge
	var accounts conform.Accounts
	if j.target.Addr != "" && j.ways() == 1 && (b.name == "flash" || b.name != "rest" && j.accounts == "") {
		var err error
		if accounts, _, err = c.people(ctx, j); err != nil {
			return err
		}
		defer func() { r.Trouble = strings.TrimSpace(r.Trouble + closing(ctx, accounts)) }()
	}
	var people []conform.Account
	if b.name == "webim" || b.name == "oauth" {
		var err error
		if people, err = b.people(ctx, j, accounts); err != nil {
			return err
		}
	}
	p := b.plan(j, people)
	offers, err := p.probe(ctx)
	if err != nil {
		return fmt.Errorf("probe of %s: %w", b.url, err)
	}
	parallel := j.parallel
	if p.alone {
		parallel = 1
	}
	var mine []conform.Check // the same, on this target
	for _, check := range p.checks() {
		if slices.ContainsFunc(checks, func(o conform.Check) bool { return o.ID == check.ID }) {
			mine = append(mine, check)
		}
	}
	r.Results = conform.Run(ctx, conform.Config{
		Target: &j.target, Accounts: accounts, Offers: offers, Parallel: parallel, Limit: j.limit, Progress: c.checkProgress(len(mine)),
	}, mine)
	return nil
}

// closing removes accounts, also when the run was interrupted, and tells what is left.
func closing(ctx context.Context, accounts conform.Accounts) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := accounts.Close(ctx); err != nil {
		return "\n" + err.Error()
	}
	return ""
}
