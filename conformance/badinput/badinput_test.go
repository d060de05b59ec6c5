package badinput

import (
	"testing"

	"causeway/conformance/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// settings are those of the server for the tables.
var settings = []string{
	"accounts.iterations = 4096",
	"limits.vcard_bytes = 2000",
	"limits.private_bytes = 2000",
	"limits.pep_item_bytes = 4000",
	`log.level = "warn"`,
}

// The tables, one after the other on one server, which must be none the worse for it.
func TestTables(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "romeo", "tybalt", "sampson", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	total := 0
	for _, table := range []struct {
		name  string
		cases []bad
	}{
		{"stream", streamCases()},
		{"xml", xmlCases()},
		{"tls", tlsCases()},
		{"sasl", saslCases()},
		{"bind", bindCases()},
		{"stanza", stanzaCases()},
		{"services", serviceCases()},
		{"archive", archiveCases()},
		{"profiles", profileCases()},
		{"events", eventCases()},
		{"management", managementCases()},
		{"state", stateCases()},
	} {
		t.Run(table.name, func(t *testing.T) { run(t, s, others, table.cases) })
		total += len(table.cases)
	}
	t.Logf("bad input: %d cases; %d messages of others, the slowest pair took %v", total, others.said, others.slowest)
	others.leave()
	s.Stop(t)
}
