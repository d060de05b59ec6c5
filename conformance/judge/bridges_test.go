//go:build interop

package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/conformance/flash"
	"causeway/conformance/oauth"
	"causeway/conformance/plugchat"
	"causeway/conformance/process"
	"causeway/conformance/report"
	"causeway/conformance/rest"
	"causeway/conformance/run"
	"causeway/conformance/webim"
)

// A house is our server with every bridge.
type house struct {
	*process.Server
	target *run.Target
	web    string // https://…
	tool   string // host:port of the commands
	files  string
}

// newHouse starts one with three people who have accounts.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{files: t.TempDir()}
	h.Server = process.New(t, domain, "accounts.iterations = 4096", `webim.poll = "3s"`, `webim.grace = "2s"`, `rest.open = ["localhost"]`, "rest.rate = -1", "rest.token_rate = -1",
		fmt.Sprintf("flash.files = [\"localhost=%s\"]", h.files), fmt.Sprintf("admins = [%q]", admin+"@"+domain),
		"register.new = true", "register.burst = 1000")
	h.AddUsers(t, admin, "romeo", "juliet", "benvolio")
	h.Start(t)
	h.target = &run.Target{Domain: domain, Addr: h.Addr, Patience: 8 * time.Second}
	if err := h.target.AddRoots(h.CA); err != nil {
		t.Fatal(err)
	}
	h.tool = h.FlashAddr
	h.web = "https://localhost:" + port(h.HTTPAddr)
	return h
}

