package caller

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"causeway/conformance/run"
)

// A Value is a part of a JSON answer, or none.
type Value struct {
	t    *run.T
	at   string // its place, for whoever reads the report
	v    any
	none bool
}

func parse(t *run.T, at, text string) Value {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something after the JSON")
		}
	}
	t.True(err == nil, "%s: wanted JSON, got %.300q (%v)", at, text, err)
	return Value{t: t, at: at, v: v}
}

// Get gives what is at a path, such as connection.ticket or entities.0.uuid.
func (v Value) Get(path string) Value {
	for part := range strings.SplitSeq(path, ".") {
		next := Value{t: v.t, at: v.at + " " + part, none: true}
		switch in := v.v.(type) {
		case map[string]any:
			if got, ok := in[part]; ok {
				next.v, next.none = got, false
			}
		case []any:
			if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(in) {
				next.v, next.none = in[i], false
			}
		}
		v = next
	}
	return v
}

// None reports whether there is no such part.
func (v Value) None() bool { return v.none }

// Null reports whether it is null, or not there.
func (v Value) Null() bool { return v.v == nil }

// Is reports whether it is that text.
func (v Value) Is(text string) bool { s, ok := v.v.(string); return ok && s == text }

// Raw gives the part as JSON.
func (v Value) Raw() string {
	if v.none {
		return "nothing"
	}
	text, err := json.Marshal(v.v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (v Value) wanted(ok bool, what string) {
	v.t.True(ok, "%s: wanted %s, came %.300s", v.at, what, v.Raw())
}

// Str wants a string.
func (v Value) Str() string {
	s, ok := v.v.(string)
	v.wanted(ok, "a string")
	return s
}

// Word wants a string that is not empty.
func (v Value) Word() string {
	s := v.Str()
	v.wanted(s != "", "a string that is not empty")
	return s
}

// Eq wants that string.
func (v Value) Eq(text string) {
	v.wanted(v.Is(text), strconv.Quote(text))
}

// Int wants an integer, as a number.
func (v Value) Int() int64 {
	n, ok := v.v.(json.Number)
	i, err := strconv.ParseInt(n.String(), 10, 64)
	v.wanted(ok && err == nil, "an integer")
	return i
}

// Bool wants true or false.
func (v Value) Bool() bool {
	b, ok := v.v.(bool)
	v.wanted(ok, "true or false")
	return b
}

// True wants true, False wants false.
func (v Value) True() { v.wanted(v.Bool(), "true") }

// False wants false.
func (v Value) False() { v.wanted(!v.Bool(), "false") }

// List wants an array.
func (v Value) List() []Value {
	in, ok := v.v.([]any)
	v.wanted(ok, "an array")
	list := make([]Value, len(in))
	for i, e := range in {
		list[i] = Value{t: v.t, at: v.at + " " + strconv.Itoa(i), v: e}
	}
	return list
}

// Strs wants an array of strings.
func (v Value) Strs() []string {
	var list []string
	for _, e := range v.List() {
		list = append(list, e.Str())
	}
	return list
}

// Object wants an object.
func (v Value) Object() Value {
	_, ok := v.v.(map[string]any)
	v.wanted(ok, "an object")
	return v
}

// Keys gives the names in an object, sorted.
func (v Value) Keys() []string {
	v.Object()
	var list []string
	for k := range v.v.(map[string]any) {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// Find gives the first element of an array whose field is that text.
func (v Value) Find(field, text string) Value {
	for _, e := range v.List() {
		if e.Get(field).Is(text) {
			return e
		}
	}
	return Value{t: v.t, at: v.at + " [" + field + "=" + text + "]", none: true}
}
