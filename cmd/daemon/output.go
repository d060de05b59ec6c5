package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

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
		return c.printJSON(object(f))
	}
	for _, field := range f.Fields {
		if field.Type == form.Hidden {
			continue
		}
		label := field.Label
		if label == "" {
			label = strings.TrimPrefix(field.Var, "x-")
		}
		if _, err := fmt.Fprintf(c.out, "%-18s %s\n", label, readable(field)); err != nil {
			return err
		}
	}
	return nil
}

// object is the fields of a form for programs.
func object(f *form.Form) map[string]any {
	object := make(map[string]any)
	for _, field := range f.Fields {
		if field.Type != form.Hidden {
			object[strings.TrimPrefix(field.Var, "x-")] = value(field)
		}
	}
	return object
}

// value is a field for programs: a list where there may be several, else true or
// false, a number where the server counts, a text, or null for none.
func value(f form.Field) any {
	text := strings.Join(f.Values, " ")
	switch f.Type {
	case form.TextMulti, form.JIDMulti:
		return append([]string{}, f.Values...)
	case form.Boolean:
		return text == "true" || text == "1" // XEP-0004 #protocol-fieldtypes
	}
	if text == "" {
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && f.Type == "" {
		return n
	}
	return text
}

// readable is a field for people.
func readable(f form.Field) string {
	text := strings.Join(f.Values, " ")
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return "-"
	case f.Type == form.Boolean && text == "true":
		return "yes"
	case f.Type == form.Boolean:
		return "no"
	case err == nil && strings.HasSuffix(f.Var, "_bytes"):
		return size(n)
	case err == nil && strings.HasSuffix(f.Var, "_seconds"):
		return (time.Duration(n) * time.Second).String()
	}
	return text
}

// size writes a number of bytes with three digits or so.
func size(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/(1<<10), 0
	for f >= 999.5 && unit < 3 {
		f, unit = f/(1<<10), unit+1
	}
	digits := 0
	if f < 9.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %ciB", digits, f, "KMGT"[unit])
}

// printRows prints a table of results: for people a line each, below a line of
// titles if there is to be one, with tabs between or, on a terminal, in columns; for
// programs a list of objects.
func (c *cli) printRows(f *form.Form, titles bool) error {
	if c.json {
		return c.printJSON(rows(f))
	}
	out, done := c.out, func() error { return nil }
	if isTerminal(c.out) {
		columns := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
		out, done = columns, columns.Flush
	}
	line := func(cells []string) error {
		_, err := io.WriteString(out, strings.Join(cells, "\t")+"\n")
		return err
	}
	if titles {
		var cells []string
		for _, r := range f.Reported {
			cells = append(cells, strings.ToUpper(r.Label))
		}
		if err := line(cells); err != nil {
			return err
		}
	}
	for _, item := range f.Items {
		var cells []string
		for _, field := range typed(f, item) {
			cells = append(cells, readable(field))
		}
		if err := line(cells); err != nil {
			return err
		}
	}
	return done()
}

// rows is a table for programs.
func rows(f *form.Form) []map[string]any {
	list := make([]map[string]any, 0, len(f.Items))
	for _, item := range f.Items {
		row := make(map[string]any)
		for _, field := range typed(f, item) {
			row[field.Var] = value(field)
		}
		list = append(list, row)
	}
	return list
}

// typed gives the fields of a row in the order of the titles, with the types that
// these have (XEP-0004 #protocol-results); without titles, as they are.
func typed(f *form.Form, item form.Item) []form.Field {
	if f.Reported == nil {
		return item.Fields
	}
	fields := make([]form.Field, len(f.Reported))
	for i, r := range f.Reported {
		fields[i] = form.Field{Var: r.Var, Type: r.Type}
		for _, field := range item.Fields {
			if field.Var == r.Var {
				fields[i].Values = field.Values
			}
		}
	}
	return fields
}
