package daemon

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"causeway/xmpp/form"
)

// printJSON prints one value for programs.
func (c *cli) printJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printFields prints what a command answered: for people a line each, for
// programs an object.
func (c *cli) printFields(f *form.Form) error {
	if c.json {
		object := make(map[string]any)
		for _, field := range f.Fields {
			if field.Type != form.Hidden {
				object[strings.TrimPrefix(field.Var, "x-")] = value(field)
			}
		}
		return c.printJSON(object)
	}
	for _, field := range f.Fields {
		if field.Type == form.Hidden {
			continue
		}
		label := field.Label
		if label == "" {
			label = strings.TrimPrefix(field.Var, "x-")
		}
		if _, err := fmt.Fprintf(c.out, "%-18s %s\n", label, strings.Join(field.Values, " ")); err != nil {
			return err
		}
	}
	return nil
}

// value is a field for programs: a list where there may be several, a number
// where the server counts, else a text.
func value(f form.Field) any {
	text := strings.Join(f.Values, " ")
	if f.Type == form.TextMulti {
		return append([]string{}, f.Values...)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && f.Type == "" {
		return n
	}
	return text
}

// printRows prints a table of results: for people a line each, for programs a list
// of objects.
func (c *cli) printRows(f *form.Form) error {
	rows := make([]map[string]string, 0, len(f.Items))
	for _, item := range f.Items {
		row := make(map[string]string)
		var line []string
		for _, field := range item.Fields {
			value := strings.Join(field.Values, " ")
			row[field.Var] = value
			if value == "" {
				value = "-"
			}
			line = append(line, value)
		}
		rows = append(rows, row)
		if !c.json {
			if _, err := fmt.Fprintln(c.out, strings.Join(line, "\t")); err != nil {
				return err
			}
		}
	}
	if c.json {
		return c.printJSON(rows)
	}
	return nil
}
