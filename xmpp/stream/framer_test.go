package stream

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	opening = `<?xml version='1.0'?><stream:stream to='capulet.lit' version='1.0' xml:lang='en' ` +
		`xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
	chat = `<message to='juliet@capulet.lit/balcony' id='5d1a2f7c-6b0e-4c7e-9d52-0b7f5a1e9c33' type='chat'>` +
		`<body>Neither, fair saint, if either thee dislike. But soft, what light through yonder window breaks?</body>` +
		`<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>` +
		`<markable xmlns='urn:xmpp:chat-markers:0'/>` +
		`<origin-id xmlns='urn:xmpp:sid:0' id='5d1a2f7c-6b0e-4c7e-9d52-0b7f5a1e9c33'/></message>`
)

// events gives what a Framer makes of in when it comes in pieces of the sizes
// that next gives, one line an event.
func events(in []byte, next func() int) (lines []string, used int) {
	f := NewFramer(stanza.Limits{Bytes: 2000, Depth: 8})
	fed := 0
	for {
		ev, err := f.Next()
		if err != nil {
			return append(lines, err.Error()), used
		}
		used += len(ev.Raw)
		switch ev.Kind {
		case NeedMore:
			used = fed - len(f.Buffered())
			if fed == len(in) {
				return lines, used
			}
			n := min(next(), len(in)-fed)
			f.Feed(in[fed : fed+n])
			fed += n
		case Opening:
			lines = append(lines, fmt.Sprintf("open %+v", *ev.Header))
		case Whole:
			lines = append(lines, fmt.Sprintf("%s {%s}%s", ev.Element.Raw, ev.Element.Namespace(), ev.Element.Local()))
		case Closing:
			lines = append(lines, "close")
		}
	}
}

func whole(in []byte) ([]string, int) { return events(in, func() int { return max(len(in), 1) }) }
func slowly(in []byte) []string       { l, _ := events(in, func() int { return 1 }); return l }

var framerTests = []struct {
	name string
	in   string
	want string // the last line of events
}{
	{"opening tag", opening, "open {To:capulet.lit From: ID: Lang:en Version:1.0 ContentNS:jabber:client Prefix:stream Prefixes:[{Prefix:stream NS:http://etherx.jabber.org/streams}]}"},
	{"closing tag", opening + "</stream:stream>", "close"},
	{"closing tag with space", opening + "</stream:stream \n>", "close"},
	{"element", opening + " \n<presence/>\n", "<presence/> {jabber:client}presence"},
	{"foreign element", opening + "<r xmlns='urn:xmpp:sm:3'/>", "<r xmlns='urn:xmpp:sm:3'/> {urn:xmpp:sm:3}r"},
	{
		"prefix of the stream element", opening + "<stream:error><a/></stream:error>",
		"<stream:error xmlns:stream='http://etherx.jabber.org/streams'><a/></stream:error> {http://etherx.jabber.org/streams}error",
	},
	{
		"prefix of the stream element inside", strings.Replace(opening, "to=", "xmlns:p='u&amp;v' to=", 1) + "<iq><p:a><p:b/></p:a></iq>",
		"<iq xmlns:p='u&amp;v'><p:a><p:b/></p:a></iq> {jabber:client}iq",
	},
	{"another prefix", "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server'></s:stream>", "close"},
	{"double quotes and encoding", `<?xml version="1.0" encoding="utf-8" standalone="yes" ?>` + opening[21:] + "</stream:stream>", "close"},
	{"white space before", " \n" + opening + "</stream:stream>", "close"},

	{"text before", "GET / HTTP/1.1\r\n", "not-well-formed"},
	{"utf-16", "\xFE\xFF\x00<", "unsupported-encoding"},
	{"tls", "\x16\x03\x01", "not-well-formed"},
	{"other encoding", `<?xml version='1.0' encoding='ISO-8859-1'?>` + opening[21:], "unsupported-encoding"},
	{"xml 2", `<?xml version='2.0'?>` + opening[21:], "not-well-formed"},
	{"endless declaration", `<?xml ` + strings.Repeat(" ", 300), "not-well-formed"},
	{"declaration twice", `<?xml version='1.0'?><?xml version='1.0'?>`, "restricted-xml"},
	{"processing instruction first", `<?xml-stylesheet?>`, "restricted-xml"},
	{"comment first", `<!-- x -->`, "restricted-xml"},
	{"doctype", `<!DOCTYPE x>`, "restricted-xml"},
	{"undeclared prefix", `<stream:stream xmlns='jabber:client'>`, "bad-namespace-prefix"},
	{"no prefix", `<stream xmlns='jabber:client'>`, "bad-namespace-prefix"},
	{"streams as the default namespace", `<stream xmlns='http://etherx.jabber.org/streams'>`, "bad-namespace-prefix"},
	{"wrong namespace of streams", `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/stream'>`, "invalid-namespace"},
	{"wrong content namespace", `<stream:stream xmlns='jabber:clients' xmlns:stream='http://etherx.jabber.org/streams'>`, "invalid-namespace"},
	{"no content namespace", `<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>`, "invalid-namespace"},
	{"wrong name", `<stream:streams xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`, "bad-format"},
	{"empty stream", `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'/>`, "bad-format"},
	{"stanza first", `<message/>`, "bad-namespace-prefix"},
	{"attribute twice", `<stream:stream xmlns='jabber:client' xmlns='jabber:client'`, "not-well-formed"},

	{"text between", opening + "x", "bad-format"},
	{"comment", opening + "<!-- -->", "restricted-xml"},
	{"declaration inside", opening + "<?xml version='1.0'?>", "restricted-xml"},
	{"wrong closing tag", opening + "</stream:x", "not-well-formed"},
	{"wrong nesting", opening + "<a><b></a>", "not-well-formed"},
	{"unbound prefix", opening + "<x:a/>", "not-well-formed"},
	{"not utf-8", opening + "<a>\xff</a>", "unsupported-encoding"},
	{"as large as allowed", opening + "<a>" + strings.Repeat("x", 1993) + "</a></stream:stream>", "close"},
	{"too large", opening + "<a>" + strings.Repeat("x", 1994) + "</a>", "policy-violation"},
	{"too deep", opening + strings.Repeat("<a>", 9), "policy-violation"},
}

