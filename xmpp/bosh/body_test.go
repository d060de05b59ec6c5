package bosh

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
)

const head = "<body xmlns='http://jabber.org/protocol/httpbind' rid='7'"

// What is understood of a request (XEP-0124 #wrapper).
func TestRead(t *testing.T) {
	for _, tt := range []struct{ text, payload string }{
		{head + "/>", ""},
		{"<?xml version='1.0' encoding='utf-8'?>\n" + head + "/>\n", ""},
		{head + "></body >", ""},
		{head + "> <presence/>\n<iq/> </body>", "<presence/><iq/>"},
		{"<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns='jabber:client' rid='7'><presence/></b:body>", "<presence/>"},
		{head + " xmlns:a='b'><c a:d='e'/></body>", "<c xmlns:a='b' a:d='e'/>"},
		{head + "><body>in the <body/></body></body>", "<body>in the <body/></body>"},
	} {
		b, err := read([]byte(tt.text), stanza.Limits{})
		if err != nil || b.rid != 7 || string(b.payload) != tt.payload {
			t.Errorf("%s: %+v %v", tt.text, b, err)
		}
	}
	b, err := read([]byte("<body xmlns='http://jabber.org/protocol/httpbind' xmlns:x='urn:xmpp:xbosh' xmlns:y='z' rid='8' sid='a&amp;b' "+
		"x:restart='1' y:restart='0' x:version='1.0' xml:lang='it' to='c' type='d' wait='1' hold='2' pause='3' ack='4' ver='1.6' key='5' newkey='6' content='e' from='f'/>"), stanza.Limits{})
	want := body{
		rid: 8, sid: "a&b", restart: true, version: "1.0", lang: "it", to: "c", kind: "d", wait: "1", hold: "2", pause: "3", ack: "4", ver: "1.6",
		key: "5", newkey: "6", content: "e", from: "f",
	}
	if err != nil || b.sid != want.sid || !b.restart || b.version != want.version || b.lang != want.lang || b.kind != want.kind ||
		b.pause != want.pause || b.ack != want.ack || b.newkey != want.newkey || b.content != want.content || b.from != want.from || b.to != want.to {
		t.Errorf("got %+v %v", b, err)
	}
}

// Elements that all lean on the wrapper do not grow without end.
func TestReadGrowth(t *testing.T) {
	text := head + " xmlns:a='" + strings.Repeat("b", 5000) + "'>" + strings.Repeat("<a:c/>", 800) + "</body>"
	if _, err := read([]byte(text), stanza.Limits{Bytes: 10_000}); !errors.Is(err, errBody) {
		t.Errorf("taken: %v", err)
	}
	text = head + " xmlns:a='" + strings.Repeat("b", 5000) + "'><a:c/><a:c/></body>"
	if _, err := read([]byte(text), stanza.Limits{Bytes: 10_000}); err != nil {
		t.Error(err)
	}
}

// The type of answers is one of XML, or what XEP-0124 #session-request names.
func TestTypeOfAnswers(t *testing.T) {
	for content, want := range map[string]bool{
		"text/xml": true, "text/xml; charset=utf-8": true, "application/xml": true, "application/vnd.romeo+xml": true, "Text/HTML; charset=utf-8": true,
		"application/javascript": false, "text/javascript": false, "text/css": false, "application/octet-stream": false, "text/plain": false,
		"": false, "xml": false, "text/xml\r\nX: y": false,
	} {
		if got := typeOfAnswers(content); got != want {
			t.Errorf("%q: %v", content, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for content, want := range map[string]string{"text/html": "text/html", "text/javascript": "text/xml; charset=utf-8"} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "https://capulet.lit/bosh", strings.NewReader(head+" to='capulet.lit' content='"+content+"'/>"))
			go func() { _ = (<-s.pipes).Close() }() // ends with the session
			s.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Type"); got != want {
				t.Errorf("%s: answered in %s", content, got)
			}
		}
	})
}

// The lower version counts, as numbers (XEP-0124 #session-request).
func TestVersion(t *testing.T) {
	for theirs, want := range map[string]string{"1.6": "1.6", "1.11": "1.11", "1.12": "1.11", "2.0": "1.11", "": "", "1": "", "x.y": "", "0.9": "0.9"} {
		if got := version(theirs); got != want {
			t.Errorf("%s: %s", theirs, got)
		}
	}
}

// Whatever a client sends, what gets through is whole elements.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		head + "/>", head + "><presence/><iq><a/></iq></body>", head + " xmlns:a='b'><a:c/></body>", "<body", "<body/>", head + ">text</body>",
		"<?xml version='1.0'?>" + head + "/>", head + "><![CDATA[]]></body>", head + "></bodyx>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := read(text, stanza.Limits{Bytes: 10_000, Depth: 20})
		if err != nil {
			return
		}
		depth := 0
		for d := xml.NewDecoder(strings.NewReader("<x>" + string(b.payload) + "</x>")); ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q: %v", b.payload, err)
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				depth++
			case xml.EndElement:
				depth--
			case xml.CharData:
				if depth == 1 && len(strings.TrimSpace(string(tok))) > 0 {
					t.Fatalf("%q has text of its own", b.payload)
				}
			}
		}
	})
}
