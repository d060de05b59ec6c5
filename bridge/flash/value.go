package flash

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"causeway/xmpp/jid"
)

// The longest texts, in characters.
const (
	maxName = 200  // a line
	maxText = 2000 // a description, a welcome
	maxBody = 8000 // a message
)

// maxNumber is the greatest number of a room that a tool may choose.
const maxNumber = 999_999_999

// flag reads a yes or no as tables, samples and files of the product write it (wire §1.1).
// What is empty was not given.
func (d *document) flag(name string) (is, given bool, err error) {
	return readFlag(name, d.attrs[name])
}

func readFlag(name, text string) (is, given bool, err error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return false, false, nil
	case "1", "true", "on":
		return true, true, nil
	case "0", "false", "off":
		return false, true, nil
	}
	return false, false, bad(name)
}

// number reads a decimal number from least to most. What is empty was not given.
func (d *document) number(name string, least, most int) (n int, given bool, err error) {
	text := strings.TrimSpace(d.attrs[name])
	if text == "" {
		return 0, false, nil
	}
	if len(text) > 9 || strings.Trim(text, "0123456789") != "" {
		return 0, false, bad(name)
	}
	if n, err = strconv.Atoi(text); err != nil || n < least || n > most {
		return 0, false, bad(name)
	}
	return n, true, nil
}

// line reads a text of one line: nothing that could make two of it, or turn it round on a
// screen (Unicode UAX #9).
func (d *document) line(name string) (string, error) {
	text := strings.TrimSpace(d.attrs[name])
	if utf8.RuneCountInString(text) > maxName || strings.ContainsFunc(text, unsafe) {
		return "", bad(name)
	}
	return text, nil
}

func unsafe(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// text reads a text that may have several lines.
func (d *document) text(name string, most int) (string, error) {
	text := d.attrs[name]
	if utf8.RuneCountInString(text) > most {
		return "", bad(name)
	}
	return text, nil
}

// person reads a user id, which is a localpart of the host: text that is an address, or
// of which PRECIS makes none, is refused.
func person(host jid.JID, name, id string) (jid.JID, error) {
	id = strings.TrimSpace(id)
	if id == "" || strings.ContainsAny(id, "@/") || strings.ContainsFunc(id, unsafe) {
		return jid.JID{}, bad(name)
	}
	j, err := jid.New(id, host.Domain(), "")
	if err != nil || j.Local() == "" {
		return jid.JID{}, bad(name)
	}
	return j, nil
}

// maxPeople is how many names a list has at most.
const maxPeople = 200

// people reads a list of user ids with commas between them.
func (d *document) people(host jid.JID, name string) ([]jid.JID, error) {
	var list []jid.JID
	for id := range strings.SplitSeq(d.attrs[name], ",") {
		if strings.TrimSpace(id) == "" {
			continue
		}
		j, err := person(host, name, id)
		if err != nil || len(list) == maxPeople {
			return nil, bad(name)
		}
		list = append(list, j)
	}
	return list, nil
}

// colour reads a colour, 0xRRGGBB by the table; gives #rrggbb, or "".
func (d *document) colour(name string) (string, error) {
	text := strings.ToLower(strings.TrimSpace(d.attrs[name]))
	if text == "" {
		return "", nil
	}
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		digits, ok = strings.CutPrefix(text, "#")
	}
	if !ok || len(digits) != 6 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", bad(name)
	}
	return "#" + digits, nil
}
