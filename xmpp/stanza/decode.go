package stanza

import "encoding/xml"

// Decode reads the first child into v by the rules of encoding/xml. The error is
// an *Error for the sender.
func (s *Stanza) Decode(v any) error {
	c, ok := s.Payload()
	if !ok {
		return BadRequest.Err("there is no payload")
	}
	return s.DecodeChild(c, v)
}

// DecodeChild reads the child c into v by the rules of encoding/xml. The error is
// an *Error for the sender.
func (s *Stanza) DecodeChild(c Child, v any) error {
	if err := xml.Unmarshal(s.ChildBytes(c), v); err != nil {
		// What encoding/xml says of the payload is no use to its sender.
		return BadRequest.Err("the payload cannot be read")
	}
	return nil
}

// AsError reads the error of a stanza of type error (RFC 6120 §8.3.2). An error
// without a defined condition is an undefined-condition.
func (s *Stanza) AsError() (*Error, bool) {
	if s.Type != TypeError {
		return nil, false
	}
	e := &Error{Type: Cancel, Condition: UndefinedCondition}
	c, ok := s.Child(NSClient, "error")
	if !ok {
		return e, true
	}
	raw := s.ChildBytes(c)
	for a := range Attributes(raw) {
		if len(a.Prefix) == 0 && string(a.Local) == "type" {
			e.Type = ErrorType(a.Text())
		}
	}
	ix, err := index(raw)
	if err != nil {
		return e, true
	}
	inner := Stanza{raw: raw, ix: ix}
	for _, c := range ix.Children {
		switch {
		case inner.ChildIs(c, NSStanzas, "text"):
			e.Text = inner.ChildText(c)
		case inner.ChildIs(c, NSStanzas, ""):
			if name := Condition(inner.Bytes(c.Name)); name.defined() {
				e.Condition = name
			}
		case e.App == nil:
			e.App = append([]byte(nil), inner.ChildBytes(c)...)
		}
	}
	return e, true
}
