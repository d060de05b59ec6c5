//go:build bench

package bench

import (
	"bytes"
	"strings"
)

const (
	// stanzaSize is the length of a chat stanza as it is sent. The server adds the
	// sender's address on the way.
	stanzaSize = 461
	// numberWidth is the length of the decimal number that each message carries.
	numberWidth = 10
	// bodyMark comes before the number in the body, and nowhere else in a stream.
	bodyMark = "<body>#"
)

// A chat is a chat stanza as today's clients send it, prepared but for its
// number: body, chat state, receipt request, marker, origin-id.
type chat struct {
	text    []byte
	numbers [3]int // where in text the number stands: id, body, origin-id
}

// newChat prepares messages to one address, padded to length bytes, or longer if
// there is more in them.
func newChat(to string, length int) chat {
	const number = "0000000000"
	head := "<message to='" + to + "' type='chat' id='c-" + number + "'>" + bodyMark + number + " "
	tail := "</body><active xmlns='http://jabber.org/protocol/chatstates'/>" +
		"<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>" +
		"<origin-id xmlns='urn:xmpp:sid:0' id='c-" + number + "'/></message>"
	const words = "But, soft! what light through yonder window breaks? "
	pad := max(length-len(head)-len(tail), 0)
	c := chat{text: []byte(head + strings.Repeat(words, pad/len(words)+1)[:pad] + tail)}
	at := 0
	for i := range c.numbers {
		c.numbers[i] = at + bytes.Index(c.text[at:], []byte(number))
		at = c.numbers[i] + numberWidth
	}
	return c
}

// append adds the message with number n to dst.
func (c *chat) append(dst []byte, n int) []byte {
	start := len(dst)
	dst = append(dst, c.text...)
	var digits [numberWidth]byte
	for i := numberWidth - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	for _, at := range c.numbers {
		copy(dst[start+at:], digits[:])
	}
	return dst
}
