package load

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// TestCounter makes sure that nothing lost, doubled or reordered goes unseen,
// however the stream is cut into reads.
func TestCounter(t *testing.T) {
	tests := []struct {
		name    string
		numbers []int
		faults  Faults
	}{
		{name: "in order", numbers: []int{0, 1, 2, 3}},
		{name: "lost", numbers: []int{0, 2}, faults: Faults{Lost: 1}},
		{name: "first lost", numbers: []int{3}, faults: Faults{Lost: 3}},
		{name: "doubled", numbers: []int{0, 1, 1, 2}, faults: Faults{Doubled: 1}},
		{name: "reordered", numbers: []int{0, 2, 1, 3}, faults: Faults{Reordered: 1}},
		{name: "one of a gap comes late", numbers: []int{0, 5, 3, 6}, faults: Faults{Lost: 3, Reordered: 1}},
		{name: "late and then again", numbers: []int{0, 2, 1, 1}, faults: Faults{Reordered: 1, Doubled: 1}},
		{name: "two speakers", numbers: []int{perSpeaker, 0, 1, perSpeaker + 1}},
		{name: "two speakers, one lost", numbers: []int{perSpeaker, 0, 1, perSpeaker + 2}, faults: Faults{Lost: 1}},
		{name: "nobody's", numbers: []int{0, 7 * perSpeaker}, faults: Faults{Strange: 1}},
	}
	cuts := map[string]func(io.Reader) io.Reader{
		"whole":   func(r io.Reader) io.Reader { return r },
		"halves":  iotest.HalfReader,
		"by byte": iotest.OneByteReader,
	}
	message := NewChat("juliet@capulet.lit", StanzaSize)
	for _, test := range tests {
		for cut, reader := range cuts {
			t.Run(test.name+", "+cut, func(t *testing.T) {
				text := []byte("<presence from='juliet@capulet.lit'/><body>")
				for _, n := range test.numbers {
					text = message.Append(text, n)
				}
				c := newCounter(nil, 2, 1024)
				r, counted := reader(bytes.NewReader(text)), 0
				for {
					n, err := c.Note(r)
					counted += n
					if err != nil {
						break
					}
				}
				if counted != len(test.numbers) || c.Faults() != test.faults {
					t.Errorf("counted %d, %v; want %d, %v", counted, c.Faults(), len(test.numbers), test.faults)
				}
			})
		}
	}
}

// TestCounterBounds: what a hostile server sends takes no more memory.
func TestCounterBounds(t *testing.T) {
	c := newCounter(nil, 1, 1024)
	for n := 0; n < 10*mostGaps; n++ {
		c.count(2 * n)
	}
	if want := (Faults{Lost: 10*mostGaps - 1}); c.Faults() != want || len(c.gaps) > mostGaps {
		t.Errorf("%v and %d gaps, want %v and at most %d", c.Faults(), len(c.gaps), want, mostGaps)
	}
}

// FuzzCounter: any bytes are read to their end.
func FuzzCounter(f *testing.F) {
	message := NewChat("juliet@capulet.lit", StanzaSize)
	f.Add(message.Append(message.Append(nil, 0), 2), 7)
	f.Add([]byte("<body>#<body>#0000x00000<body>#9999999999"), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		c := newCounter(nil, 2, 64)
		whole := bytes.Count(data, []byte(BodyMark))
		seen, r := 0, io.Reader(bytes.NewReader(data))
		if size%2 == 0 {
			r = iotest.OneByteReader(r)
		}
		for {
			n, err := c.Note(r)
			seen += n
			if err != nil {
				break
			}
		}
		if seen > whole {
			t.Errorf("%d messages seen of %d", seen, whole)
		}
	})
}

// TestChatStanza makes sure that what the figures call a stanza is one.
func TestChatStanza(t *testing.T) {
	for _, size := range []int{356, StanzaSize, 1700} {
		message := NewChat("romeo000001@capulet.lit", size)
		text := message.Append(nil, 1234567890)
		if len(text) != size {
			t.Errorf("%d bytes, want %d: %s", len(text), size, text)
		}
		if n := bytes.Count(text, []byte("1234567890")); n != len(message.numbers) {
			t.Errorf("the number stands in %d places: %s", n, text)
		}
	}
}

// TestCounterRefusals: what the server sends back is no message of the other, however the
// stream is cut.
func TestCounterRefusals(t *testing.T) {
	message := NewChat("juliet@capulet.lit", StanzaSize)
	back := func(n int, quote string) []byte {
		text := bytes.Replace(message.Append(nil, n), []byte("<message "), []byte("<message from='juliet@capulet.lit' "), 1)
		text = bytes.Replace(text, []byte("type='chat'"), []byte("type="+quote+"error"+quote), 1)
		return bytes.Replace(text, []byte("</message>"), []byte("<error type='wait'><resource-constraint/></error></message>"), 1)
	}
	text := message.Append(nil, 0)
	text = append(text, back(7, "'")...)
	text = append(text, back(8, `"`)...)
	text = append(text, "<message type='error'><error type='cancel'/></message>"...)
	text = message.Append(text, 1)
	for cut, reader := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "by byte": iotest.OneByteReader} {
		t.Run(cut, func(t *testing.T) {
			c := newCounter(nil, 1, 1024)
			r, counted := reader(bytes.NewReader(text)), 0
			for {
				n, err := c.Note(r)
				counted += n
				if err != nil {
					break
				}
			}
			if counted != 2 || c.refused != 3 || c.Faults().Any() {
				t.Errorf("%d messages, %d refused, %v", counted, c.refused, c.Faults())
			}
		})
	}
}
