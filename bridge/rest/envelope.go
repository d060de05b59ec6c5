package rest

import (
	"encoding/json"
	"strconv"
	"time"
)

// An object is a JSON object whose members keep their order. A member whose value is nil
// is left out (wire §1.1: "nulls are left out").
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) { return o.append(nil) }

// append writes the object. Every answer is one, so what is in most of them is written
// without encoding/json.
func (o object) append(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	first := true
	for _, m := range o {
		if m.value == nil {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, m.name), ':')
		if b, err = appendValue(b, m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendValue(b []byte, v any) (_ []byte, err error) {
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case object:
		return v.append(b)
	case []object:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = v[i].append(b); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

// appendString writes a string; most need no escaping (RFC 8259 §7).
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, _ := json.Marshal(s) // a string can always be written
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// maybe is v, or nil if it is the empty string, so that it is left out.
func maybe(v string) any {
	if v == "" {
		return nil
	}
	return v
}

// entity is a user as answers show it (wire §1.1).
func (u *user) entity() object {
	o := object{
		{"uuid", u.ID},
		{"type", "user"},
		{"created", u.Created},
		{"modified", u.Modified},
		{"username", u.Name},
		{"activated", u.Active},
	}
	if p := u.Push; p != nil {
		o = append(o, optional("notification_display_style", p.Style), optional("notification_no_disturbing", p.Quiet),
			optional("notification_no_disturbing_start", p.Start), optional("notification_no_disturbing_end", p.End))
		for _, i := range p.Ignore {
			o = append(o, member{ignorePrefix + i.Room, i.Ignore})
		}
		o = append(o, member{"notifier_name", maybe(p.Notifier)}, member{"device_token", maybe(p.Device)})
	}
	return append(o, member{"nickname", maybe(u.Nick)})
}

// optional is a member that is left out while v is nil.
func optional[T any](name string, v *T) member {
	if v == nil {
		return member{name: name}
	}
	return member{name, *v}
}

func entities(list []user) []object {
	all := make([]object, len(list))
	for i := range list {
		all[i] = list[i].entity()
	}
	return all
}

// took is the "duration" of answers, in milliseconds.
func (c *call) took() int64 { return time.Since(c.began).Milliseconds() }

// A reply is what an answer holds besides its envelope.
type reply struct {
	path     string // as the envelope shows it; "" leaves it out
	entities []object
	data     any
	cursor   string
	params   bool // the query is echoed
}

// wrote is the envelope of what changes something (wire §1.1, W). Its uri is always
// https, and that of the collection.
func (c *call) wrote(action string, r reply) object {
	o := object{{"action", action}, {"application", c.app.UUID}}
	if r.params {
		o = append(o, member{"params", c.params()})
	}
	if r.entities == nil {
		r.entities = []object{}
	}
	return append(o,
		member{"path", maybe(r.path)}, member{"uri", c.base("https") + r.path}, member{"entities", r.entities},
		member{"timestamp", time.Now().UnixMilli()}, member{"data", r.data}, member{"duration", c.took()},
		member{"organization", c.org}, member{"applicationName", c.name}, member{"cursor", maybe(r.cursor)})
}

// read is the envelope of users that are read (wire §1.1, R). Its uri is what was asked for.
func (c *call) read(r reply) object {
	o := object{{"action", "get"}}
	if r.params {
		o = append(o, member{"params", c.params()})
	}
	return append(o,
		member{"path", r.path}, member{"uri", c.uri()}, member{"entities", r.entities},
		member{"timestamp", time.Now().UnixMilli()}, member{"duration", c.took()},
		member{"cursor", maybe(r.cursor)}, member{"count", len(r.entities)})
}

// told is the envelope of other things that are read (wire §1.1, D); count is 0 for an object.
func (c *call) told(data any, count int) object {
	return object{
		{"action", "get"},
		{"uri", c.uri()},
		{"entities", []object{}},
		{"data", data},
		{"timestamp", time.Now().UnixMilli()},
		{"duration", c.took()},
		{"count", count},
	}
}

// bare is the shortest envelope (wire §1.1, B).
func (c *call) bare(action string, more ...member) object {
	return append(append(object{{"action", action}}, more...), member{"timestamp", time.Now().UnixMilli()}, member{"duration", c.took()})
}

// secretParams are not echoed (wire §1.1).
var secretParams = map[string]bool{"client_id": true, "client_secret": true, "password": true, "username": true, "access_token": true, "token": true}

// params is the query as answers echo it: lists of strings.
func (c *call) params() map[string][]string {
	shown := make(map[string][]string)
	for name, values := range c.query {
		if !secretParams[name] {
			shown[name] = values
		}
	}
	return shown
}
