package flash

import (
	"bytes"
	"strconv"

	"causeway/xmpp/stanza"
)

// A reply is what a Command is answered with.
type reply struct {
	typ      string // of the command; "" if it is not known who asks, or for what
	result   int    // what the client reads: the number of a new room, or 0
	fault    *fault
	children []row
}

// ends reports whether nothing more is taken behind this reply: of who speaks something
// else, or may not speak.
func (r *reply) ends() bool {
	return r.fault != nil && (r.fault.code == malformed || r.fault.code == notAuthorised || r.fault.code == tooLarge || r.typ == "" && r.fault.code == tooMany)
}

// A row is an element inside a reply.
type row struct {
	name  string
	attrs [][2]string
}

// chunk is how much an old client reads at once: it takes white space off the end of all
// that it has each time (wire §0, fact 3).
const chunk = 1023

// bytes writes a reply and its zero byte: one line, the root element first, and no white
// space as the last byte of a chunk.
func (r *reply) bytes() []byte {
	var w lineWriter
	w.raw(`<?xml version="1.0" encoding="UTF-8"?><Command`)
	if r.typ != "" {
		w.attr("type", r.typ)
	}
	result, text, number := r.result, codeTexts[done], done
	if r.fault != nil {
		number, text = r.fault.code, r.fault.Error()
		result = -int(number)
	}
	w.attr("result", strconv.Itoa(result))
	w.attr("code", strconv.Itoa(int(number)))
	w.attr("msg", text)
	if len(r.children) == 0 {
		w.space()
		w.raw("/>")
		return append(w.buf, 0)
	}
	w.raw(">")
	for _, c := range r.children {
		w.raw("<" + c.name)
		for _, a := range c.attrs {
			w.attr(a[0], a[1])
		}
		w.raw("/>")
	}
	w.raw("</Command>")
	return append(w.buf, 0)
}

// A lineWriter writes XML that survives being read in chunks.
type lineWriter struct{ buf []byte }

// last reports whether the next byte is the last one of a chunk.
func (w *lineWriter) last() bool { return len(w.buf)%chunk == chunk-1 }

// space writes what stands between two attributes: twice where one would be lost, so that
// the other is the first of the next chunk.
func (w *lineWriter) space() {
	if w.last() {
		w.buf = append(w.buf, ' ')
	}
	w.buf = append(w.buf, ' ')
}

func (w *lineWriter) raw(text string) {
	for i := range len(text) {
		if text[i] == ' ' {
			w.space()
		} else {
			w.buf = append(w.buf, text[i])
		}
	}
}

// attr writes an attribute. A blank in its value that would be lost is a reference.
func (w *lineWriter) attr(name, value string) {
	w.space()
	w.raw(name + `="`)
	escaped := stanza.AppendAttr(nil, "v", value)
	for _, c := range escaped[len(" v='") : len(escaped)-1] {
		if c == ' ' && w.last() {
			w.buf = append(w.buf, "&#32;"...)
		} else {
			w.buf = append(w.buf, c)
		}
	}
	w.buf = append(w.buf, '"')
}

// policy is the policy file, "" if there is none (wire §5).
func policy(domains []string, port int) []byte {
	if len(domains) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0"?><cross-domain-policy>`)
	for _, d := range domains {
		b.WriteString("<allow-access-from")
		b.Write(stanza.AppendAttr(nil, "domain", d))
		b.Write(stanza.AppendAttr(nil, "to-ports", strconv.Itoa(port)))
		b.WriteString("/>")
	}
	b.WriteString("</cross-domain-policy>\x00")
	return b.Bytes()
}
