package daemon

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// A key is one setting: where it is in the file, and where in a Config.
type key struct {
	name  string // "c2s.listen"
	doc   string
	value reflect.Value // a field of the Config that keys was called with
	tag   reflect.StructTag
}

// A section is a table of the file with its keys; the first one is the top of the
// file and has no name.
type section struct {
	name, doc string
	keys      []key
}

// sections walks through a Config. It is the only place that knows how names are
// made; reading, overriding, printing and documenting all go by it.
func sections(c *Config) []section {
	list := []section{{}}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		f, tag := v.Type().Field(i), v.Type().Field(i).Tag
		if f.Type.Kind() != reflect.Struct {
			list[0].keys = append(list[0].keys, key{tag.Get("toml"), tag.Get("doc"), v.Field(i), tag})
			continue
		}
		s := section{name: tag.Get("toml"), doc: tag.Get("doc")}
		for j := range f.Type.NumField() {
			t := f.Type.Field(j).Tag
			s.keys = append(s.keys, key{s.name + "." + t.Get("toml"), t.Get("doc"), v.Field(i).Field(j), t})
		}
		list = append(list, s)
	}
	return list
}

// lookup gives the key of a name.
func lookup(c *Config, name string) (key, bool) {
	for _, s := range sections(c) {
		for _, k := range s.keys {
			if k.name == name {
				return k, true
			}
		}
	}
	return key{}, false
}

// env is the name of the environment variable that overrides the key.
func (k key) env() string {
	return "CAUSEWAY_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// short is the name within the section.
func (k key) short() string { return k.name[strings.LastIndexByte(k.name, '.')+1:] }

// set gives the key a value written as text; lists are separated by commas.
func (k key) set(text string) error {
	if u, ok := k.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		return nil
	}
	switch k.value.Kind() {
	case reflect.String:
		k.value.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s: %q is not true or false", k.name, text)
		}
		k.value.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, k.value.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s: %q is not a whole number", k.name, text)
		}
		k.value.SetInt(n)
	default: // a list of strings, the only other kind there is
		list := []string{}
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		k.value.Set(reflect.ValueOf(list))
	}
	return nil
}

// assign gives the key a value of the file. The error says what would be right.
func (k key) assign(v any) error {
	if _, ok := k.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		switch v := v.(type) {
		case string:
			return k.set(v)
		case int64, float64:
			return k.set(fmt.Sprint(v)) // which says that the unit is missing
		}
		return fmt.Errorf("%s must be a duration, like \"5m\"", k.name)
	}
	switch k.value.Kind() {
	case reflect.String:
		if text, ok := v.(string); ok {
			k.value.SetString(text)
			return nil
		}
		return fmt.Errorf("%s must be a text, like %s", k.name, k.literal())
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			k.value.SetBool(b)
			return nil
		}
		return fmt.Errorf("%s must be true or false, without quotes", k.name)
	case reflect.Int, reflect.Int64:
		if n, ok := v.(int64); ok && !k.value.OverflowInt(n) {
			k.value.SetInt(n)
			return nil
		}
		return fmt.Errorf("%s must be a whole number, like %s", k.name, k.literal())
	}
	list, ok := texts(v)
	if !ok {
		like := "a"
		if text, ok := v.(string); ok {
			like = text
		}
		return fmt.Errorf("%s must be a list, like [%q]", k.name, like)
	}
	k.value.Set(reflect.ValueOf(list))
	return nil
}

// texts gives a list of texts as the TOML reader has it.
func texts(v any) ([]string, bool) {
	items, ok := v.([]any)
	list := []string{}
	for _, item := range items {
		text, isText := item.(string)
		list, ok = append(list, text), ok && isText
	}
	return list, ok
}

// literal writes the value as TOML.
func (k key) literal() string {
	if m, ok := k.value.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return `""` // no marshaler of ours fails
		}
		return strconv.Quote(string(text))
	}
	switch k.value.Kind() {
	case reflect.String:
		return strconv.Quote(k.value.String())
	case reflect.Slice:
		items := make([]string, k.value.Len())
		for i := range items {
			items[i] = strconv.Quote(k.value.Index(i).String())
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return fmt.Sprint(k.value.Interface())
	}
}
