package rest

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxPath is the longest path that is looked at, in bytes, as it was sent.
const maxPath = 2 << 10

// tidy takes from a path what clients put there by mistake: a slash at its end, and blanks
// at the end of a part, as in the document's own sample "/users/a " (wire §1.2, row 11). It
// is false for a path that leads nowhere.
func tidy(escaped string) (path string, ok bool) {
	if len(escaped) > maxPath || !strings.HasPrefix(escaped, "/") {
		return "", false
	}
	parts := strings.Split(escaped[1:], "/")
	for i, part := range parts {
		for {
			cut, blank := strings.CutSuffix(part, "%20")
			if !blank {
				break
			}
			part = cut
		}
		parts[i] = part
	}
	if len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "" || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\\x00") || !utf8.ValidString(plain) {
			return "", false
		}
	}
	return "/" + strings.Join(parts, "/"), true
}

// collections are the words that follow org and app in the paths of the API: what begins
// so for an app that is not there is answered as the API does.
var collections = map[string]bool{
	"token": true, "users": true, "messages": true, "chatgroups": true, "chatrooms": true,
	"chatfiles": true, "chatmessages": true, "openapi.json": true,
}

// maxName is the longest org or app (seed, "Appkey data structure").
const maxName = 32

// appOf splits the path of a request; ok is false if it cannot be one of ours. Key is that
// of the app, in lower case.
func appOf(path string) (org, app, rest string, ok bool) {
	parts := strings.SplitN(path[1:], "/", 4)
	if len(parts) < 3 || !isAppName(parts[0]) || !isAppName(parts[1]) {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

func isAppName(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= maxName
}

// unescaped is a part of a path that tidy has seen.
func unescaped(part string) string {
	plain, _ := url.PathUnescape(part) // checked by tidy
	return plain
}
