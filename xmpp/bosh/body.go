package bosh

import (
	"bytes"
	"errors"
	"strconv"

	"causeway/xmpp/stanza"
)

// The namespaces of the wrapper, and of what XMPP adds to it (XEP-0124 #registrar-ns,
// XEP-0206 #registrar-ns).
const (
	nsBind = "http://jabber.org/protocol/httpbind"
	nsXMPP = "urn:xmpp:xbosh"
)

// errBody is that a request is not what XEP-0124 #wrapper asks for.
var errBody = errors.New("not a <body/> as it should be")

// maxRid is the largest rid there is (XEP-0124 #rids-syntax).
const maxRid = 1<<53 - 1

// A body is what a request says. An attribute that is not there is empty.
type body struct {
	rid                                  uint64
	sid, to, from, lang, kind, content   string
	wait, hold, pause, ack, ver, version string
	key, newkey                          string
	restart                              bool
	payload                              []byte // its elements, one behind the other, each standing alone
}

// empty reports whether b brings nothing.
func (b *body) empty() bool { return len(b.payload) == 0 }

// last reports whether b may come beside as many requests as are allowed (XEP-0124
// #overactive).
func (b *body) last() bool { return b.pause != "" || b.kind == "terminate" }

// read reads a request.
func read(raw []byte, l stanza.Limits) (*body, error) {
	raw = bytes.TrimSpace(raw)
	if bytes.HasPrefix(raw, []byte("<?xml ")) {
		_, rest, ok := bytes.Cut(raw, []byte("?>"))
		if !ok {
			return nil, errBody
		}
		raw = bytes.TrimSpace(rest)
	}
	var s stanza.Scanner
	s.Reset(l)
	n, done, err := s.ScanStart(raw)
	if err != nil || !done {
		return nil, errBody
	}
	ix := s.Index()
	if string(raw[ix.Name.Start:ix.Name.End]) != "body" || !stanza.ValueIs(raw[ix.NS.Start:ix.NS.End], nsBind) {
		return nil, errBody
	}
	b := new(body)
	tag := raw[:n]
	declared := declarations(tag)
	if err := b.attributes(tag, declared); err != nil {
		return nil, err
	}
	rest := bytes.TrimSpace(raw[n:])
	if tag[n-2] == '/' {
		if len(rest) > 0 {
			return nil, errBody
		}
		return b, nil
	}
	end := append([]byte("</"), tag[1:ix.Name.End]...)
	s.Declare(declared)
	return b, b.children(&s, rest, end, l)
}

// declarations gives the prefixes that a start tag declares.
func declarations(tag []byte) (list []stanza.Declaration) {
	for a := range stanza.Attributes(tag) {
		if a.DeclaresPrefix() {
			list = append(list, stanza.Declaration{Prefix: string(a.Local), NS: a.Text()})
		}
	}
	return list
}

// children reads what stands in the wrapper, up to its end tag. It holds whole
// elements only (XEP-0124 #wrapper). Those without a namespace are the clients of
// XEP-0206 #wrapper, who mean jabber:client.
func (b *body) children(s *stanza.Scanner, in, end []byte, l stanza.Limits) error {
	for {
		in = bytes.TrimLeft(in, " \t\r\n")
		if bytes.HasPrefix(in, []byte("</")) {
			if rest, ok := bytes.CutPrefix(in, end); ok && string(bytes.TrimSpace(rest)) == ">" {
				return nil
			}
			return errBody
		}
		if len(in) == 0 || in[0] != '<' {
			return errBody
		}
		s.Reset(l)
		n, done, err := s.Scan(in)
		if err != nil || !done {
			return errBody
		}
		if s.Leans() {
			name := s.Index().Name.End
			b.payload = append(b.payload, in[:name]...)
			b.payload = s.AppendBorrowed(b.payload)
			b.payload = append(b.payload, in[name:n]...)
		} else {
			b.payload = append(b.payload, in[:n]...)
		}
		// By standing alone elements grow: each has a copy of what the wrapper declares.
		if in = in[n:]; l.Bytes > 0 && len(b.payload) > 2*l.Bytes {
			return errBody
		}
	}
}

// attributes reads those of the wrapper.
func (b *body) attributes(tag []byte, declared []stanza.Declaration) (err error) {
	for a := range stanza.Attributes(tag) {
		name, text := string(a.Local), a.Text()
		switch {
		case string(a.Prefix) == "xml" && name == "lang":
			b.lang = text
		case a.DeclaresPrefix():
		case len(a.Prefix) > 0:
			for _, d := range declared {
				if d.Prefix == string(a.Prefix) && d.NS == nsXMPP {
					b.xmpp(name, text)
				}
			}
		case name == "rid":
			if b.rid, err = strconv.ParseUint(text, 10, 64); err != nil || b.rid > maxRid {
				return errBody
			}
		default:
			if field := b.field(name); field != nil {
				*field = text
			}
		}
	}
	return nil
}

// field gives the place of an attribute, nil if it says nothing to us.
func (b *body) field(name string) *string {
	switch name {
	case "sid":
		return &b.sid
	case "to":
		return &b.to
	case "from":
		return &b.from
	case "type":
		return &b.kind
	case "content":
		return &b.content
	case "wait":
		return &b.wait
	case "hold":
		return &b.hold
	case "pause":
		return &b.pause
	case "ack":
		return &b.ack
	case "ver":
		return &b.ver
	case "key":
		return &b.key
	case "newkey":
		return &b.newkey
	}
	return nil
}

// xmpp takes an attribute of XEP-0206.
func (b *body) xmpp(name, text string) {
	switch name {
	case "version":
		b.version = text
	case "restart":
		b.restart = text == "true" || text == "1"
	}
}

// An attr is an attribute of an answer.
type attr struct{ name, value string }

// makeBody makes an answer. A stream element in the payload has the wrapper
// declare its prefix (XEP-0206 #wrapper).
func makeBody(attrs []attr, payload []byte) []byte {
	dst := append([]byte(nil), "<body xmlns='"+nsBind+"'"...)
	if bytes.Contains(payload, []byte("<stream:")) {
		dst = append(dst, " xmlns:stream='http://etherx.jabber.org/streams'"...)
	}
	for _, a := range attrs {
		if a.value != "" {
			dst = stanza.AppendAttr(dst, a.name, a.value)
		}
	}
	if len(payload) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	dst = append(dst, payload...)
	return append(dst, "</body>"...)
}
