package c2s

import (
	"context"
	"encoding/xml"
	"errors"
	"log/slog"
	"strconv"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsManagement is the namespace of stream management (XEP-0198).
const nsManagement = "urn:xmpp:sm:3"

// request asks the client to acknowledge.
const request = "<r xmlns='" + nsManagement + "'/>"

func isManagement(el stream.Element) bool {
	return el.Index.NS != (stanza.Span{}) && el.Is(nsManagement, string(el.Local()))
}

// manage takes an element of stream management from a client that is logged in.
func (k *link) manage(el stream.Element) error {
	c := k.client
	switch string(el.Local()) {
	case "r":
		c.acknowledge()
		return nil
	case "a":
		h, ok := count(el)
		if !ok {
			return stream.BadFormat.Err("an acknowledgement without a count") // "MUST possess an 'h' attribute"
		}
		return c.acknowledged(h)
	case "enable":
		return c.enable(el)
	case "resume":
		// XEP-0198 #enable: only before a resource is bound.
		c.say(failed(stanza.UnexpectedRequest, 0, false))
		return nil
	}
	return stream.UnsupportedStanzaType.Err("")
}

// enable starts stream management (XEP-0198 #enable).
func (c *client) enable(el stream.Element) error {
	want, err := readManagement(el)
	if err != nil {
		return stream.BadFormat.Err("")
	}
	c.mu.Lock()
	if c.ledger != nil {
		c.mu.Unlock()
		// "If a server receives a second <enable/> element it SHOULD respond with a
		// stream error", after the <failed/> of the example.
		c.say(failed(stanza.UnexpectedRequest, 0, false))
		return stream.PolicyViolation.Err("stream management is on already")
	}
	if c.link == nil || c.link.closing {
		c.mu.Unlock()
		return nil
	}
	g := c.srv.newLedger(want)
	g.onKept = c.kept
	out := c.queue()
	out.b = appendEnabled(out.b, g)
	c.ledger, c.managed = g, true
	c.link.startFlush()
	c.mu.Unlock()
	if g.resumable {
		c.srv.cut.remember(g.id, c)
	}
	return nil
}

// say writes an element that is not a stanza.
func (c *client) say(xml []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sayLocked(xml)
}

func (c *client) sayLocked(xml []byte) {
	if k := c.link; k != nil && !k.closing && !k.dead {
		out := c.queue()
		out.b = append(out.b, xml...)
		k.startFlush()
	}
}

// handled counts a stanza of the client that has been dealt with, and follows its
// way to the disk.
func (c *client) handled(t router.Ticket) error {
	c.mu.Lock()
	g := c.ledger
	if g == nil {
		c.mu.Unlock()
		return nil
	}
	g.handled++
	if t != nil {
		g.given++
	}
	failed := g.failed
	c.mu.Unlock()
	if t != nil {
		t.OnDone(g.onKept)
	}
	return storeFault(failed)
}

// acknowledge answers <r/>. "The response SHOULD be sent as soon as possible"
// (XEP-0198 #acking), but what we acknowledge is kept: while something is on its
// way to the disk the answer waits for it.
func (c *client) acknowledge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.ledger
	switch {
	case g == nil || g.failed != nil:
	case g.kept == g.given:
		c.sayLocked(appendAck(nil, g.handled))
	default:
		g.wanted, g.wantAt, g.wantH = true, g.given, g.handled
	}
}

// kept is told of each ticket that is fulfilled, in the order in which they were
// given.
func (c *client) kept(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.ledger
	if g == nil {
		return
	}
	g.kept++
	if err != nil && g.failed == nil {
		// The client must not take for kept what is not. It will send it again.
		g.failed = err
		g.resumable = false
		c.srv.log.Error("a stanza could not be kept", slog.String("jid", c.jid.String()), slog.Any("err", err))
		var told *stream.Error
		errors.As(storeFault(err), &told)
		if c.link != nil {
			c.link.sayGoodbye(told)
		}
	}
	if g.wanted && g.failed == nil && g.kept >= g.wantAt {
		g.wanted = false
		c.sayLocked(appendAck(nil, g.wantH))
	}
	if g.quiet != nil && (g.kept == g.given || g.failed != nil) {
		close(g.quiet)
		g.quiet = nil
	}
}

// storeFault is what a client is told when its stanza could not be kept.
func storeFault(err error) error {
	if err == nil {
		return nil
	}
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.ResourceConstraint {
		return stream.ResourceConstraint.Err("")
	}
	return stream.InternalServerError.Err("")
}

