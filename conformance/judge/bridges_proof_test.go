//go:build interop

package judge

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"causeway/conformance/flash"
	"causeway/conformance/prove"
	"causeway/conformance/rest"
	"causeway/conformance/run"
)

// restMutants are those of calls whose work XMPP clients see.
func restMutants() []prove.Mutant {
	return []prove.Mutant{
		prove.Lie("passwords are not set", `^PUT .*/password`, `{"action":"set user password","timestamp":1,"duration":1}`),
		prove.Lie("nobody is blocked", `^POST .*/blocks/users`, `{"action":"post"}`),
		prove.Body("nobody is online", `/status`, `"online"`, `"offline"`),
		prove.Body("messages are not counted", `/offline_msg_count`, `:1\}`, `:0}`),
		prove.Lie("nobody is disabled", `/deactivate`, `{"action":"Deactivate user"}`),
		prove.Lie("nobody is enabled", `/activate`, `{"action":"activate user"}`),
		prove.Lie("nobody is forced offline", `/disconnect`, `{"data":{"result":true}}`),
	}
}

// TestRESTProof: the checks of REST that need XMPP notice what they should.
func TestRESTProof(t *testing.T) {
	h := newHouse(t)
	at, err := url.Parse(h.web)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(at)
	proxy.Transport = &http.Transport{TLSClientConfig: h.target.TLS()}
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of calls that a check has given up
	site, offers := backEnd(t, h, h.web, h.target)
	prove.Table(t, "testdata/mutants-rest.tsv", func(mutant string) (run.Config, []run.Check, func()) {
		server := prove.Serve(restMutants(), mutant, proxy)
		mine := *site
		mine.URL = server.URL
		seen := slices.DeleteFunc(rest.Checks(&mine), func(c run.Check) bool { return !slices.Contains(c.Needs, rest.XMPP) })
		return run.Config{Target: hurried(h), Offers: offers}, seen, server.Close
	}, prove.Names(restMutants()))
}

// hurried gives the target for checks of which most fail because nothing comes.
func hurried(h *house) *run.Target {
	target := *h.target
	target.Patience = 1500 * time.Millisecond
	return &target
}

// A toolMutant changes what tools send: a command that fits is answered with a reply, or
// has something replaced.
type toolMutant struct{ name, pattern, with, reply string }

func toolMutants() []toolMutant {
	lie := func(name, typ, result string) toolMutant {
		return toolMutant{name: name, pattern: `type="` + typ + `"`, reply: `<Command result="` + result + `"/>`}
	}
	return []toolMutant{
		lie("rooms are not added", "add_room", "424242"), lie("rooms are not deleted", "del_room", "0"), lie("rooms are not edited", "edit_room", "0"),
		lie("nothing is broadcast", "broadcast", "0"), lie("messages are lost", "private_message", "0"), lie("groups are not stopped", "stop_group", "0"),
		{name: "zero bytes are added"},
		{name: "nothing is moderated", pattern: `passallmessage="1"`, with: `passallmessage="0"`},
		{name: "everything is moderated", pattern: `passallmessage="0"`, with: `passallmessage="1"`},
		{name: "rooms have no password", pattern: `pwd="balcony"`, with: `pwd=""`},
		{name: "rooms are not closed", pattern: `en="0"`, with: `en="1"`},
		{name: "rooms are always open", pattern: `<roomOpen>.*</roomOpen>`},
		{name: "broadcasts are of somebody else", pattern: `userid="[^"]*"`, with: `userid="x"`},
		{name: "messages are from somebody else", pattern: `owner_uid="[^"]*"`, with: `owner_uid="x"`},
		{name: "messages are for everybody", pattern: `type="private_message"`, with: `type="broadcast"`},
		{name: "any color is good", pattern: `color="[^"]*"`, with: `color="0xFF0000"`},
		{name: "the files do not change"},
	}
}

// tools puts a mutant before the port of the commands.
func tools(h *house, m toolMutant) net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	re := regexp.MustCompile(m.pattern)
	serve := func(c net.Conn) {
		defer func() { _ = c.Close() }()
		doc, err := bufio.NewReader(c).ReadBytes(0)
		if err != nil && m.name == "zero bytes are added" {
			doc = append(doc, 0)
		} else if err != nil {
			return
		}
		if m.pattern != "" && re.Match(doc) {
			if m.reply != "" {
				_, _ = io.WriteString(c, m.reply+"\x00")
				return
			}
			doc = re.ReplaceAll(doc, []byte(m.with))
		}
		up, err := net.Dial("tcp", h.tool)
		if err != nil {
			return
		}
		defer func() { _ = up.Close() }()
		if _, err := up.Write(doc); err == nil {
			_, _ = io.Copy(c, up)
		}
	}
	// Ends when the listener is closed.
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			// Ends with its connection.
			go serve(c)
		}
	}()
	return ln
}

// frozen copies the files as they are.
func frozen(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if text, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			if err := os.WriteFile(filepath.Join(to, e.Name()), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return to
}

// TestFlashProof: the checks of commands that need XMPP notice what they should.
func TestFlashProof(t *testing.T) {
	h := newHouse(t)
	id, secret := h.AddApp(t, "flash", domain)
	accounts := h.accounts(t)
	var names []string
	for _, m := range toolMutants() {
		names = append(names, m.name)
	}
	prove.Table(t, "testdata/mutants-flash.tsv", func(mutant string) (run.Config, []run.Check, func()) {
		m := toolMutant{name: mutant}
		if i := slices.Index(names, mutant); i >= 0 {
			m = toolMutants()[i]
		}
		ln := tools(h, m)
		s := &flash.Site{Addr: ln.Addr().String(), Group: id, Password: secret, Files: h.files, XMPP: true, Destructive: true}
		if mutant == "the files do not change" {
			s.Files = frozen(t, h.files)
		}
		seen := slices.DeleteFunc(flash.Checks(s), func(c run.Check) bool { return !slices.Contains(c.Needs, flash.XMPP) })
		// Nobody stops the group while others are at it, but when it is to be seen that nobody does.
		if mutant != "" && mutant != "groups are not stopped" {
			seen = slices.DeleteFunc(seen, func(c run.Check) bool { return slices.Contains(c.Needs, flash.Destructive) })
		}
		offers := run.Offering(flash.XMPP, flash.Files, flash.Destructive)
		return run.Config{Target: hurried(h), Accounts: accounts, Offers: offers, Parallel: 1}, seen, func() { _ = ln.Close() }
	}, names)
	if err := accounts.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
