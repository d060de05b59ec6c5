package load

import (
	"bytes"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	// StanzaSize is the length of a chat stanza as it is sent. The server adds the
	// sender's address on the way.
	StanzaSize = 461
	// numberWidth is the length of the decimal number that each message carries.
	numberWidth = 10
	// saltWidth is the length of the hexadecimal number beside it in the ids.
	saltWidth = 16
	// BodyMark comes before the number in the body, and nowhere else in a stream.
	BodyMark = "<body>#"
	// wordings is how many bodies each sender has.
	wordings = 16
)

// A Chat is a chat stanza as today's clients send it, prepared but for its
// numbers: body, chat state, receipt request, marker, origin-id. Bodies and ids
// differ as much as those of people do, so that nothing is gained by their likeness
// which would not be in life.
type Chat struct {
	texts   [wordings][]byte
	numbers []int // where in a text the number stands: id, body, origin-id
	salts   []int // where what makes the ids unlike stands: id, origin-id
	seed    uint64
}

// NewChat prepares messages to one address, padded to length bytes, or longer if
// there is more in them. What has no room in them is left out: chat state and marker.
func NewChat(to string, length int) Chat { return NewMessage(to, "chat", length) }

// NewMessage is NewChat of any type.
func NewMessage(to, kind string, length int) Chat {
	number, salt := strings.Repeat("0", numberWidth), strings.Repeat("z", saltWidth)
	head := "<message to='" + to + "' type='" + kind + "' id='c-" + number + "-" + salt + "'>" + BodyMark + number + " "
	state, marker := "<active xmlns='http://jabber.org/protocol/chatstates'/>", "<markable xmlns='urn:xmpp:chat-markers:0'/>"
	if length < StanzaSize {
		state, marker = "", ""
	}
	tail := "</body>" + state + "<request xmlns='urn:xmpp:receipts'/>" + marker +
		"<origin-id xmlns='urn:xmpp:sid:0' id='c-" + number + "-" + salt + "'/></message>"
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(to))
	c := Chat{seed: hash.Sum64()}
	rnd := rand.New(rand.NewPCG(c.seed, 0))
	for i := range c.texts {
		c.texts[i] = []byte(head + wording(rnd, max(length-len(head)-len(tail), 0)) + tail)
	}
	text := c.texts[0]
	c.numbers, c.salts = places(text, number), places(text, salt)
	return c
}

// places gives where a word stands.
func places(text []byte, word string) (all []int) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return all
		}
		all = append(all, at+i)
		at += i + len(word)
	}
}

// statusMark is BodyMark for presence.
const statusMark = "<status>#"

// newPresence prepares presence that people send when they come and go.
func newPresence() Chat {
	number := strings.Repeat("0", numberWidth)
	c := Chat{}
	rnd := rand.New(rand.NewPCG(0, 0)) //nolint:gosec // no secret
	for i := range c.texts {
		show := [...]string{"away", "chat"}[i%2]
		c.texts[i] = []byte("<presence><show>" + show + "</show>" + statusMark + number + " " + wording(rnd, 30) +
			"</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://capulet.lit/bench' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/></presence>")
	}
	c.numbers = places(c.texts[0], number)
	return c
}

// words are what people say, by chance.
var words = strings.Fields(`a about after all also always and any are as ask at away back bad be because been before best
	bring but by call came can come could day did do does done down each early eat end even every far feel few find first for
	found friend from gave get give go good got great had half hand happy has have he head hear heard help her here him his home
	hope hour house how idea if in into is it just keep kind knew know last late later leave left let life like little live long
	look lot love made make man many may maybe me mean meet might mind minute more morning most much must my name near need never
	new next night no not nothing now of off often ok old on once one only open or other our out over own part people place plan
	play please put quite read ready really right room run said same saw say see seem send she show side since sleep so some soon
	sorry sound start stay still stop such sure take talk tell than thank that the their them then there these they thing think
	this those thought three time to today together told tomorrow tonight too took town tried try turn two under until up us use
	very wait walk want was watch way we week well went were what when where which while who why will wish with word work world
	would write year yes yesterday yet you young your`)

// wording gives words of length bytes.
func wording(rnd *rand.Rand, length int) string {
	var b strings.Builder
	for b.Len() < length {
		b.WriteString(words[rnd.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()[:length]
}

// Append adds the message with number n to dst.
func (c *Chat) Append(dst []byte, n int) []byte {
	start := len(dst)
	salt := mix(c.seed + uint64(n))
	dst = append(dst, c.texts[salt%wordings]...)
	var digits [numberWidth]byte
	for i := numberWidth - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	for _, at := range c.numbers {
		copy(dst[start+at:], digits[:])
	}
	var hex [saltWidth]byte
	for i := range hex {
		hex[i] = "0123456789abcdef"[salt>>(4*i)&15]
	}
	for _, at := range c.salts {
		copy(dst[start+at:], hex[:])
	}
	return dst
}

// mix makes numbers that are near each other unlike (SplitMix64).
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// ArchivedAs gives the messages as an archive has them: in their namespace, from
// somebody.
func (c *Chat) ArchivedAs(from string) Chat {
	const mark = "<message "
	head := mark + "xmlns='jabber:client' from='" + from + "' "
	in := Chat{seed: c.seed, numbers: slices.Clone(c.numbers), salts: slices.Clone(c.salts)}
	for i, text := range c.texts {
		in.texts[i] = append([]byte(head), text[len(mark):]...)
	}
	for i, at := range c.numbers {
		in.numbers[i] = at + len(head) - len(mark)
	}
	for i, at := range c.salts {
		in.salts[i] = at + len(head) - len(mark)
	}
	return in
}
