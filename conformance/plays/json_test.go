package plays

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/cookiejar"

	"causeway/conformance/wire"
)

// page sends a request from somebody's browser.
func (x *performance) page(words []string) error {
	if len(words) != 4 {
		return errors.New("a name, a request, a response, and why")
	}
	jar := x.pages[words[0]]
	if jar == nil {
		fresh, err := cookiejar.New(nil)
		if err != nil {
			return err
		}
		jar = fresh
		x.pages[words[0]] = jar
	}
	return x.http(words[1:], jar)
}

// matchJSON holds JSON against a pattern of the same shape: strings are patterns, objects
// may have members that the pattern lacks, and the member "!" of a pattern is a list of
// those that must not be there.
func matchJSON(m wire.Matcher, pattern, body string) error {
	var want, got any
	if err := json.Unmarshal([]byte(pattern), &want); err != nil {
		return fmt.Errorf("the pattern: %w", err)
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return matchValue(m, "", want, got)
}

func matchValue(m wire.Matcher, at string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v, no object", at, got)
		}
		return matchObject(m, at, w, g)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s is %v, no list of %d", at, got, len(w))
		}
		for i := range w {
			if err := matchValue(m, fmt.Sprintf("%s[%d]", at, i), w[i], g[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if g, ok := got.(string); !ok || !m.Value(w, g) {
			return fmt.Errorf("%s is %#v instead of %q", at, got, w)
		}
		return nil
	}
	if want != got {
		return fmt.Errorf("%s is %v instead of %v", at, got, want)
	}
	return nil
}

func matchObject(m wire.Matcher, at string, want, got map[string]any) error {
	for name, w := range want {
		if name == "!" {
			absent, _ := w.([]any)
			for _, n := range absent {
				if _, there := got[fmt.Sprint(n)]; there {
					return fmt.Errorf("%s has %v", at, n)
				}
			}
			continue
		}
		if known, seen := m.Seen[name]; seen {
			name = known
		}
		g, there := got[name]
		if !there {
			return fmt.Errorf("%s has no %s", at, name)
		}
		if err := matchValue(m, at+"."+name, w, g); err != nil {
			return err
		}
	}
	return nil
}
