package stream

import (
	"regexp"
	"strings"

	"causeway/xmpp/stanza"
)

// NS is the namespace of the stream element itself (RFC 6120 §4.8.1).
const NS = "http://etherx.jabber.org/streams"

// The content namespaces (RFC 6120 §4.8.3, XEP-0114 #proto).
const (
	NSClient    = stanza.NSClient
	NSServer    = "jabber:server"
	NSComponent = "jabber:component:accept"
)

// A Declaration is a prefix and the namespace it stands for, unescaped.
type Declaration = stanza.Declaration

// A Header is the opening tag of a stream (RFC 6120 §4.7). All is unescaped; what
// is not there is empty.
type Header struct {
	To, From, ID, Lang, Version string
	ContentNS                   string        // the default namespace (RFC 6120 §4.8.2)
	Prefix                      string        // of the stream element, as a rule "stream"
	Prefixes                    []Declaration // all prefixes it declares, its own among them
}

// AppendHeader appends an XML declaration (RFC 6120 §11.5) and the opening tag that
// h says. The prefix of the stream element is always "stream", which is the only
// one that all entities take (RFC 6120 §4.8.5).
func AppendHeader(dst []byte, h *Header) []byte {
	dst = append(dst, "<?xml version='1.0'?><stream:stream"...)
	dst = stanza.AppendAttr(dst, "xmlns", h.ContentNS)
	dst = stanza.AppendAttr(dst, "xmlns:stream", NS)
	for _, d := range h.Prefixes {
		if d.Prefix != "stream" {
			dst = stanza.AppendAttr(dst, "xmlns:"+d.Prefix, d.NS)
		}
	}
	for _, a := range [...]struct{ name, value string }{
		{"id", h.ID}, {"from", h.From}, {"to", h.To}, {"version", h.Version}, {"xml:lang", h.Lang},
	} {
		if a.value != "" {
			dst = stanza.AppendAttr(dst, a.name, a.value)
		}
	}
	return append(dst, '>')
}

// AppendClose appends the closing tag of a stream that AppendHeader opened.
func AppendClose(dst []byte) []byte { return append(dst, "</stream:stream>"...) }

// readHeader reads the checked start tag raw, which ix describes.
func readHeader(raw []byte, ix *stanza.Index) (*Header, *Error) {
	h := new(Header)
	for a := range stanza.Attributes(raw) {
		switch {
		case a.DeclaresPrefix():
			h.Prefixes = append(h.Prefixes, Declaration{Prefix: string(a.Local), NS: a.Text()})
		case string(a.Prefix) == "xml" && string(a.Local) == "lang":
			h.Lang = a.Text()
		case len(a.Prefix) == 0:
			h.set(string(a.Local), a.Text())
		}
	}
	if ix.Prefixed {
		h.Prefix = string(raw[1 : ix.Name.Start-1])
	}
	if err := h.check(string(raw[ix.Name.Start:ix.Name.End])); err != nil {
		return nil, err
	}
	if raw[len(raw)-2] == '/' {
		return nil, BadFormat.Err("the stream is empty")
	}
	return h, nil
}

func (h *Header) set(name, value string) {
	switch name {
	case "to":
		h.To = value
	case "from":
		h.From = value
	case "id":
		h.ID = value
	case "version":
		h.Version = value
	case "xmlns":
		h.ContentNS = value
	}
}

// check says whether h opens a stream; local is the name of its element.
func (h *Header) check(local string) *Error {
	if h.Prefix == "" {
		// The content namespace is the default one, so that of the stream element
		// needs a prefix (RFC 6120 §4.8.5, §4.9.3.2).
		return BadNamespacePrefix.Err("the stream element needs a prefix")
	}
	for _, d := range h.Prefixes {
		if d.Prefix == h.Prefix && d.NS != NS {
			return InvalidNamespace.Err("the stream element is not in its namespace") // RFC 6120 §4.8.1
		}
	}
	if h.Prefix == "xml" {
		return InvalidNamespace.Err("the stream element is not in its namespace") // RFC 6120 §4.8.1
	}
	if local != "stream" {
		return BadFormat.Err("the root element is not stream") // RFC 6120 §4.9.3.1
	}
	switch h.ContentNS {
	case NSClient, NSServer, NSComponent:
		return nil
	}
	return InvalidNamespace.Err("unknown content namespace") // RFC 6120 §4.8.3, §4.9.3.10
}

// xmlDeclaration is the production XMLDecl of XML 1.0 §2.8.
var xmlDeclaration = regexp.MustCompile(`^<\?xml` +
	`[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.0'|"1\.0")` +
	`(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:'([A-Za-z0-9._-]+)'|"([A-Za-z0-9._-]+)"))?` +
	`(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?` +
	`[ \t\r\n]*\?>$`)

// checkDeclaration checks a whole XML declaration.
func checkDeclaration(raw []byte) *Error {
	switch string(raw) {
	case `<?xml version='1.0'?>`, `<?xml version="1.0"?>`:
		return nil // nearly all of them
	}
	m := xmlDeclaration.FindSubmatch(raw)
	if m == nil {
		return NotWellFormed.Err("broken xml declaration")
	}
	// UTF-8, and nothing else (RFC 6120 §11.6).
	if encoding := string(m[1]) + string(m[2]); encoding != "" && !strings.EqualFold(encoding, "UTF-8") {
		return UnsupportedEncoding.Err("only utf-8 is supported")
	}
	return nil
}
