package stanza

import (
	"cmp"
	"slices"
)

// InContent gives s with its children fit for another stream: those that say that
// they are in the content namespace from are in the one called to. Most children of a
// content namespace, such as body, do not say so but inherit it, and then the result
// is s itself. What is deeper inside stays as it is. The error is a *SyntaxError, and
// cannot be if from and to are namespaces of streams.
func (s *Stanza) InContent(from, to string) (*Stanza, error) {
	var places []Span
	for _, c := range s.Index().Children {
		if c.NS != (Span{}) && c.NS != s.Index().NS && ValueIs(s.Bytes(c.NS), from) {
			places = append(places, c.NS)
		}
	}
	if places == nil {
		return s, nil
	}
	// Several children may have a prefix that the stanza declares.
	slices.SortFunc(places, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	places = slices.Compact(places)
	var raw []byte
	at := uint32(0)
	for _, p := range places {
		raw = append(raw, s.raw[at:p.Start]...)
		raw = appendEscaped(raw, to, true)
		at = p.End
	}
	raw = append(raw, s.raw[at:]...)
	ix, err := index(raw)
	if err != nil {
		return nil, err
	}
	c := *s
	c.raw, c.ix = raw, ix
	return &c, nil
}
