package stanza

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// chat is the message that speed is measured with.
const chat = `<message to='juliet@capulet.lit/balcony' id='5d1a2f7c-6b0e-4c7e-9d52-0b7f5a1e9c33' type='chat'>` +
	`<body>Neither, fair saint, if either thee dislike. But soft, what light through yonder window breaks?</body>` +
	`<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>` +
	`<markable xmlns='urn:xmpp:chat-markers:0'/>` +
	`<origin-id xmlns='urn:xmpp:sid:0' id='5d1a2f7c-6b0e-4c7e-9d52-0b7f5a1e9c33'/></message>`

var scanTests = []struct {
	name string
	in   string
	want SyntaxKind // 0: accepted
}{
	{"empty element", `<a/>`, 0},
	{"empty element with space", `<a />`, 0},
	{"end tag", `<a></a>`, 0},
	{"end tag with space", "<a></a \n>", 0},
	{"quotes", `<a b='"' c="'"/>`, 0},
	{"space around the equals sign", "<a b = 'c'\td\n=\r\"e\"/>", 0},
	{"greater-than in a value and in text", `<a b='>'>></a>`, 0},
	{"predefined entities", `<a b='&lt;&gt;&amp;&apos;&quot;'>&lt;&gt;&amp;&apos;&quot;</a>`, 0},
	{"character references", `<a b='&#9;&#x10FFFF;'>&#65;&#x000000000000041;</a>`, 0},
	{"cdata", `<a><![CDATA[<b>&]]]]>></a>`, 0},
	{"empty cdata", `<a><![CDATA[]]></a>`, 0},
	{"cdata with brackets", `<a><![CDATA[]]]]]></a>`, 0},
	{"names beyond ascii", `<ä é='1'><日本/><a·b/></ä>`, 0},
	{"names of the fifth edition only", "<\U00010000/>", NotWellFormed},
	{"names beyond ASCII", "<straße ñ='1'/>", 0},
	{"text beyond ascii", "<a>\u0080\u07FF\u0800\uFFFD\U0010FFFF</a>", 0},
	{"white space", "<a>\t\r\n </a>", 0},
	{"delete is a character", "<a>\x7F</a>", 0},
	{"prefix", `<p:a xmlns:p='u'><p:b p:c='d'/></p:a>`, 0},
	{"prefix xml", `<a xml:lang='en'><xml:b/></a>`, 0},
	{"xml declared as itself", `<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>`, 0},
	{"default namespace undeclared", `<a xmlns='u'><b xmlns=''/></a>`, 0},
	{"one local name in two namespaces", `<a xmlns:p='u' xmlns:q='v' p:b='1' q:b='2' b='3'/>`, 0},
	{"prefix declared again", `<a xmlns:p='u'><b xmlns:p='v'/><p:c/></a>`, 0},
	{"brackets apart", `<a>]] ></a>`, 0},
	{"brackets before a section", `<a>]]<![CDATA[]]>></a>`, 0},

	{"text before", `x<a/>`, NotWellFormed},
	{"end tag first", `</a>`, NotWellFormed},
	{"cdata first", `<![CDATA[]]>`, NotWellFormed},
	{"space before name", `< a/>`, NotWellFormed},
	{"no name", `<>`, NotWellFormed},
	{"digit first", `<1a/>`, NotWellFormed},
	{"dash first", `<-a/>`, NotWellFormed},
	{"colon first", `<:a/>`, NotWellFormed},
	{"colon last", `<a:/>`, NotWellFormed},
	{"two colons", `<a:b:c/>`, NotWellFormed},
	{"digit behind a colon", `<a xmlns:p='u'><p:1/></a>`, NotWellFormed},
	{"not a name character", `<a×/>`, NotWellFormed},
	{"name character first", `<·a/>`, NotWellFormed},
	{"wrong end tag", `<a></b>`, NotWellFormed},
	{"longer end tag", `<a></ab>`, NotWellFormed},
	{"shorter end tag", `<ab></a>`, NotWellFormed},
	{"other prefix at the end", `<a xmlns:p='u' xmlns:q='u'><p:b></q:b></a>`, NotWellFormed},
	{"attribute at the end tag", `<a></a b='c'>`, NotWellFormed},
	{"slash alone", `<a / >`, NotWellFormed},
	{"no value", `<a b/>`, NotWellFormed},
	{"no quotes", `<a b=c/>`, NotWellFormed},
	{"no space between attributes", `<a b='c'd='e'/>`, NotWellFormed},
	{"less-than in a value", `<a b='<'/>`, NotWellFormed},
	{"less-than in a tag", `<a <b/>`, NotWellFormed},
	{"attribute twice", `<a b='1' b='2'/>`, NotWellFormed},
	{"attribute twice by namespace", `<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>`, NotWellFormed},
	{"attribute twice by escaped namespace", `<a xmlns:p='u' xmlns:q='&#117;' p:b='1' q:b='2'/>`, NotWellFormed},
	{"attribute twice by namespace with white space", "<a xmlns:p='u ' xmlns:q='u\n' p:b='1' q:b='2'/>", NotWellFormed},
	{"declaration twice", `<a xmlns='u' xmlns='u'/>`, NotWellFormed},
	{"unknown entity", `<a>&nbsp;</a>`, Restricted},
	{"ampersand alone", `<a>& </a>`, NotWellFormed},
	{"reference to nothing", `<a>&;</a>`, NotWellFormed},
	{"reference without digits", `<a>&#;</a>`, NotWellFormed},
	{"reference without hex digits", `<a>&#x;</a>`, NotWellFormed},
	{"reference with a capital x", `<a>&#X41;</a>`, NotWellFormed},
	{"reference to null", `<a>&#0;</a>`, NotWellFormed},
	{"reference to a surrogate", `<a>&#xD800;</a>`, NotWellFormed},
	{"reference to a noncharacter", `<a b='&#xFFFE;'/>`, NotWellFormed},
	{"reference beyond unicode", `<a>&#x110000;</a>`, NotWellFormed},
	{"reference beyond all bounds", `<a>&#99999999999999999999;</a>`, NotWellFormed},
	{"end of a section in text", `<a>]]></a>`, NotWellFormed},
	{"control character", "<a>\x01</a>", NotWellFormed},
	{"null", "<a b='\x00'/>", NotWellFormed},
	{"control character in a section", "<a><![CDATA[\x0B]]></a>", NotWellFormed},
	{"noncharacter", "<a>\uFFFF</a>", NotWellFormed},
	{"conditional section", `<a><![INCLUDE[]]></a>`, NotWellFormed},
	{"empty prefix declaration", `<a xmlns:p=''/>`, NotWellFormed},
	{"nothing declared", `<a xmlns:='u'/>`, NotWellFormed},
	{"xml bound to another", `<a xmlns:xml='u'/>`, NotWellFormed},
	{"another bound to xml", `<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>`, NotWellFormed},
	{"xml as default", `<a xmlns='http://www.w3.org/XML/1998/namespace'/>`, NotWellFormed},
	{"xmlns bound", `<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>`, NotWellFormed},
	{"xmlns as default", `<a xmlns='http://www.w3.org/2000/xmlns&#47;'/>`, NotWellFormed},

	{"unbound prefix", `<p:a/>`, UnboundPrefix},
	{"unbound prefix of an attribute", `<a p:b='c'/>`, UnboundPrefix},
	{"prefix out of scope", `<a><b xmlns:p='u'/><p:c/></a>`, UnboundPrefix},
	{"prefix xmlns of an element", `<xmlns:a/>`, UnboundPrefix},

	{"overlong", "<a>\xC0\xAF</a>", BadEncoding},
	{"overlong of three", "<a>\xE0\x80\xAF</a>", BadEncoding},
	{"surrogate", "<a>\xED\xA0\x80</a>", BadEncoding},
	{"beyond unicode", "<a>\xF4\x90\x80\x80</a>", BadEncoding},
	{"continuation alone", "<a b='\x80'/>", BadEncoding},
	{"cut character", "<a>\xE2\x82</a>", BadEncoding},
	{"latin-1 in a name", "<a\xE4/>", BadEncoding},

	{"comment", `<a><!-- --></a>`, Restricted},
	{"comment first", `<!-- -->`, Restricted},
	{"processing instruction", `<a><?b?></a>`, Restricted},
	{"xml declaration", `<?xml version='1.0'?>`, Restricted},
	{"doctype", `<!DOCTYPE a>`, Restricted},
	{"entity declaration", `<a><!ENTITY b "c"></a>`, Restricted},

	{"as deep as allowed", strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64), 0},
	{"too deep", strings.Repeat("<a>", 65), TooDeep},
	{"as many attributes as allowed", "<a" + manyAttrs(64) + "/>", 0},
	{"too many attributes", "<a" + manyAttrs(65) + "/>", TooMany},
	{"as many children as allowed", "<a>" + strings.Repeat("<b/>", 256) + "</a>", 0},
	{"too many children", "<a>" + strings.Repeat("<b/>", 257) + "</a>", TooMany},
	{"too many prefixes", "<a" + manyPrefixes(50, "p") + "><a" + manyPrefixes(50, "q") + "><a" + manyPrefixes(50, "r") + "/></a></a>", TooMany},
	{"as large as allowed", "<a>" + strings.Repeat("x", 256<<10-7) + "</a>", 0},
	{"too large", "<a>" + strings.Repeat("x", 256<<10-6) + "</a>", TooBig},
	{"never ending tag", "<a" + strings.Repeat(" ", 256<<10), TooBig},
	{"never ending name", "<" + strings.Repeat("a", 256<<10), TooBig},
	{"never ending reference", "<a>&" + strings.Repeat("a", 256<<10), TooBig},
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("x", i) + "='1'")
	}
	return b.String()
}