func TestFramer(t *testing.T) {
	for _, tt := range framerTests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := whole([]byte(tt.in))
			want := tt.want
			if last := append([]string{""}, got...)[len(got)]; last != want && !strings.HasPrefix(last, "stream error: "+want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if slow := slowly([]byte(tt.in)); strings.Join(slow, "\n") != strings.Join(got, "\n") {
				t.Errorf("whole %q, slowly %q", got, slow)
			}
		})
	}
}

func TestFramerRestart(t *testing.T) {
	f := NewFramer(stanza.Limits{})
	f.Feed([]byte(opening + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" + opening + "<iq/>"))
	want := func(k EventKind) Event {
		t.Helper()
		ev, err := f.Next()
		if err != nil || ev.Kind != k {
			t.Fatalf("Next = %v, %v, want %v", ev, err, k)
		}
		return ev
	}
	want(Opening)
	if ev := want(Whole); !ev.Element.Is("urn:ietf:params:xml:ns:xmpp-sasl", "auth") || ev.Element.Is(NSClient, "auth") {
		t.Errorf("not the element that was sent: %s", ev.Raw)
	}
	f.Restart()
	want(Opening)
	if f.Release() {
		t.Error("released while an element waits")
	}
	if ev := want(Whole); !ev.Element.Is(NSClient, "iq") {
		t.Errorf("not the element that was sent: %s", ev.Raw)
	}
	want(NeedMore)
	if !f.Release() || f.work != nil {
		t.Error("not released while nothing waits")
	}
	f.Feed([]byte("<presence/><mess"))
	want(Whole)
	want(NeedMore)
	if f.Release() {
		t.Error("released while an element is half read")
	}
	if got := string(f.Take()); got != "<mess" {
		t.Errorf("Take = %q", got)
	}
}

func TestFramerSetLimits(t *testing.T) {
	f := NewFramer(stanza.Limits{Bytes: 200})
	f.Feed([]byte(opening + chat))
	if ev, err := f.Next(); ev.Kind != Opening || err != nil {
		t.Fatal(ev, err)
	}
	f.SetLimits(stanza.Limits{Bytes: 2000})
	if ev, err := f.Next(); ev.Kind != Whole || err != nil {
		t.Fatal(ev, err)
	}
}

func TestReadError(t *testing.T) {
	sent := AppendError(nil, Conflict.Err("replaced by <another>"))
	f := NewFramer(stanza.Limits{})
	f.Feed(AppendHeader(nil, &Header{ContentNS: NSClient, ID: "x'", From: "capulet.lit", Version: "1.0"}))
	f.Feed(sent)
	if ev, err := f.Next(); ev.Kind != Opening || err != nil || ev.Header.ID != "x'" || ev.Header.From != "capulet.lit" {
		t.Fatal(ev, err)
	}
	ev, err := f.Next()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := ReadError(ev.Element)
	if !ok || p.Condition != Conflict || p.Text != "replaced by <another>" {
		t.Errorf("ReadError = %+v, %v", p, ok)
	}
	if _, ok := ReadError(Element{Raw: []byte("<a/>"), Index: &stanza.Index{Name: stanza.Span{Start: 1, End: 2}}}); ok {
		t.Error("ReadError takes what is no error")
	}
}

// forwarder does what a stream does with a message: frame, read the head, write.
type forwarder struct {
	f     *Framer
	cache *jid.Cache
	st    stanza.Stanza
	out   []byte
}

func newForwarder(tb testing.TB) *forwarder {
	w := &forwarder{f: NewFramer(stanza.Limits{}), cache: jid.NewCache(1024)}
	w.f.Feed([]byte(opening))
	if _, err := w.f.Next(); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w *forwarder) forward(tb testing.TB, in []byte, from jid.JID) {
	n := copy(w.f.Buffer(), in)
	w.f.Advance(n)
	ev, err := w.f.Next()
	if err != nil || ev.Kind != Whole {
		tb.Fatal(ev, err)
	}
	if err := w.st.Reset(ev.Element.Raw, ev.Element.Index, w.cache.Parse); err != nil {
		tb.Fatal(err)
	}
	w.st.From = from
	w.out = w.st.AppendTo(w.out[:0])
}

func TestForwardDoesNotAllocate(t *testing.T) {
	w := newForwarder(t)
	from := jid.MustParse("romeo@montague.lit/orchard")
	in := []byte(chat)
	if n := testing.AllocsPerRun(200, func() { w.forward(t, in, from) }); n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}

func BenchmarkForward(b *testing.B) {
	w := newForwarder(b)
	from := jid.MustParse("romeo@montague.lit/orchard")
	in := []byte(chat)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		w.forward(b, in, from)
	}
}

// FuzzFramer checks that cuts between reads change nothing, that encoding/xml
// takes all that the Framer took, and that both see the same elements.
func FuzzFramer(f *testing.F) {
	for _, tt := range framerTests {
		f.Add([]byte(tt.in), uint64(1))
	}
	f.Add([]byte(opening+chat+" "+chat+"</stream:stream>"), uint64(2))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		want, used := whole(in)
		rnd := rand.New(rand.NewPCG(seed, 1))
		got, _ := events(in, func() int { return 1 + rnd.IntN(9) })
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("cut:   %q\nwhole: %q", got, want)
		}
		checkAgainstDecoder(t, in[:used])
		fr := NewFramer(stanza.Limits{Bytes: 2000, Depth: 8})
		fr.Feed(in)
		checkElements(t, fr, in)
	})
}