// acknowledged takes <a/>: so many stanzas are the client's now.
func (c *client) acknowledged(h uint32) error {
	c.mu.Lock()
	g := c.ledger
	if g == nil {
		c.mu.Unlock()
		return nil
	}
	got, ok := g.ack(h)
	if !ok {
		sent := g.sent()
		c.mu.Unlock()
		return tooHigh(h, sent)
	}
	var tell []entry
	for i := range got {
		if got[i].told != nil || got[i].held != nil {
			tell = append(tell, got[i])
		}
	}
	g.compact()
	if len(g.open()) == 0 {
		g.unasked = false
	}
	room := c.refused && len(g.waiting()) <= c.srv.cfg.Limits.Queue/2
	c.mu.Unlock()
	for i := range tell {
		if tell[i].told != nil {
			tell[i].told(true)
		}
		c.settle(tell[i].held, true)
	}
	if room {
		c.takeMore()
	}
	return nil
}

// tooHigh is the stream error of XEP-0198 #errors.
func tooHigh(h, sent uint32) *stream.Error {
	e := stream.UndefinedCondition.Err("You acknowledged " + decimal(h) + " stanzas, but I only sent you " + decimal(sent) + " so far.")
	e.App = []byte("<handled-count-too-high xmlns='" + nsManagement + "' h='" + decimal(h) + "' send-count='" + decimal(sent) + "'/>")
	return e
}

// deliverManaged is Deliver for a session with stream management. It is called
// with the lock held and gives it back.
func (c *client) deliverManaged(st *stanza.Stanza) (router.Ticket, bool) {
	if c.deferred != nil && c.putOff(st) {
		c.mu.Unlock()
		return nil, true
	}
	g := c.ledger
	if len(g.waiting())+st.Size() > c.srv.cfg.Limits.Queue {
		if st.Told != nil {
			c.refuse()
		} else {
			c.overflowManaged()
		}
		return nil, false
	}
	b := g.add(st, c.srv.now.Load())
	if c.cut || c.holding != nil {
		return c.deliverCut(st), true
	}
	// A stream that is closing is written to no more; what it has not taken is
	// dealt with in order when it is closed.
	if k := c.link; k != nil && !k.dead && !k.closing {
		out := c.queue()
		out.b = append(out.b, b...)
		k.startFlush()
	}
	c.mu.Unlock()
	return nil, true
}

// overflowManaged ends the connection of a client that does not read or does not
// acknowledge. It may come back; if it is cut already, there is no room to wait
// for it any longer. What it was sent gets in line before what is stored now. It
// is called with the lock held and gives it back.
func (c *client) overflowManaged() {
	k := c.link
	c.holdAllLocked(context.Background())
	switch {
	case k == nil:
		c.End(nil)
	case k.wire != nil:
		_ = k.wire.Close()
	}
}

// askAfter lets each write that brings stanzas end with a request: however many
// they are, it is one, and a client that logs out next has said what it got.
// The lock is held.
func (c *client) askAfter(k *link, b *buffer) {
	// A session that was cut, or is on another connection by now, is asked there.
	if g := c.ledger; g != nil && g.unasked && c.link == k && !k.closing {
		g.unasked = false
		b.b = append(b.b, request...)
		if k.asked.Load() == 0 {
			k.asked.Store(c.srv.now.Load())
		}
	}
}

// A management is the attributes of <enable/>, <resume/> and <a/>.
type management struct {
	H      string `xml:"h,attr"`
	Resume string `xml:"resume,attr"`
	Max    string `xml:"max,attr"`
	PrevID string `xml:"previd,attr"`
}

func readManagement(el stream.Element) (m management, err error) {
	err = xml.Unmarshal(el.Raw, &m)
	return m, err
}

// count reads the h of an <a/>, without the decoder: there may be one for each
// stanza.
func count(el stream.Element) (h uint32, ok bool) {
	for a := range stanza.Attributes(el.Raw) {
		if string(a.Local) == "h" && len(a.Prefix) == 0 {
			return number(string(a.Value))
		}
	}
	return 0, false
}

// number reads an unsignedInt.
func number(s string) (n uint32, ok bool) {
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err == nil
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func appendAck(dst []byte, h uint32) []byte {
	dst = append(dst, "<a xmlns='"+nsManagement+"' h='"...)
	dst = strconv.AppendUint(dst, uint64(h), 10)
	return append(dst, "'/>"...)
}

func appendEnabled(dst []byte, g *ledger) []byte {
	dst = append(dst, "<enabled xmlns='"+nsManagement+"'"...)
	if g.resumable {
		dst = stanza.AppendAttr(dst, "id", g.id)
		dst = append(dst, " resume='true'"...)
		dst = stanza.AppendAttr(dst, "max", strconv.Itoa(int(g.max.Seconds())))
	}
	return append(dst, "/>"...)
}

// failed gives the answer to a request that cannot be granted, with the
// count of a session that has ended if it is known (XEP-0198 #resumption).
func failed(why stanza.Condition, h uint32, known bool) []byte {
	dst := []byte("<failed xmlns='" + nsManagement + "'")
	if known {
		dst = stanza.AppendAttr(dst, "h", decimal(h))
	}
	dst = append(dst, "><"...)
	dst = append(dst, why...)
	return append(dst, " xmlns='"+stanza.NSStanzas+"'/></failed>"...)
}
