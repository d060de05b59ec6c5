package wire

import (
	"fmt"
	"strings"
)

// anything stands in a pattern for a text or an attribute of any value.
const anything = "*"

// Match holds an element against a pattern and gives what is wrong, nil if
// nothing is. A pattern is an element as it could stand in a client's stream, so
// the prefix "stream" is declared and the default namespace is that of stanzas.
// Names, attributes, children and text that it has must be there, children in any
// order; what else there is does not matter. The value "*" stands for any.
func Match(pattern string, e *Element) error {
	want, err := parsePattern(pattern)
	if err != nil {
		return fmt.Errorf("the pattern: %w", err)
	}
	return match(want, e)
}

func parsePattern(pattern string) (*Element, error) {
	if strings.HasPrefix(pattern, string(openStream)) {
		// An opening tag; namespaces are declared on it for convenience.
		tag := strings.TrimSuffix(strings.TrimSuffix(pattern, ">"), "/")
		return parse(tag + " xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'></stream:stream>")
	}
	return parse(within + pattern + "</stream:stream>")
}

func match(want, got *Element) error {
	if want.Name != got.Name {
		return fmt.Errorf("<%s xmlns='%s'/> instead of <%s xmlns='%s'/>", got.Name.Local, got.Name.Space, want.Name.Local, want.Name.Space)
	}
	for _, a := range want.Attrs {
		found := false
		for _, b := range got.Attrs {
			found = found || a.Name == b.Name && (a.Value == b.Value || a.Value == anything)
		}
		if !found {
			return fmt.Errorf("<%s/> without %s='%s'", want.Name.Local, a.Name.Local, a.Value)
		}
	}
	if text := strings.TrimSpace(want.Text); text != "" && text != anything && text != strings.TrimSpace(got.Text) {
		return fmt.Errorf("<%s/> with the text %q instead of %q", want.Name.Local, got.Text, text)
	}
	return matchChildren(want, got)
}

// matchChildren looks for each wanted child among those that are still free.
func matchChildren(want, got *Element) error {
	free := append([]*Element(nil), got.Children...)
	for _, w := range want.Children {
		var why error
		found := false
		for i, g := range free {
			err := match(w, g)
			if err == nil {
				free = append(free[:i], free[i+1:]...)
				found = true
				break
			}
			if why == nil || w.Name == g.Name {
				why = err
			}
		}
		switch {
		case found:
		case why != nil:
			return fmt.Errorf("in <%s/>: %w", want.Name.Local, why)
		default:
			return fmt.Errorf("<%s/> without <%s/>", want.Name.Local, w.Name.Local)
		}
	}
	return nil
}
