package daemon

import (
	"errors"
	"fmt"
	"io"
)

// A fault is an error with advice, or one that a wrong command line caused. The
// rules of what people see: one line in lower case without a full stop, then
// perhaps a line that begins with "hint:"; nothing else on the standard error.
// Errors that were joined are told one after the other.
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

// report prints an error and gives the exit code: 0 for none, 2 for a wrong command
// line, 1 for everything else.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // each is printed, none is looked for
		code := 0
		for _, e := range several.Unwrap() {
			code = max(code, report(w, e))
		}
		return code
	}
	_, _ = fmt.Fprintln(w, "causeway:", err)
	var f *fault
	if !errors.As(err, &f) {
		return 1
	}
	if f.hint != "" {
		_, _ = fmt.Fprintln(w, "hint:", f.hint)
	}
	if f.usage {
		return 2
	}
	return 1
}
