package upload

import (
	"mime"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"causeway/xmpp/stanza"
)

// nsPurpose is the namespace of purposes (XEP-0363 #purpose).
const nsPurpose = "urn:xmpp:http:upload:purpose:0"

// profileBytes is the largest file of a profile: these are "smaller in size"
// (XEP-0363 #purpose-profile).
const profileBytes = 1 << 20

// A purpose says what a file is for, so how long it is kept (XEP-0363 #purpose).
type purpose uint8

const (
	forMessage   purpose = iota // kept for the usual time
	forEphemeral                // and not beyond a moment that the client names
	forProfile                  // kept for ever, small
	forPermanent                // kept for ever
)

// A request is what a client asks a slot for.
type request struct {
	name    string // safe to show, and to have in a URL
	size    int64
	typ     string // media type, "" if none was announced
	purpose purpose
	before  time.Time // of an ephemeral file
}

// read reads a request (XEP-0363 #request).
func read(iq *stanza.Stanza) (request, error) {
	var x struct {
		Name      string    `xml:"filename,attr"`
		Size      string    `xml:"size,attr"`
		Type      string    `xml:"content-type,attr"`
		Message   *struct{} `xml:"urn:xmpp:http:upload:purpose:0 message"`
		Profile   *struct{} `xml:"urn:xmpp:http:upload:purpose:0 profile"`
		Permanent *struct{} `xml:"urn:xmpp:http:upload:purpose:0 permanent"`
		Ephemeral *struct {
			Before string `xml:"expire-before,attr"`
		} `xml:"urn:xmpp:http:upload:purpose:0 ephemeral"`
	}
	if err := iq.Decode(&x); err != nil {
		return request{}, err
	}
	r := request{name: safeName(x.Name)}
	// XEP-0363 #request: "MUST include the attributes filename and size"
	if x.Name == "" {
		return request{}, stanza.BadRequest.Err("the file has no name")
	}
	var err error
	if r.size, err = strconv.ParseInt(x.Size, 10, 64); err != nil || r.size <= 0 {
		// XEP-0363 #schema: a positive integer
		return request{}, stanza.BadRequest.Err("the size is not a number of bytes above 0")
	}
	if x.Type != "" {
		if r.typ = mediaType(x.Type); r.typ == "" {
			return request{}, stanza.BadRequest.Err("the content-type is none")
		}
	}
	purposes := 0
	for p, there := range [...]bool{x.Message != nil, x.Ephemeral != nil, x.Profile != nil, x.Permanent != nil} {
		if there {
			r.purpose = purpose(p)
			purposes++
		}
	}
	if purposes > 1 {
		return request{}, stanza.BadRequest.Err("a file has one purpose")
	}
	if r.purpose == forEphemeral {
		// XEP-0363 #purpose-ephemeral: "MUST have an attribute called 'expire-before'"
		if r.before, err = time.Parse(time.RFC3339, x.Ephemeral.Before); err != nil {
			return request{}, stanza.BadRequest.Err("expire-before is no time")
		}
		if !r.before.After(time.Now()) {
			return request{}, stanza.NotAcceptable.Err("expire-before has passed")
		}
		// "MAY delete the file earlier"; times far off cannot be stored.
		if last := time.Now().AddDate(100, 0, 0); r.before.After(last) {
			r.before = last
		}
	}
	return r, nil
}

// mediaType brings a media type into the form in which it is kept and sent, "" if
// it is none.
func mediaType(text string) string {
	t, params, err := mime.ParseMediaType(text)
	if err != nil || len(text) > 200 || !strings.Contains(t, "/") {
		return ""
	}
	return mime.FormatMediaType(t, params)
}

// sameType reports whether two media types are the same but for their parameters:
// of these, clients announce some and send others.
func sameType(a, b string) bool {
	a, _, _ = strings.Cut(a, ";")
	b, _, _ = strings.Cut(b, ";")
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

const (
	maxName   = 200 // bytes of a file name; four times that in a URL
	maxEnding = 20  // of them for its ending
)

// safeName makes a file name harmless: no path, nothing invisible, not too long. Its
// ending stays as it is: "the service SHOULD keep the file name and especially the
// file ending intact" (XEP-0363 #request).
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		// The second sort turns the direction of text, and so can hide an ending.
		if r == '/' || r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = shortName(name)
	if strings.Trim(name, ".") == "" {
		return "_" + name[:min(len(name), maxName-1)] // no "." or ".."
	}
	return name
}

// shortName cuts a name that is too long before its ending.
func shortName(name string) string {
	if len(name) <= maxName {
		return name
	}
	ending := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 && len(name)-i <= maxEnding {
		ending = name[i:]
	}
	cut := maxName - len(ending)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ending
}