// accounts logs in as the administrator, who makes accounts and removes them.
func (h *house) accounts(t *testing.T) run.Accounts {
	t.Helper()
	a, err := run.Administer(t.Context(), h.target, admin, password)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// bridge runs the checks of a bridge against ours, and wants every MUST and SHOULD.
func bridge(t *testing.T, name, at string, cfg run.Config, checks []run.Check) {
	t.Helper()
	r := &report.Report{Subject: name, Target: at, Runner: "of this tree", Software: "Causeway", Began: time.Now()}
	r.Results = run.Run(t.Context(), cfg, checks)
	r.Took = time.Since(r.Began)
	if *reports != "" {
		write(t, r, "causeway-"+name)
	}
	for _, res := range r.Results {
		if res.Outcome != run.Passed {
			t.Errorf("%s %s (%s): %s\n  %s\n  %s", res.Outcome, res.Check.ID, res.Check.Level, res.Check.Text, res.Reason, strings.Join(res.Exchange, "\n  "))
		}
	}
	t.Logf("%s: %d of %d pass in %v", name, r.Count(run.Passed, ""), len(checks), r.Took.Round(time.Millisecond))
}

// TestBridges: ours does what the five documents, and those who use them, want of it.
func TestBridges(t *testing.T) {
	h := newHouse(t)
	people := []string{"romeo", "juliet", "benvolio"}
	t.Run("webim", func(t *testing.T) {
		s := &webim.Site{URL: h.web + "/webim", TLS: h.target.TLS()}
		for _, name := range people {
			s.People = append(s.People, webim.Person{User: name, Password: password})
		}
		if err := h.target.Befriend(t.Context(), run.Account{User: people[0], Password: password}, run.Account{User: people[1], Password: password}); err != nil {
			t.Fatal(err)
		}
		offers, err := webim.Probe(t.Context(), s, h.target)
		if err != nil {
			t.Fatal(err)
		}
		bridge(t, "webim", s.URL, run.Config{Target: h.target, Offers: offers, Parallel: 1}, webim.Checks(s))
	})
	t.Run("oauth", func(t *testing.T) {
		const back = "https://feud.example.org/back?x=1"
		id, secret := h.AddApp(t, "site", domain, "--name", "The feud", "--redirect", back)
		s := &oauth.Site{URL: h.web, App: id, Secret: secret, Redirect: back, TLS: h.target.TLS()}
		for _, name := range people {
			s.People = append(s.People, oauth.Person{User: name, Password: password})
		}
		offers, err := oauth.Probe(t.Context(), s, h.target)
		if err != nil {
			t.Fatal(err)
		}
		bridge(t, "oauth", s.URL, run.Config{Target: h.target, Offers: offers, Parallel: 1}, oauth.Checks(s))
	})
	t.Run("plugchat", func(t *testing.T) {
		id, secret := h.AddApp(t, "plugchat", domain)
		s := &plugchat.Site{URL: h.web + "/plugchat", PublicKey: id, APIKey: secret, TLS: h.target.TLS(), Session: openBar(t, h, id)}
		offers, err := plugchat.Probe(t.Context(), s, h.target)
		if err != nil {
			t.Fatal(err)
		}
		bridge(t, "plugchat", s.URL, run.Config{Target: h.target, Offers: offers}, plugchat.Checks(s))
	})
	t.Run("flash", func(t *testing.T) {
		id, secret := h.AddApp(t, "flash", domain)
		s := &flash.Site{Addr: h.tool, Group: id, Password: secret, Files: h.files, XMPP: true, Destructive: true}
		offers, err := flash.Probe(t.Context(), s, h.target)
		if err != nil {
			t.Fatal(err)
		}
		accounts := run.Register(h.target)
		bridge(t, "flash", s.Addr, run.Config{Target: h.target, Accounts: accounts, Offers: offers, Parallel: 1}, flash.Checks(s))
		if err := accounts.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(h.files, "room_*")); len(left) > 1 { // the lobby of plugchat
			t.Errorf("rooms are left behind: %v", left)
		}
	})
	before := h.Command(t, "user", "list")
	t.Run("rest", func(t *testing.T) {
		s, offers := backEnd(t, h, h.web, h.target)
		checks := slices.DeleteFunc(rest.Checks(s), func(c run.Check) bool { return slices.Contains(c.Needs, rest.Destructive) })
		bridge(t, "rest", s.URL, run.Config{Target: h.target, Offers: offers}, checks)
		if after := h.Command(t, "user", "list"); after != before {
			t.Errorf("accounts before:\n%s\nafter:\n%s", before, after)
		}
	})
	t.Run("rest deletes", func(t *testing.T) {
		s, offers := backEnd(t, h, h.web, h.target)
		checks := run.Select(rest.Checks(s), []string{"rest/delete-users"}, "")
		for _, res := range run.Run(t.Context(), run.Config{Target: h.target, Offers: offers}, checks) {
			if res.Outcome != run.Passed {
				t.Errorf("%s %s: %s\n  %s", res.Outcome, res.Check.ID, res.Reason, tail(res.Exchange))
			}
		}
	})
}

// backEnd makes an app of REST and gives what its checks need.
func backEnd(t *testing.T, h *house, at string, target *run.Target) (*rest.Site, *run.Capabilities) {
	t.Helper()
	id, secret := h.AddApp(t, "rest", domain, "--key", "chat-demo#testapp")
	s := &rest.Site{URL: at, Key: "chat-demo#testapp", ID: id, Secret: secret, TLS: h.target.TLS(), XMPP: true, Destructive: true}
	offers, err := rest.Probe(t.Context(), s, target)
	if err != nil {
		t.Fatal(err)
	}
	return s, offers
}

// openBar opens a chat bar, as the script in a page of the site does, and gives the id of
// its session.
func openBar(t *testing.T, h *house, key string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: h.target.TLS()}, Timeout: h.target.Patience}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.web+"/plugchat/open", strings.NewReader(url.Values{"publicKey": {key}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", h.web)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Data struct {
			State struct{ ID string }
		}
	}
	if err := json.Unmarshal(text, &v); err != nil || v.Data.State.ID == "" {
		t.Fatalf("open: %v in %s", err, text)
	}
	return v.Data.State.ID
}
