package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"causeway/conformance/oracle"
)

// A Client is somebody who has logged in. What comes while it waits for something
// else is kept for later.
type Client struct {
	Bare, Full string
	Stream     *oracle.Stream
	t          *T
	kept       []*oracle.Element
}

// Login logs somebody in, with a resource that the server chooses and without
// presence.
func (t *T) Login(name string) *Client { return t.LoginAs(name, "") }

// LoginAs logs somebody in with a resource.
func (t *T) LoginAs(name, resource string) *Client {
	r := t.Authenticated(name)
	if resource != "" {
		r.Name = name + "/" + resource
	}
	return t.bound(r, name, resource)
}

// LoginOver logs somebody in over a WebSocket or BOSH.
func (t *T) LoginOver(name, way string) *Client {
	r := t.Over(name, way)
	a := t.Account(name)
	t.errored("open a stream over "+way, r.Open(t.Domain()))
	t.errored("log in over "+way, r.Authenticate(a.User, a.Password))
	t.errored("open a stream over "+way, r.Open(t.Domain()))
	return t.bound(r, name, "")
}

func (t *T) bound(r *Raw, name, resource string) *Client {
	full, err := r.Bind(resource)
	t.errored("bind", err)
	return t.Client(r, name, full)
}

// Client goes on with a stream that has been bound by hand.
func (t *T) Client(r *Raw, name, full string) *Client {
	return &Client{Bare: t.Bare(name), Full: full, Stream: r.Stream, t: t}
}

// Online logs somebody in and announces presence; it returns when the server has
// seen that.
func (t *T) Online(name string) *Client { return t.OnlineAs(name, "", 0) }

// OnlineAs is Online with a resource and a priority.
func (t *T) OnlineAs(name, resource string, priority int) *Client {
	c := t.LoginAs(name, resource)
	c.Get("", "<query xmlns='jabber:iq:roster'/>") // from now on it hears of subscriptions (RFC 6121 §2.2)
	c.Send("<presence><priority>%d</priority></presence>", priority)
	c.Sync()
	c.Drop()
	return c
}

// Arrive is Online for somebody for whom something may be waiting: what comes with
// the first presence is kept.
func (t *T) Arrive(name string) *Client { return t.ArriveAs(name, "") }

// ArriveAs is Arrive with a resource.
func (t *T) ArriveAs(name, resource string) *Client {
	c := t.LoginAs(name, resource)
	c.Get("", "<query xmlns='jabber:iq:roster'/>")
	c.Send("<presence/>")
	return c
}

// Friends has two people see each other's presence, by the subscriptions of RFC 6121
// §3.1; both are online.
func (t *T) Friends(a, b *Client) {
	for _, way := range [][2]*Client{{a, b}, {b, a}} {
		from, to := way[0], way[1]
		from.Send("<presence to='%s' type='subscribe'/>", to.Bare)
		to.Want("<presence from='%s' type='subscribe'/>", from.Bare)
		to.Send("<presence to='%s' type='subscribed'/>", from.Bare)
		from.Want("<presence from='%s' type='subscribed'/>", to.Bare)
		from.Want("<presence from='%s' type='!'/>", to.Full)
	}
	t.Settle(a, b)
	a.Drop()
	b.Drop()
}

// Send writes a stanza; the arguments are not escaped.
func (c *Client) Send(format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if err := c.Stream.Send(declared(text)); err != nil {
		c.t.Failf("%s: write: %v", c.Stream.Name, err)
	}
}

// declared gives a stanza its namespace, so that it can also go over a WebSocket.
func declared(text string) string {
	for _, kind := range []string{"<message", "<presence", "<iq"} {
		rest, ok := strings.CutPrefix(text, kind)
		tag, _, _ := strings.Cut(rest, ">")
		if ok && !strings.Contains(tag, "xmlns=") {
			return kind + " xmlns='" + oracle.NSClient + "'" + rest
		}
	}
	return text
}

// read gives the next element, or ends the check.
func (c *Client) read(deadline time.Time, what string) *oracle.Element {
	e, err := c.Stream.Next(time.Until(deadline))
	if err != nil {
		c.t.Failf("%s wanted %s: %v", c.Stream.Name, what, err)
	}
	return e
}

// Ask sends a request and gives the answer, whatever it is.
func (c *Client) Ask(typ, to, payload string, args ...any) *oracle.Element {
	if len(args) > 0 {
		payload = fmt.Sprintf(payload, args...)
	}
	attr := ""
	if to != "" {
		attr = " to='" + oracle.Escape(to) + "'"
	}
	id := word()
	c.Send("<iq type='%s' id='%s'%s>%s</iq>", typ, id, attr, payload)
	return c.Answer(id)
}

