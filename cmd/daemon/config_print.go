package daemon

import (
	"fmt"
	"strings"
)

// printConfig writes a file with every key of c and its explanation. The values are
// the defaults, but for a few, or those in force.
func printConfig(c *Config, effective bool) string {
	var b strings.Builder
	if effective {
		b.WriteString("# Causeway. The settings in force: of file, environment and command line together.\n")
	} else {
		b.WriteString("# Causeway. Every key is here with its default; leave out what you do not change.\n" +
			"# The environment overrides a key (CAUSEWAY_C2S_LISTEN for c2s.listen, lists with\n" +
			"# commas), and the command line overrides both.\n")
	}
	for _, s := range sections(c) {
		if s.name != "" {
			b.WriteString("\n")
			comment(&b, s.doc)
			fmt.Fprintf(&b, "[%s]\n", s.name)
		}
		for _, k := range s.keys {
			b.WriteString("\n")
			comment(&b, k.doc)
			fmt.Fprintf(&b, "%s = %s\n", k.short(), k.literal())
		}
	}
	return b.String()
}

// comment writes text in lines of about 80 columns.
func comment(b *strings.Builder, text string) {
	column := 0
	for _, word := range strings.Fields(text) {
		if column == 0 || column+1+len(word) > 80 {
			if column > 0 {
				b.WriteByte('\n')
			}
			b.WriteByte('#')
			column = 1
		}
		b.WriteByte(' ')
		b.WriteString(word)
		column += 1 + len(word)
	}
	b.WriteByte('\n')
}

// object is the configuration for programs: its sections and keys.
func (c *Config) object() map[string]any {
	object := make(map[string]any)
	for _, s := range sections(c) {
		table := object
		if s.name != "" {
			table = make(map[string]any)
			object[s.name] = table
		}
		for _, k := range s.keys {
			table[k.short()] = k.value.Interface()
		}
	}
	return object
}

// configPage is doc/config.md.
func configPage() string {
	c := Default()
	var b strings.Builder
	b.WriteString(`# Configuration

This page is made from ` + "`cmd/daemon/config.go`" + `; a test holds them together, and
` + "`go test ./cmd/daemon -update`" + ` writes it anew.

One TOML file, ` + "`causeway.toml`" + ` in the working folder or what ` + "`--config`" + ` names. Every key has
a default. For a key like ` + "`c2s.listen`" + `, the environment variable ` + "`CAUSEWAY_C2S_LISTEN`" + `
overrides the file and ` + "`--set c2s.listen=:5222`" + ` overrides both; lists are separated by commas.
` + "`causeway config print`" + ` prints the whole file with these comments, ` + "`causeway config check`" + `
reads one and tells all mistakes in it, ` + "`causeway config print --effective`" + ` prints what file,
environment and command line come to. A key that does not exist is an error that names the nearest one.

A running server does not read its configuration again. On SIGHUP it reads the certificates anew, and
logs which settings have changed in the file and need a restart.
`)
	for _, s := range sections(&c) {
		title := "The top of the file"
		if s.name != "" {
			title = "`[" + s.name + "]`"
		}
		fmt.Fprintf(&b, "\n## %s\n\n", title)
		if s.doc != "" {
			b.WriteString(s.doc + "\n\n")
		}
		b.WriteString("| key | default | what it does |\n| --- | --- | --- |\n")
		for _, k := range s.keys {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", k.name, k.literal(), k.doc)
		}
	}
	return b.String()
}
