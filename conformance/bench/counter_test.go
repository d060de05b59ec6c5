//go:build bench

package bench

import (
	"bytes"
	"errors"
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
		counted int // before the first that is wrong
		wrong   bool
	}{
		{name: "in order", numbers: []int{0, 1, 2, 3}, counted: 4},
		{name: "lost", numbers: []int{0, 2}, counted: 1, wrong: true},
		{name: "first lost", numbers: []int{1}, wrong: true},
		{name: "doubled", numbers: []int{0, 1, 1}, counted: 2, wrong: true},
		{name: "reordered", numbers: []int{0, 2, 1}, counted: 1, wrong: true},
	}
	cuts := map[string]func(io.Reader) io.Reader{
		"whole":   func(r io.Reader) io.Reader { return r },
		"halves":  iotest.HalfReader,
		"by byte": iotest.OneByteReader,
	}
	message := newChat(bareJID(1), stanzaSize)
	for _, test := range tests {
		for cut, reader := range cuts {
			t.Run(test.name+", "+cut, func(t *testing.T) {
				text := []byte("<presence from='" + bareJID(1) + "'/>")
				for _, n := range test.numbers {
					text = message.append(text, n)
				}
				c := newCounter(nil)
				counted, wrong := countAll(c, reader(bytes.NewReader(text)))
				if counted != test.counted || wrong != test.wrong {
					t.Errorf("counted %d, wrong %v; want %d, %v", counted, wrong, test.counted, test.wrong)
				}
			})
		}
	}
}

// countAll reads to the end, or to the first message that is wrong.
func countAll(c *counter, r io.Reader) (counted int, wrong bool) {
	for {
		n, err := c.read(r)
		counted += n
		if err != nil {
			return counted, !errors.Is(err, io.EOF)
		}
	}
}

// TestChatStanza makes sure that what the figures call a stanza is one.
func TestChatStanza(t *testing.T) {
	message := newChat(bareJID(1), stanzaSize)
	text := message.append(nil, 1234567890)
	if len(text) != stanzaSize {
		t.Errorf("%d bytes, want %d", len(text), stanzaSize)
	}
	if n := bytes.Count(text, []byte("1234567890")); n != len(message.numbers) {
		t.Errorf("the number stands in %d places: %s", n, text)
	}
}
