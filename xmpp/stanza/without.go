package stanza

import (
	"fmt"
	"slices"
)

// Without gives s as it leaves, without the children for which drop is true, as a
// stanza of its own; Extra is not part of it. All else stays as it came. It is a copy
// that may be kept, even if nothing is dropped.
func (s *Stanza) Without(drop func(st *Stanza, c Child) bool) (*Stanza, error) {
	bare := *s
	bare.Extra = nil
	raw := bare.AppendTo(nil)
	whole, err := index(raw)
	if err != nil {
		return nil, fmt.Errorf("read a stanza again: %w", err) // cannot be: it was checked
	}
	out := *s
	out.Extra, out.Told = nil, nil
	out.raw, out.ix = raw, whole
	children := slices.Clone(whole.Children)
	dropped := false
	for _, c := range slices.Backward(children) {
		if drop(&out, c) {
			raw, dropped = slices.Delete(raw, int(c.All.Start), int(c.All.End)), true
		}
	}
	if !dropped {
		return &out, nil
	}
	if out.ix, err = index(raw); err != nil {
		return nil, fmt.Errorf("read what is left of a stanza: %w", err)
	}
	out.raw = raw
	return &out, nil
}