// Answer waits for the answer to a request.
func (c *Client) Answer(id string) *oracle.Element {
	is := func(e *oracle.Element) bool {
		return e.Is("iq") && e.Attr("id") == id && (e.Attr("type") == "result" || e.Attr("type") == "error")
	}
	return c.find(is, "an answer to "+id)
}

// find takes the first element that is wanted, of what is kept and what comes.
func (c *Client) find(is func(*oracle.Element) bool, what string) *oracle.Element {
	if i := slices.IndexFunc(c.kept, is); i >= 0 {
		e := c.kept[i]
		c.kept = slices.Delete(c.kept, i, i+1)
		return e
	}
	for deadline := time.Now().Add(c.t.Patience); ; {
		e := c.read(deadline, what)
		if is(e) {
			return e
		}
		c.kept = append(c.kept, e)
	}
}

// Get asks and wants a result.
func (c *Client) Get(to, payload string, args ...any) *oracle.Element {
	return c.result(c.Ask("get", to, payload, args...))
}

// Set asks for a change and wants a result.
func (c *Client) Set(to, payload string, args ...any) *oracle.Element {
	return c.result(c.Ask("set", to, payload, args...))
}

func (c *Client) result(e *oracle.Element) *oracle.Element {
	c.t.True(e.Attr("type") == "result", "wanted a result, came %.600s", e.Raw)
	return e
}

// Refused wants a request to be answered with an error of one of the conditions, if
// any are given.
func (c *Client) Refused(e *oracle.Element, conditions ...string) *oracle.Element {
	got := e.Condition()
	c.t.True(e.Attr("type") == "error" && got != "" && (len(conditions) == 0 || slices.Contains(conditions, got)),
		"wanted an error %s, came %.600s", strings.Join(conditions, " or "), e.Raw)
	return e
}

// Want waits for an element that matches the pattern; others are kept.
func (c *Client) Want(pattern string, args ...any) *oracle.Element {
	p := oracle.Pattern(pattern, args...)
	return c.find(func(e *oracle.Element) bool { return oracle.Match(e, p) }, p.Raw)
}

// WantIn waits for an element of which something inside matches the pattern.
func (c *Client) WantIn(pattern string, args ...any) *oracle.Element {
	p := oracle.Pattern(pattern, args...)
	return c.find(func(e *oracle.Element) bool { return Inside(e, p) }, "something with "+p.Raw)
}

// Inside reports whether the element or something in it matches.
func Inside(e, pattern *oracle.Element) bool {
	return oracle.Match(e, pattern) || slices.ContainsFunc(e.Children, func(c *oracle.Element) bool { return Inside(c, pattern) })
}

// Sync waits until the server has dealt with all that was sent: it answers in order
// (RFC 6120 §10.1).
func (c *Client) Sync() { c.Ask("get", c.t.Domain(), "<query xmlns='%s'/>", nsInfo) }

// Settle waits until what the first ones sent has reached the last ones.
func (t *T) Settle(clients ...*Client) {
	for _, c := range clients {
		c.Sync()
	}
	for _, c := range clients {
		c.Sync()
	}
}

// Drop forgets what is kept.
func (c *Client) Drop() { c.kept = nil }

// Kept gives what is kept.
func (c *Client) Kept() []*oracle.Element { return c.kept }

// Without wants that nothing matches the pattern of what has come so far. Settle
// comes before it.
func (c *Client) Without(pattern string, args ...any) {
	p := oracle.Pattern(pattern, args...)
	for _, e := range c.kept {
		c.t.True(!Inside(e, p), "%s must not get %s, came %.600s", c.Stream.Name, p.Raw, e.Raw)
	}
}

// WantError wants a stream error and the end of the stream.
func (c *Client) WantError(conditions ...string) {
	(&Raw{Stream: c.Stream, t: c.t}).WantError(conditions...)
}

// WantEnd wants the end of the stream, with or without an error.
func (c *Client) WantEnd() { (&Raw{Stream: c.Stream, t: c.t}).WantEnd() }

// Leave drops the connection without a word.
func (c *Client) Leave() { c.Stream.Close() }

// Quit closes the stream in order and waits for the server to do the same.
func (c *Client) Quit() {
	if err := c.Stream.Send("</stream:stream>"); err != nil {
		c.t.Failf("write: %v", err)
	}
	(&Raw{Stream: c.Stream, t: c.t}).WantEnd()
}
