package webim

import (
	"html"
	"strings"
)

// escape makes text of what the library puts into the page as HTML: nicks, states, the
// names of groups and rooms (webim #pushed-objects). Bodies it escapes itself.
func escape(text string) string { return html.EscapeString(text) }

// unescape undoes escape, for pages that send back what they were given.
func unescape(text string) string { return html.UnescapeString(text) }

// maxStyle is the longest style that is passed on, in bytes.
const maxStyle = 256

// styles are the properties that the style of a message may have: those that change how
// its letters look, and nothing around it.
var styles = map[string]bool{
	"color": true, "background-color": true, "font-weight": true, "font-style": true, "font-size": true,
	"font-family": true, "text-decoration": true,
}

// cleanStyle gives the declarations of a style that are harmless, in one spelling; it
// cannot end the attribute it is put into, and fetches nothing.
func cleanStyle(style string) string {
	if len(style) > maxStyle {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(style, ";") {
		name, value, ok := strings.Cut(part, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || !styles[name] || !isStyleValue(value) {
			continue
		}
		b.WriteString(name + ":" + value + ";")
	}
	return b.String()
}

// isStyleValue reports whether a value is made of words, numbers and colours; a bracket
// occurs in those of rgb() and hsl() only.
func isStyleValue(value string) bool {
	rest := strings.ToLower(value)
	for _, f := range []string{"rgb(", "rgba(", "hsl(", "hsla("} {
		if inside, ok := strings.CutPrefix(rest, f); ok {
			rest, ok = strings.CutSuffix(inside, ")")
			if !ok {
				return false
			}
			break
		}
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '#', c == '%', c == '.', c == ',', c == ' ', c == '-':
		default:
			return false
		}
	}
	return rest != ""
}

// eventPrefix begins what the library takes for an event, and acts upon, instead of a
// text (webim #pushed-objects). Only we may write that.
const eventPrefix = "webim-event:"

// plainBody gives a body that somebody wrote as one that is only shown.
func plainBody(body string) string {
	if strings.HasPrefix(body, eventPrefix) {
		return " " + body
	}
	return body
}
