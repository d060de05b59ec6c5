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
			list[0].keys = append(list[0].keys, key{tag.Get("toml"), tag.Get("doc"), v.Field(i)})
			continue
		}
		s := section{name: tag.Get("toml"), doc: tag.Get("doc")}
		for j := range f.Type.NumField() {
			t := f.Type.Field(j).Tag
			s.keys = append(s.keys, key{s.name + "." + t.Get("toml"), t.Get("doc"), v.Field(i).Field(j)})
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

// nearest gives the known name, of a key or a section, that a mistyped one was
// probably meant to be.
func nearest(c *Config, name string) string {
	best, least := "", len(name)+1
	for _, s := range sections(c) {
		if d := distance(name, s.name); d < least {
			best, least = s.name, d
		}
		for _, k := range s.keys {
			d := min(distance(name, k.name), distance(name, k.short())+1)
			if d < least {
				best, least = k.name, d
			}
		}
	}
	return best
}

// distance counts the letters to insert, delete or change to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