func manyPrefixes(n int, prefix string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" xmlns:" + prefix + strings.Repeat("x", i) + "='u'")
	}
	return b.String()
}

// scanWhole scans in at once, scanCut with cuts every step bytes.
func scanCut(in []byte, step int) (ix Index, n int, done bool, err error) {
	var s Scanner
	s.Reset(Limits{})
	for end := 0; ; {
		end = min(end+step, len(in))
		n, done, err = s.Scan(in[:end])
		if done || err != nil || end == len(in) {
			return *s.Index(), n, done, err
		}
	}
}

func TestScan(t *testing.T) {
	for _, tt := range scanTests {
		t.Run(tt.name, func(t *testing.T) {
			in := []byte(tt.in)
			for _, step := range []int{len(in), 1, 3} {
				if step == 3 && len(in) > 1000 {
					continue
				}
				_, n, done, err := scanCut(in, step)
				var got SyntaxKind
				if e := (*SyntaxError)(nil); errors.As(err, &e) {
					got = e.Kind
				}
				if got != tt.want || done != (tt.want == 0) || done && n != len(in) {
					t.Errorf("step %d: Scan(%.80q) = %d, %v, %v; want %v", step, in, n, done, err, tt.want)
				}
			}
		})
	}
}

// Nobody may have to send more before the fault is told.
func TestScanToldAtOnce(t *testing.T) {
	for _, in := range []string{`<message></b`, `<message><body>hi</x`, `<a b='c'd`, `<a>&x `, `<a><!-`, `<a>]]>`} {
		if _, _, _, err := scanCut([]byte(in), 1); err == nil {
			t.Errorf("Scan(%q): no error", in)
		}
	}
}

