package wire

import (
	"fmt"
	"maps"
	"strings"
)

// anything stands in a pattern for a text or an attribute of any value, and at
// the end of one for any that begins so.
const anything = "*"

// A Matcher holds elements against patterns. A pattern is an element as it could
// stand in a client's stream, so the prefix "stream" is declared and the default
// namespace is that of stanzas. Names, attributes, children and text that it has
// must be there, children in any order; what else there is does not matter. An
// attribute with the empty value must not be there, or be empty.
type Matcher struct {
	// Exact has other attributes, children and text matter too.
	Exact bool
	// Seen holds values by the words that stand for them in patterns, such as
	// "$id". A word that is not in it stands for any value, and is put into it if
	// the element matches. With nil there are no such words.
	Seen map[string]string
}

// Match holds an element against a pattern and gives what is wrong, nil if
// nothing is.
func Match(pattern string, e *Element) error { return Matcher{}.Match(pattern, e) }

// Match holds an element against a pattern and gives what is wrong, nil if
// nothing is.
func (m Matcher) Match(pattern string, e *Element) error {
	want, err := parsePattern(pattern)
	if err != nil {
		return fmt.Errorf("the pattern: %w", err)
	}
	return m.try(want, e)
}

// MatchText is Match for an element that came by other ways than a stream.
func (m Matcher) MatchText(pattern, text string) error {
	e, err := parsePattern(text)
	if err != nil {
		return err
	}
	return m.Match(pattern, e)
}

func parsePattern(pattern string) (*Element, error) {
	if strings.HasPrefix(pattern, string(openStream)) {
		// An opening tag; namespaces are declared on it for convenience.
		tag := strings.TrimSuffix(strings.TrimSuffix(pattern, ">"), "/")
		return parse(tag + " xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'></stream:stream>")
	}
	return parse(within + pattern + "</stream:stream>")
}

// try is match; if it fails, nothing new has been seen.
func (m Matcher) try(want, got *Element) error {
	before := maps.Clone(m.Seen)
	err := m.match(want, got)
	if err != nil && m.Seen != nil {
		clear(m.Seen)
		maps.Copy(m.Seen, before)
	}
	return err
}

func (m Matcher) match(want, got *Element) error {
	if want.Name != got.Name {
		return fmt.Errorf("<%s xmlns='%s'/> instead of <%s xmlns='%s'/>", got.Name.Local, got.Name.Space, want.Name.Local, want.Name.Space)
	}
	if err := m.matchAttrs(want, got); err != nil {
		return err
	}
	if text := strings.TrimSpace(want.Text); (text != "" || m.Exact) && !m.Value(text, strings.TrimSpace(got.Text)) {
		return fmt.Errorf("<%s/> with the text %q instead of %q", want.Name.Local, got.Text, text)
	}
	return m.matchChildren(want, got)
}

func (m Matcher) matchAttrs(want, got *Element) error {
	for _, a := range want.Attrs {
		found := a.Value == ""
		for _, b := range got.Attrs {
			if a.Name == b.Name {
				found = m.Value(a.Value, b.Value)
			}
		}
		if !found {
			return fmt.Errorf("<%s/> without %s='%s'", want.Name.Local, a.Name.Local, a.Value)
		}
	}
	for _, b := range got.Attrs {
		found := !m.Exact
		for _, a := range want.Attrs {
			found = found || a.Name == b.Name
		}
		if !found {
			return fmt.Errorf("<%s/> with %s='%s'", want.Name.Local, b.Name.Local, b.Value)
		}
	}
	return nil
}

// Value holds one text or value of an attribute against what is wanted of it, which
// may be anything, begin of it, or be a word of Seen.
func (m Matcher) Value(want, got string) bool {
	if begin, ok := strings.CutSuffix(want, anything); ok {
		return strings.HasPrefix(got, begin)
	}
	if m.Seen != nil && strings.HasPrefix(want, "$") {
		known, ok := m.Seen[want]
		if !ok {
			m.Seen[want] = got
		}
		return !ok || known == got
	}
	return want == got
}

// matchChildren looks for each wanted child among those that are still free.
func (m Matcher) matchChildren(want, got *Element) error {
	free := append([]*Element(nil), got.Children...)
	for _, w := range want.Children {
		var why error
		found := false
		for i, g := range free {
			err := m.try(w, g)
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
	if m.Exact && len(free) > 0 {
		return fmt.Errorf("in <%s/>: <%s/> too", want.Name.Local, free[0].Name.Local)
	}
	return nil
}
