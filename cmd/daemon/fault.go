package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A fault is an error with advice, or one that a wrong command line caused. The
// rules of what people see: one line in lower case without a full stop, then
// perhaps a line that begins with "hint:"; nothing else on the standard error.
// Errors that were joined are told one after the other. With --json each is an
// object on a line of its own.
type fault struct {
	err   error
	hint  string
	usage bool
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// hinted adds advice to an error.
func hinted(err error, hint string) error { return &fault{err: err, hint: hint} }

// misuse is the error of a wrong command line.
func misuse(format string, args ...any) error {
	return &fault{err: fmt.Errorf(format, args...), usage: true}
}

// joined gives the errors that errors.Join has put together.
func joined(err error) []error {
	several, ok := err.(interface{ Unwrap() []error }) // the parts are wanted, not one of them
	if !ok {
		return nil
	}
	list := several.Unwrap()
	var lines []string
	for _, e := range list {
		lines = append(lines, e.Error())
	}
	if strings.Join(lines, "\n") != err.Error() {
		return nil // a sentence about several
	}
	return list
}

// report prints an error and gives the exit code: 0 for none, 2 for a wrong command
// line, 1 for everything else.
func report(w io.Writer, err error, asJSON bool) int {
	if err == nil {
		return 0
	}
	if list := joined(err); len(list) > 0 {
		code := 0
		for _, e := range list {
			code = max(code, report(w, e, asJSON))
		}
		return code
	}
	f := &fault{}
	_ = errors.As(err, &f)
	if asJSON {
		object := map[string]string{"error": err.Error()}
		if f.hint != "" {
			object["hint"] = f.hint
		}
		_ = json.NewEncoder(w).Encode(object)
	} else {
		_, _ = fmt.Fprintln(w, "causeway:", err)
		if f.hint != "" {
			_, _ = fmt.Fprintln(w, "hint:", f.hint)
		}
	}
	if f.usage {
		return 2
	}
	return 1
}