func TestScanStopsBehindElement(t *testing.T) {
	const in = `<a><b/></a><c/>`
	_, n, done, err := scanCut([]byte(in), len(in))
	if n != 11 || !done || err != nil {
		t.Errorf("Scan = %d, %v, %v", n, done, err)
	}
}

func TestScannerLeansOnDeclarations(t *testing.T) {
	var s Scanner
	s.Declare([]Declaration{{"p", "u&'"}, {"q", "v"}})
	for _, tt := range []struct{ in, want string }{
		{`<p:a/>`, ` xmlns:p='u&amp;&apos;'`},
		{`<a><b q:c='d'/></a>`, ` xmlns:q='v'`},
		{`<p:a xmlns:p='w'/>`, ``},
		{`<a/>`, ``},
	} {
		s.Reset(Limits{})
		if _, done, err := s.Scan([]byte(tt.in)); !done || err != nil {
			t.Fatalf("Scan(%s): %v, %v", tt.in, done, err)
		}
		if got := string(s.AppendBorrowed(nil)); got != tt.want || s.Leans() != (tt.want != "") {
			t.Errorf("%s leans on %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzScanner checks against encoding/xml: the Scanner accepts nothing that it
// refuses, both see the same end, and the cuts between reads change nothing.
func FuzzScanner(f *testing.F) {
	for _, tt := range scanTests {
		if len(tt.in) < 1000 {
			f.Add([]byte(tt.in), uint64(1))
		}
	}
	f.Add([]byte(chat), uint64(7))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		ix, n, done, err := scanCut(in, max(len(in), 1))
		var s Scanner
		s.Reset(Limits{})
		rnd := rand.New(rand.NewPCG(seed, 1))
		for end := 0; ; {
			end = min(end+1+rnd.IntN(9), len(in))
			n2, done2, err2 := s.Scan(in[:end])
			if !done2 && err2 == nil && end < len(in) {
				continue
			}
			if done2 != done || errText(err2) != errText(err) || done && (n2 != n || !sameIndex(&ix, s.Index())) {
				t.Fatalf("cut: %d %v %v %+v\nwhole: %d %v %v %+v", n2, done2, err2, *s.Index(), n, done, err, ix)
			}
			break
		}
		if done {
			checkAgainstDecoder(t, in, n, &ix)
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func sameIndex(a, b *Index) bool {
	x, y := *a, *b
	x.Children, y.Children = nil, nil
	if len(a.Children) != len(b.Children) {
		return false
	}
	for i := range a.Children {
		if a.Children[i] != b.Children[i] {
			return false
		}
	}
	return x.To == y.To && x.From == y.From && x.ID == y.ID && x.Type == y.Type && x.Lang == y.Lang && x.XMLNS == y.XMLNS &&
		x.Name == y.Name && x.NS == y.NS && x.TagEnd == y.TagEnd && x.Closing == y.Closing && x.Declares == y.Declares && x.Prefixed == y.Prefixed
}

// checkAgainstDecoder reads in[:n], which the Scanner has accepted, by encoding/xml.
func checkAgainstDecoder(t *testing.T, in []byte, n int, ix *Index) {
	d := xml.NewDecoder(bytes.NewReader(in[:n]))
	depth := 0
	var names []xml.Name
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("accepted %q, which encoding/xml refuses: %v", in[:n], err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 1 {
				names = append(names, tok.Name)
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if len(names) != len(ix.Children) {
		t.Fatalf("%q has %d children, found %d", in[:n], len(names), len(ix.Children))
	}
	s := Stanza{raw: in[:n], ix: ix}
	for i, c := range ix.Children {
		if got := string(s.Bytes(c.Name)); got != names[i].Local {
			t.Fatalf("%q: child %d is %q, want %q", in[:n], i, got, names[i].Local)
		}
		if c.NS != (Span{}) && !strings.ContainsAny(string(s.Bytes(c.NS)), "&\r") && string(s.Bytes(c.NS)) != names[i].Space {
			t.Fatalf("%q: child %d is in %q, want %q", in[:n], i, s.Bytes(c.NS), names[i].Space)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	var s Scanner
	in := []byte(chat)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		s.Reset(Limits{})
		if _, done, err := s.Scan(in); !done || err != nil {
			b.Fatal(err)
		}
	}
}
