package websocket

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// newConn gives a Conn that is fed by hand.
func newConn() *Conn {
	c := &Conn{in: stream.NewFramer(stanza.Limits{})}
	c.Allow(stanza.Limits{Bytes: 10_000, Depth: 10})
	c.awaits.Store(true)
	return c
}

// What a message becomes on the stream (RFC 7395 §3.3).
func TestMessages(t *testing.T) {
	const framing = "xmlns='urn:ietf:params:xml:ns:xmpp-framing'"
	for _, tt := range []struct {
		message, want string
		open          bool
	}{
		{
			"<open " + framing + " to='capulet.lit' from='romeo@capulet.lit' version='1.0' xml:lang='it' id='x' a:to='b' xmlns:a='c'/>",
			"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='romeo@capulet.lit' to='capulet.lit' version='1.0' xml:lang='it'>", false,
		},
		{
			`<f:open xmlns:f="urn:ietf:params:xml:ns:xmpp-framing" to="a'>&amp;"></f:open>`,
			"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a&apos;&gt;&amp;'>", false,
		},
		{"<close " + framing + "/>", "</stream:stream>", true},
		{"<presence/>", "<presence/>", true},
		{"<presence xmlns='jabber:client'/> \n", "<presence xmlns='jabber:client'/>", true},
		{" \n", "", true},
		{"", "", true},
	} {
		c := newConn()
		c.awaits.Store(!tt.open)
		if err := c.message(iotest.OneByteReader(strings.NewReader(tt.message))); err != nil || string(c.pending) != tt.want {
			t.Errorf("%s\ngot  %s %v\nwant %s", tt.message, c.pending, err, tt.want)
		}
	}
}

// Whatever a client sends, the stream gets one whole element, or the tag that a frame
// stands for, or an error that can be told.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a' version='1.0'/>", "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
		"<presence xmlns='jabber:client'/>", "<a><b/></a>", "</stream:stream>", "<a/><b/>", " <a/>", "<?xml version='1.0'?><a/>", "x",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, message []byte, open bool) {
		c := newConn()
		c.awaits.Store(!open)
		err := c.message(bytes.NewReader(message))
		var told *stream.Error
		switch {
		case err != nil:
			if !errors.As(err, &told) {
				t.Fatalf("%v cannot be told", err)
			}
			return
		case len(c.pending) == 0, bytes.HasPrefix(c.pending, []byte("<?xml version='1.0'?><stream:stream ")), string(c.pending) == "</stream:stream>":
			return
		}
		for d, depth := xml.NewDecoder(bytes.NewReader(c.pending)), 0; ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q: %v", c.pending, err)
			}
			switch tok.(type) {
			case xml.StartElement:
				depth++
			case xml.EndElement:
				depth--
			case xml.CharData:
				if depth == 0 {
					t.Fatalf("%q is more than an element", c.pending)
				}
			}
		}
	})
}
