package plays

import (
	"fmt"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// newStage starts a server with the hosts and accounts of the plays.
func newStage(t *testing.T, plays []*play, settings ...string) *process.Server {
	t.Helper()
	var served, admins, cast, components []string
	for _, p := range plays {
		tr := p.translation()
		served = append(served, tr.each(hosts)...)
		admins = append(admins, tr.each(p.admins)...)
		cast = append(cast, tr.each(p.cast)...)
		components = append(components, tr.each(p.components)...)
	}
	s := process.New(t, hosts[0], append([]string{
		"hosts = " + list(served),
		"admins = " + list(admins),
		`accounts.hashes = ["SCRAM-SHA-256"]`,
		"accounts.iterations = 4096",
		`log.level = "warn"`,
	}, settings...)...)
	if components != nil {
		s.AddComponents(t, components...)
	}
	s.AddUsers(t, cast...)
	for _, p := range plays {
		for _, g := range p.groups {
			if len(g) != 2 || !p.alone {
				t.Fatalf("%s: a group is a name and a host, of a server of its own", p.file)
			}
			s.AddGroup(t, g[0], p.translation().out.Replace(g[1]))
		}
	}
	s.Start(t)
	return s
}

// list writes a list as the configuration has it.
func list(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
