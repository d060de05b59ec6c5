package form

import "causeway/xmpp/stanza"

// NS is the namespace of data forms (XEP-0004 #protocol).
const NS = "jabber:x:data"

// Type says what a form is for (XEP-0004 #protocol-formtypes).
type Type string

// The types of a form.
const (
	Ask    Type = "form"
	Submit Type = "submit"
	Cancel Type = "cancel"
	Result Type = "result"
)

// The field types that we use (XEP-0004 #protocol-fieldtypes).
const (
	Boolean     = "boolean"
	Fixed       = "fixed"
	Hidden      = "hidden"
	JIDMulti    = "jid-multi"
	JIDSingle   = "jid-single"
	ListMulti   = "list-multi"
	ListSingle  = "list-single"
	TextMulti   = "text-multi"
	TextPrivate = "text-private"
	TextSingle  = "text-single"
)

// typeField is the field that names what a form means (XEP-0068 #usecases).
const typeField = "FORM_TYPE"

// A Form is one data form, in either direction.
type Form struct {
	Type         Type     `xml:"type,attr"`
	Title        string   `xml:"title"`
	Instructions []string `xml:"instructions"`
	Fields       []Field  `xml:"field"`
	// Reported and Items are the header and the rows of a table of results
	// (XEP-0004 #protocol-results).
	Reported []Field `xml:"reported>field"`
	Items    []Item  `xml:"item"`
}

// An Item is one row of a table of results.
type Item struct {
	Fields []Field `xml:"field"`
}

// A Field is one question, or one answer.
type Field struct {
	Var      string   `xml:"var,attr"`
	Type     string   `xml:"type,attr"` // empty in most submissions
	Label    string   `xml:"label,attr"`
	Desc     string   `xml:"desc"`
	Required bool     `xml:"-"`
	Values   []string `xml:"value"`
	Options  []Option `xml:"option"`
}

// An Option is one choice of a list.
type Option struct {
	Label string `xml:"label,attr"`
	Value string `xml:"value"`
}

// New makes a form whose FORM_TYPE is formType.
func New(t Type, formType string, fields ...Field) *Form {
	return &Form{Type: t, Fields: append([]Field{{Var: typeField, Type: Hidden, Values: []string{formType}}}, fields...)}
}

// Append writes the form as XML.
func (f *Form) Append(dst []byte) []byte {
	dst = append(dst, "<x xmlns='"+NS+"'"...)
	dst = stanza.AppendAttr(dst, "type", string(f.Type))
	dst = append(dst, '>')
	if f.Title != "" {
		dst = appendText(dst, "title", f.Title)
	}
	for _, line := range f.Instructions {
		dst = appendText(dst, "instructions", line)
	}
	dst = appendFields(dst, f.Fields)
	if f.Reported != nil {
		dst = append(dst, "<reported>"...)
		dst = appendFields(dst, f.Reported)
		dst = append(dst, "</reported>"...)
	}
	for _, item := range f.Items {
		dst = append(dst, "<item>"...)
		dst = appendFields(dst, item.Fields)
		dst = append(dst, "</item>"...)
	}
	return append(dst, "</x>"...)
}

func appendFields(dst []byte, fields []Field) []byte {
	for _, f := range fields {
		dst = f.append(dst)
	}
	return dst
}

func (f Field) append(dst []byte) []byte {
	dst = append(dst, "<field"...)
	for _, a := range [...]struct{ name, value string }{{"var", f.Var}, {"type", f.Type}, {"label", f.Label}} {
		if a.value != "" {
			dst = stanza.AppendAttr(dst, a.name, a.value)
		}
	}
	dst = append(dst, '>')
	if f.Desc != "" {
		dst = appendText(dst, "desc", f.Desc)
	}
	if f.Required {
		dst = append(dst, "<required/>"...)
	}
	for _, v := range f.Values {
		dst = appendText(dst, "value", v)
	}
	for _, o := range f.Options {
		dst = append(dst, "<option"...)
		if o.Label != "" {
			dst = stanza.AppendAttr(dst, "label", o.Label)
		}
		dst = append(dst, '>')
		dst = appendText(dst, "value", o.Value)
		dst = append(dst, "</option>"...)
	}
	return append(dst, "</field>"...)
}

func appendText(dst []byte, name, text string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = append(dst, '>')
	dst = stanza.AppendText(dst, text)
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}
