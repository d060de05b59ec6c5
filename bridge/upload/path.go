package upload

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prefix begins the path of every file.
const Prefix = "/upload/"

const (
	maxID   = 64  // bytes
	maxName = 255 // bytes, unescaped
)

// parsePath takes a path apart, as it was sent: Prefix, an id of letters and digits,
// "/", and a name that is one segment however it is unescaped. ok is false for
// everything else.
func parsePath(escaped string) (id, name string, ok bool) {
	rest, ok := strings.CutPrefix(escaped, Prefix)
	if !ok {
		return "", "", false
	}
	id, rest, ok = strings.Cut(rest, "/")
	if !ok || id == "" || len(id) > maxID || strings.ContainsFunc(id, notPlain) {
		return "", "", false
	}
	if len(rest) > 3*maxName || strings.Contains(rest, "/") {
		return "", "", false
	}
	name, err := url.PathUnescape(rest)
	if err != nil || name == "" || len(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl) || strings.Trim(name, ".") == "" {
		return "", "", false
	}
	return id, name, true
}

func notPlain(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
