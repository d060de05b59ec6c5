//go:build interop

package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/run"
	"causeway/conformance/suite"
)

// TestAccounts: people come in four ways, and the runner leaves nobody and nothing
// behind in any of them.
func TestAccounts(t *testing.T) {
	u, s := oursToo(t)
	var list strings.Builder
	names := []string{"romeo", "juliet", "benvolio", "mercutio"}
	s.AddUsers(t, names...)
	for _, name := range names {
		fmt.Fprintf(&list, "%s@%s\t%s\n", name, domain, process.Password)
	}
	before := s.Command(t, "user", "list")
	command := os.Getenv("CAUSEWAY") + " user %s {user}@{host} --config " + filepath.Join(filepath.Dir(s.Data), "causeway.toml")
	for name, open := range map[string]func(*run.Target) run.Accounts{
		"admin":    func(*run.Target) run.Accounts { return u.accounts(t) },
		"register": run.Register,
		"command": func(target *run.Target) run.Accounts {
			return run.Command(target, fmt.Sprintf(command, "add")+" --password {password}", fmt.Sprintf(command, "del"))
		},
		"list": func(target *run.Target) run.Accounts {
			a, n, err := run.List(target, strings.NewReader(list.String()))
			if err != nil || n != len(names) {
				t.Fatal(n, err)
			}
			return a
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := u.target
			accounts := open(&target)
			offers, err := run.Probe(t.Context(), &target, accounts)
			if err != nil {
				t.Fatal(err)
			}
			checks := run.Select(suite.All(), []string{"6121/2.3", "6121/3.1", "0060/owner-create", "0054", "0191/block"}, "")
			for _, r := range run.Run(t.Context(), run.Config{Target: &target, Accounts: accounts, Offers: offers, Parallel: 1}, checks) {
				if r.Outcome != run.Passed && r.Outcome != run.NotOffered {
					t.Errorf("%s %s: %s\n  %s", r.Outcome, r.Check.ID, r.Reason, tail(r.Exchange))
				}
			}
			if err := accounts.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if after := s.Command(t, "user", "list"); after != before {
				t.Errorf("accounts before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// TestNoRegistration: a target that lets nobody register is told as that, and what else
// there is; a report of nothing is no success.
func TestNoRegistration(t *testing.T) {
	s := process.New(t, domain)
	s.Start(t)
	out, err := s.Try("conformance", "--target", s.Addr, "--domain", domain, "--insecure", "--register", "--section", "0199")
	if err == nil {
		t.Fatal("it was a success")
	}
	for _, want := range []string{"nothing could be checked: ", "the target refuses to register accounts in band: ", "hint: turn registration on there, or get accounts in another way: --admin JID"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
}
