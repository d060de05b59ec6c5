package websdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// An envelope is what the SDK writes into <body/> (wire 3.4). It is handed to eval() by
// whoever reads it: nothing is in it that was not parsed here, and written anew.
type envelope struct {
	From   string           `json:"from"`
	To     string           `json:"to"`
	Bodies []map[string]any `json:"bodies"`
	Ext    map[string]any   `json:"ext"`
}

// maxNesting is how deep the JSON of an envelope may be.
const maxNesting = 32

var errEnvelope = errors.New("not an envelope")

// openEnvelope reads one. It is strict: one JSON object and nothing behind it, with at
// least one body of a known type that has what its type needs.
func openEnvelope(text string) (*envelope, error) {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return nil, errEnvelope
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	e := new(envelope)
	if err := d.Decode(e); err != nil {
		return nil, errEnvelope
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errEnvelope
	}
	if len(e.Bodies) == 0 {
		return nil, errEnvelope
	}
	for i, b := range e.Bodies {
		clean, ok := cleaned(b, 0).(map[string]any)
		if !ok || !known(clean) {
			return nil, errEnvelope
		}
		e.Bodies[i] = clean
	}
	if e.Ext != nil {
		clean, ok := cleaned(e.Ext, 0).(map[string]any)
		if !ok {
			return nil, errEnvelope
		}
		e.Ext = clean
	}
	return e, nil
}

// cleaned gives v without what means more than a value to eval(): in an object literal
// __proto__ is no member but the prototype. It is nil if v is too deep.
func cleaned(v any, depth int) any {
	if depth > maxNesting {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name == "__proto__" {
				delete(v, name)
				continue
			}
			c := cleaned(member, depth+1)
			if c == nil && member != nil {
				return nil
			}
			v[name] = c
		}
	case []any:
		for i, member := range v {
			c := cleaned(member, depth+1)
			if c == nil && member != nil {
				return nil
			}
			v[i] = c
		}
	}
	return v
}

// str gives a member that is text.
func str(b map[string]any, name string) string {
	s, _ := b[name].(string)
	return s
}

// known reports whether b is a body that the SDK can show: it looks at members without
// asking whether they are there.
func known(b map[string]any) bool {
	switch str(b, "type") {
	case "txt":
		_, ok := b["msg"].(string)
		return ok
	case "img", "audio", "video", "file":
		if !isLink(str(b, "thumb")) {
			delete(b, "thumb") // a small picture of it: it is shown without
		}
		return isLink(str(b, "url"))
	case "loc":
		return number(b["lat"]) != "" && number(b["lng"]) != ""
	case "cmd":
		return str(b, "action") != ""
	}
	return false
}

// isLink reports whether text is an address that a page may load and show as a link.
func isLink(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// number gives a coordinate, which may be written as text.
func number(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case string:
		if json.Valid([]byte(v)) && !strings.ContainsAny(v, `{["`) && v != "true" && v != "false" && v != "null" {
			return v
		}
	}
	return ""
}

// text is what people with other clients read: the text itself, where a file is, or the
// place as a geo URI (RFC 5870). It is "" if there is nothing to read.
func (e *envelope) text() string {
	var parts []string
	for _, b := range e.Bodies {
		switch str(b, "type") {
		case "txt":
			parts = append(parts, str(b, "msg"))
		case "img", "audio", "video", "file":
			parts = append(parts, str(b, "url"))
		case "loc":
			place := fmt.Sprintf("geo:%s,%s", number(b["lat"]), number(b["lng"]))
			parts = append(parts, strings.TrimSpace(str(b, "addr")+" "+place))
		}
	}
	return strings.Join(parts, "\n")
}

// file is the address of the file that the envelope is about, if it is about one only.
func (e *envelope) file() string {
	if len(e.Bodies) == 1 {
		return str(e.Bodies[0], "url")
	}
	return ""
}

// ordinary reports whether text says all that is in e: then nothing else need travel.
func (e *envelope) ordinary() bool {
	if len(e.Bodies) != 1 || len(e.Bodies[0]) != 2 || str(e.Bodies[0], "type") != "txt" {
		return false
	}
	switch len(e.Ext) {
	case 0:
		return true
	case 1: // what the SDK itself puts there
		w, ok := e.Ext["weichat"].(map[string]any)
		return ok && len(w) == 1 && w["originType"] == "webim"
	}
	return false
}

// envelop puts text into an envelope.
func envelop(text string) *envelope {
	return &envelope{Bodies: []map[string]any{{"type": "txt", "msg": text}}}
}

// seal writes e as JSON that is JavaScript, too, and HTML: <, >, &, U+2028 and U+2029 are
// escaped (ECMA-262 before 2019 takes the last two for ends of lines).
func (e *envelope) seal() string {
	if e.Ext == nil {
		e.Ext = map[string]any{}
	}
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(e); err != nil {
		return "" // of values that were parsed
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// digits reports whether an id looks like one of the server that the SDK knows.
func digits(s string) bool {
	if s == "" || len(s) > 20 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
