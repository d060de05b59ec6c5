package form

import (
	"encoding/xml"
	"fmt"
	"strings"

	"causeway/xmpp/jid"
)

// Parse reads one form that stands alone, as stanza.ChildBytes gives it.
func Parse(raw []byte) (*Form, error) {
	var f Form
	if err := xml.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("parse form: %w", err)
	}
	return &f, nil
}

// UnmarshalXML reads a field with its mark of being required, which is an empty
// element and no text.
func (f *Field) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain Field // without this method
	wire := struct {
		*plain
		Required *struct{} `xml:"required"`
	}{plain: (*plain)(f)}
	if err := d.DecodeElement(&wire, &start); err != nil {
		return err
	}
	f.Required = wire.Required != nil
	return nil
}

// FormType names what the fields mean (XEP-0068 #usecases); "" if the form does not say.
func (f *Form) FormType() string { return f.Value(typeField) }

// Field gives the first field of that name, nil if there is none.
func (f *Form) Field(name string) *Field {
	for i := range f.Fields {
		if f.Fields[i].Var == name {
			return &f.Fields[i]
		}
	}
	return nil
}

// Values gives all values of a field as they came.
func (f *Form) Values(name string) []string {
	if field := f.Field(name); field != nil {
		return field.Values
	}
	return nil
}

// Value gives the first value of a field, "" if it has none.
func (f *Form) Value(name string) string {
	if values := f.Values(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Text gives the values of a field as lines of one text (XEP-0004
// #protocol-fieldtypes: text-multi).
func (f *Form) Text(name string) string { return strings.Join(f.Values(name), "\n") }

// Bool gives a boolean field: "0", "1", "false" or "true" (XEP-0004
// #protocol-fieldtypes); anything else and nothing is fallback.
func (f *Form) Bool(name string, fallback bool) bool {
	switch strings.TrimSpace(f.Value(name)) {
	case "1", "true":
		return true
	case "0", "false":
		return false
	default:
		return fallback
	}
}

// JID gives the address in a field.
func (f *Form) JID(name string) (jid.JID, error) {
	return jid.Parse(strings.TrimSpace(f.Value(name)))
}

// JIDs gives the addresses in a field. An address given twice comes once: XEP-0004
// #protocol-fieldtypes says that a jid-multi has no duplicates.
func (f *Form) JIDs(name string) ([]jid.JID, error) {
	var list []jid.JID
	seen := make(map[jid.JID]bool)
	for _, v := range f.Values(name) {
		j, err := jid.Parse(strings.TrimSpace(v))
		if err != nil {
			return nil, err
		}
		if !seen[j] {
			seen[j] = true
			list = append(list, j)
		}
	}
	return list, nil
}

// Merge gives a form with the fields of f and, for names that f does not have,
// of earlier; either may be nil.
func (f *Form) Merge(earlier *Form) *Form {
	merged := &Form{Type: Submit}
	if f != nil {
		merged.Fields = append(merged.Fields, f.Fields...)
	}
	if earlier != nil {
		for _, field := range earlier.Fields {
			if merged.Field(field.Var) == nil {
				merged.Fields = append(merged.Fields, field)
			}
		}
	}
	return merged
}
