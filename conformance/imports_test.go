package conformance

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// ring says how far out a package of ours stands. A package may import packages
// of rings further in, and of its own ring only what beside names. See
// doc/adr/0001-rings.md.
type ring int

const (
	judge ring = iota // the runner: of the house it imports only itself, and only the daemon imports it
	words
	heart
	services
	edges
	daemon
	outside
)

// rings lists every package of the house by its path below the module; a path
// ending in /... stands for all below it.
var rings = map[string]ring{
	"conformance/oracle":   judge,
	"conformance/run":      judge,
	"conformance/report":   judge,
	"conformance/suite":    judge,
	"conformance/spec":     judge,
	"conformance/load":     judge, // the load is of any server, and is in the binary, too
	"conformance/plot":     judge,
	"conformance/caller":   judge,
	"conformance/webim":    judge,
	"conformance/rest":     judge,
	"conformance/oauth":    judge,
	"conformance/flash":    judge,
	"conformance/plugchat": judge,

	"xmpp/jid":    words,
	"xmpp/stanza": words,
	"xmpp/stream": words,
	"xmpp/sasl":   words,
	"xmpp/form":   words,
	"xmpp/rsm":    words,

	"xmpp/router": heart,

	"xmpp/account":    services,
	"xmpp/ext/...":    services,
	"roster":          services,
	"muc":             services,
	"xmpp/c2s":        edges,
	"xmpp/component":  edges,
	"xmpp/websocket":  edges,
	"xmpp/bosh":       edges,
	"store":           edges,
	"store/...":       edges,
	"bridge":          edges,
	"bridge/...":      edges,
	"cmd/daemon":      daemon,
	"cmd/causeway":    outside,
	"conformance":     outside,
	"conformance/...": outside,
	"xmpp/xmpptest":   heart, // only tests import it
}

// beside lists the imports within one ring that are meant to be.
var beside = map[string][]string{
	"xmpp/stanza":  {"xmpp/jid"},
	"xmpp/form":    {"xmpp/jid", "xmpp/stanza"},
	"xmpp/rsm":     {"xmpp/stanza"},
	"xmpp/stream":  {"xmpp/jid", "xmpp/stanza"},
	"store":        {"store/badger", "bridge"}, // the bridges say what they need kept: doc/adr/0019-credentials.md
	"store/...":    {"store", "store/badger", "store/badger/badgertest"},
	"bridge/...":   {"bridge"},
	"cmd/causeway": {"cmd/daemon"},
}

// TestImports holds the import rings of DESIGN §2.1 against what the compiler
// sees: words ← router ← services ← edges ← daemon, and siblings never meet.
func TestImports(t *testing.T) {
	for _, p := range listPackages(t) {
		path := strings.TrimPrefix(p.ImportPath, "causeway/")
		from, pattern, ok := ringOf(path)
		if !ok {
			t.Errorf("%s stands in no ring: put it into one in imports_test.go", path)
			continue
		}
		if from == outside {
			continue
		}
		for _, imp := range p.Imports {
			to, inside := strings.CutPrefix(imp, "causeway/")
			if !inside {
				continue
			}
			toRing, _, _ := ringOf(to)
			if toRing == judge && (from == judge || from == daemon) {
				continue
			}
			if toRing != judge && toRing < from || slices.Contains(beside[pattern], to) {
				continue
			}
			t.Errorf("%s imports %s: imports point inward and siblings never meet", path, to)
		}
	}
}

// TestNobodyImportsTestRooms: what only tests need is not in the binary.
func TestNobodyImportsTestRooms(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "causeway/xmpp/xmpptest") && p.ImportPath != "causeway/xmpp/xmpptest" &&
				!strings.HasPrefix(p.ImportPath, "causeway/conformance") {
				t.Errorf("%s imports %s outside its tests", p.ImportPath, imp)
			}
		}
	}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "causeway/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func ringOf(path string) (r ring, pattern string, ok bool) {
	if r, ok := rings[path]; ok {
		return r, path, true
	}
	if strings.HasPrefix(path, "conformance/rfc") || strings.HasPrefix(path, "conformance/xep") {
		return judge, path, true // the checks, a package for each document
	}
	for dir := path; strings.Contains(dir, "/"); {
		dir = dir[:strings.LastIndexByte(dir, '/')]
		if r, ok := rings[dir+"/..."]; ok {
			return r, dir + "/...", true
		}
	}
	return 0, "", false
}