// checkAgainstDecoder reads in, which was taken, by encoding/xml.
func checkAgainstDecoder(t *testing.T, in []byte) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(in, " \t\r\n")))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) || err != nil && strings.Contains(err.Error(), "unexpected EOF") {
			return
		}
		if err != nil {
			t.Fatalf("took %q, which encoding/xml refuses: %v", in, err)
		}
	}
}

// checkElements compares each element that stands alone with what encoding/xml
// reads of it in its stream.
func checkElements(t *testing.T, f *Framer, in []byte) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(in, " \t\r\n")))
	if ev, err := f.Next(); err != nil || ev.Kind != Opening {
		return
	}
	for {
		if tok, err := d.Token(); err != nil {
			return
		} else if _, ok := tok.(xml.StartElement); ok {
			break
		}
	}
	for {
		ev, err := f.Next()
		if err != nil || ev.Kind != Whole {
			return
		}
		var start xml.StartElement
		for start.Name.Local == "" {
			tok, err := d.Token()
			if err != nil {
				return
			}
			start, _ = tok.(xml.StartElement)
		}
		inStream, err := tokens(d, start.Copy())
		if err != nil {
			return
		}
		alone := xml.NewDecoder(strings.NewReader("<x xmlns='" + f.content + "'>" + string(ev.Element.Raw) + "</x>"))
		_, _ = alone.Token()
		tok, err := alone.Token()
		if err != nil {
			t.Fatal(err)
		}
		first, _ := tok.(xml.StartElement)
		byItself, err := tokens(alone, first.Copy())
		if err != nil || byItself != inStream {
			t.Fatalf("in the stream %s\nalone         %s (%v)", inStream, byItself, err)
		}
	}
}

// tokens writes down all of the element that start begins, without declarations.
func tokens(d *xml.Decoder, start xml.StartElement) (string, error) {
	var b strings.Builder
	var tok xml.Token = start
	for depth := 0; ; {
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			fmt.Fprintf(&b, "<%v", tok.Name)
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					fmt.Fprintf(&b, " %v=%q", a.Name, a.Value)
				}
			}
		case xml.EndElement:
			b.WriteByte('>')
			if depth--; depth == 0 {
				return b.String(), nil
			}
		case xml.CharData:
			fmt.Fprintf(&b, "%q", string(tok))
		}
		var err error
		if tok, err = d.Token(); err != nil {
			return "", err
		}
	}
}
