package xmpptest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A node is an element as a tree.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*node
}

// Match compares XML with a pattern and says what is missing, "" if nothing. The
// pattern is a part of what is wanted: each of its attributes and children must
// be there, in the order of the children; other ones may be. An attribute or
// text of "*" stands for anything that is not empty; "$name" remembers what it
// stands for in vars, and wants the same thing again later.
func Match(pattern, got string, vars map[string]string) string {
	want, err := parse(pattern)
	if err != nil {
		return fmt.Sprintf("broken pattern: %v", err)
	}
	have, err := parse(got)
	if err != nil {
		return fmt.Sprintf("broken xml: %v", err)
	}
	return want.match(have, vars)
}

// parse reads one element. Undeclared prefixes, as in stream:features, are kept
// as they are; no namespace means jabber:client.
func parse(s string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(s))
	root := new(node)
	for open := []*node{root}; ; {
		top := open[len(open)-1]
		tok, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := newNode(tok)
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			if open = open[:len(open)-1]; len(open) == 1 {
				return root.children[0], nil
			}
		case xml.CharData:
			top.text += string(tok)
		}
	}
}

func newNode(start xml.StartElement) *node {
	n := &node{name: start.Name}
	if n.name.Space == "" {
		n.name.Space = "jabber:client"
	}
	for _, a := range start.Attr {
		if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
			n.attrs = append(n.attrs, a)
		}
	}
	return n
}

func (n *node) match(have *node, vars map[string]string) string {
	if n.name != have.name {
		return fmt.Sprintf("element {%s}%s, want {%s}%s", have.name.Space, have.name.Local, n.name.Space, n.name.Local)
	}
	for _, a := range n.attrs {
		value, ok := have.attr(a.Name)
		if !ok || !matchText(a.Value, value, vars) {
			return fmt.Sprintf("%s of %s is %q, want %q", a.Name.Local, n.name.Local, value, a.Value)
		}
	}
	if text := strings.TrimSpace(n.text); text != "" && !matchText(text, strings.TrimSpace(have.text), vars) {
		return fmt.Sprintf("text of %s is %q, want %q", n.name.Local, have.text, text)
	}
	rest := have.children
	for _, child := range n.children {
		missing := fmt.Sprintf("%s has no %s", n.name.Local, child.name.Local)
		for found := false; !found; rest = rest[1:] {
			if len(rest) == 0 {
				return missing
			}
			why := child.match(rest[0], vars)
			if found = why == ""; !found && rest[0].name == child.name {
				missing = why
			}
		}
	}
	return ""
}

func (n *node) attr(name xml.Name) (string, bool) {
	for _, a := range n.attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

func matchText(pattern, got string, vars map[string]string) bool {
	switch {
	case pattern == "*":
		return got != ""
	case strings.HasPrefix(pattern, "$") && vars != nil:
		if known, ok := vars[pattern]; ok {
			return known == got
		}
		vars[pattern] = got
		return got != ""
	}
	return pattern == got
}
