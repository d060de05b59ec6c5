package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// Match reports whether everything that the pattern has is in the element: its
// name, its attributes (the value * stands for any, ! for none), its text if it has
// any but white space, and for each of its children one that matches it. What
// else is there does not matter.
func Match(e, pattern *Element) bool {
	if e.Name != pattern.Name {
		return false
	}
	for _, a := range pattern.Attrs {
		value, there := e.attr(a.Name)
		switch {
		case a.Value == "!":
			if there {
				return false
			}
		case !there, a.Value != "*" && a.Value != value:
			return false
		}
	}
	if text := strings.TrimSpace(pattern.Text); text != "" && (text != "*" || e.Text == "") && text != strings.TrimSpace(e.Text) {
		return false
	}
	for _, want := range pattern.Children {
		if !slices.ContainsFunc(e.Children, func(c *Element) bool { return Match(c, want) }) {
			return false
		}
	}
	return true
}

// Pattern reads a pattern; it panics if that is not well-formed, which is a mistake
// of whoever wrote the check.
func Pattern(format string, args ...any) *Element {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	p, err := Parse(text)
	if err != nil {
		panic("pattern: " + err.Error())
	}
	return p
}

// Escape makes a text safe inside an attribute value or an element.
func Escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;").Replace(s)
}
