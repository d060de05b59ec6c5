package muc

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/xmpptest"
)

// scene is a subtest in a bubble of its own.
func scene(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// clear drops all that came to anybody.
func (w *world) clear() {
	for _, c := range w.clients {
		c.take()
	}
}

// hears is wants for who may hear other things in between.
func (c *client) hears(why string, patterns ...string) {
	c.w.t.Helper()
	got := c.take()
	at := 0
	for _, p := range patterns {
		faults := ""
		for ; at < len(got); at++ {
			fault := xmpptest.Match(p, got[at], nil)
			if fault == "" {
				break
			}
			faults += "\n  " + fault + ": " + got[at]
		}
		if at == len(got) {
			c.w.t.Errorf("%s: %s has not come, but%s", why, p, faults)
			return
		}
		at++
	}
}

// hearsNot wants that nothing came that has a text in it, and drops what came.
func (c *client) hearsNot(why string, texts ...string) {
	c.w.t.Helper()
	for _, got := range c.take() {
		for _, text := range texts {
			if strings.Contains(got, text) {
				c.w.t.Errorf("%s: %s came in %s", why, text, got)
			}
		}
	}
}

var asked int

// ask sends a request and gives its answer; what else comes stays to be read.
func (c *client) ask(typ, to, payload string) string {
	c.w.t.Helper()
	asked++
	id := "ask" + strconv.Itoa(asked)
	c.send("<iq type='" + typ + "' id='" + id + "' to='" + to + "'>" + payload + "</iq>")
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, got := range c.got {
		if strings.HasPrefix(got, "<iq") && strings.Contains(got, "id='"+id+"'") {
			c.got = without(c.got, c.got[i])
			return got
		}
	}
	return ""
}

var conditionOf = regexp.MustCompile(`<([a-z-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'`)

// condition is that of an error; "" for a result, "silence" for no answer.
func condition(answer string) string {
	switch m := conditionOf.FindStringSubmatch(answer); {
	case answer == "":
		return "silence"
	case m != nil && strings.Contains(answer, "type='error'"):
		return m[1]
	}
	return ""
}

// answered compares the error of an answer; "" stands for success.
func (c *client) answered(why, want, answer string) {
	c.w.t.Helper()
	if got := condition(answer); got != want {
		c.w.t.Errorf("%s: answer is %q, want %q: %s", why, got, want, answer)
	}
}

// refused sends a stanza that is no request, and wants an error for it, or none.
func (c *client) refused(why, want, xml string) {
	c.w.t.Helper()
	c.take()
	c.send(xml)
	got := ""
	for _, x := range c.take() {
		if m := conditionOf.FindStringSubmatch(x); m != nil {
			got = m[1]
		}
	}
	if got != want {
		c.w.t.Errorf("%s: error is %q, want %q", why, got, want)
	}
}

// administer asks for changes of roles or affiliations.
func (c *client) administer(items ...string) string {
	c.w.t.Helper()
	return c.ask("set", balcony, "<query xmlns='"+nsAdmin+"'>"+strings.Join(items, "")+"</query>")
}

// affiliate makes somebody something, which has to work.
func (c *client) affiliate(bare, affiliation string) {
	c.w.t.Helper()
	c.answered(affiliation+" "+bare, "", c.administer("<item jid='"+bare+"' affiliation='"+affiliation+"'/>"))
}

// inside runs a function on the room with its lock held.
func (w *world) inside(f func(*room)) {
	r := w.rooms.rooms[jidBalcony]
	if r == nil {
		w.t.Fatal("the balcony is not alive")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

func leave(room, nick string) string {
	return "<presence type='unavailable' to='" + room + "/" + nick + "'/>"
}

// seen is a presence as somebody sees it.
func seen(nick, inside string) string {
	return "<presence from='" + balcony + "/" + nick + "'><x xmlns='" + nsUser + "'>" + inside + "</x></presence>"
}

// gone is an unavailable presence as somebody sees it.
func gone(nick, inside string) string {
	return "<presence type='unavailable' from='" + balcony + "/" + nick + "'><x xmlns='" + nsUser + "'>" + inside + "</x></presence>"
}

func codes(list ...int) string { return string(appendCodes(nil, list)) }

// parses reports whether a stanza could come from a stream.
func parses(xml string) bool {
	_, err := stanza.Parse([]byte(xml))
	return err == nil
}

// post sends one stanza and does not wait for what comes of it.
func (c *client) post(xml string) {
	if _, err := c.session.Route(c.w.t.Context(), parse(c.w.t, xml, jid.JID{})); err != nil {
		c.w.t.Error(err)
	}
}

func parse(t *testing.T, xml string, from jid.JID) *stanza.Stanza {
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		t.Fatalf("%s: %v", xml, err)
	}
	if !from.IsZero() {
		st.From = from
	}
	return st
}
