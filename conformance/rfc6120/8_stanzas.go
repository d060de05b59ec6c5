package rfc6120

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"

// stanzas is RFC 6120 §8.1, §8.2 and §8.4: attributes, the rules of iq, and content
// that the server does not know.
func stanzas() []run.Check {
	passes := func(stanza, want string) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("%s", t.Fill(stanza))
			got := j.Want("%s", t.Fill(want))
			t.True(got.Attr("from") == r.Full, "from is %q", got.Attr("from"))
		}
	}
	return []run.Check{
		{ID: "6120/8.1.1/to-kept", Level: run.Must, Text: "a stanza arrives with the address that it was sent to", Run: passes(
			"<message to='{juliet}' type='chat' id='m1'><body>a</body></message>", "<message to='{juliet}' id='m1'/>")},
		{ID: "6120/8.1.2.1/stamped", Level: run.Must, Text: "the server stamps a stanza with the full address of its sender", Run: passes(
			"<message to='{juliet}' type='chat' id='m1'><body>a</body></message>", "<message id='m1'/>")},
		{ID: "6120/8.1.2.1/stamped-bare", Level: run.Must, Text: "also one that came with the bare address of its sender", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message from='%s' to='%s' type='chat' id='m1'><body>a</body></message>", r.Bare, j.Bare)
			got := j.Want("<message id='m1'/>")
			t.True(got.Attr("from") == r.Full, "from is %q", got.Attr("from"))
		}},
		{ID: "6120/8.1.2.1/full-from", Level: run.Must, Text: "one that came with the full address of its sender passes", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message from='%s' to='%s' type='chat' id='m1'><body>a</body></message>", r.Full, j.Bare)
			j.Want("<message id='m1' from='%s'/>", r.Full)
		}},
		{ID: "6120/8.1.3/id-kept", Level: run.Must, Text: "the id of a stanza arrives as it was sent", Run: passes(
			"<message to='{juliet}' type='chat' id='a &amp; b'><body>a</body></message>", "<message id='a &amp; b'/>")},
		{ID: "6120/8.1.3/id-answered", Level: run.Must, Text: "an answer has the id of its request", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<iq type='get' id='&lt;odd&gt;' to='%s'>%s</iq>", t.Domain(), info)
			r.Want("<iq id='&lt;odd&gt;' type='result'/>")
		}},
		{ID: "6120/8.1.4/type-kept", Level: run.Must, Text: "the type of a message arrives as it was sent", Run: passes(
			"<message to='{juliet}' type='headline' id='m1'><body>a</body></message>", "<message type='headline' id='m1'/>")},
		{ID: "6120/8.1.5/lang-kept", Level: run.Must, Text: "the language of a stanza is not changed", Run: passes(
			"<message to='{juliet}' type='chat' id='m1' xml:lang='it'><body>a</body></message>", "<message id='m1' xml:lang='it'/>")},
		{ID: "6120/8.2.3/answered", Level: run.Must, Text: "a request is answered with a result or an error", Run: run.Answers("get", "{domain}", info, "")},
		{ID: "6120/8.2.3/answered-set", Level: run.Must, Text: "so is one of type set that the server does not understand", Run: run.Refuses("set", "{domain}", "<query xmlns='urn:example:no-such-thing'/>")},
		{ID: "6120/8.2.3/answered-from", Level: run.Must, Text: "the answer comes from where the request was sent to", Run: func(t *run.T) {
			e := t.Login("romeo").Get(t.Domain(), info)
			t.True(e.Attr("from") == t.Domain(), "from is %q", e.Attr("from"))
		}},
		{ID: "6120/8.2.3/answered-to", Level: run.Must, Text: "the answer is addressed to the full address of who asked", Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Get(t.Domain(), info)
			t.True(e.Attr("to") == c.Full, "to is %q", e.Attr("to"))
		}},
		{ID: "6120/8.2.3/no-id", Level: run.Must, Text: "a request without an id is an error", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<iq type='get' to='%s'>%s</iq>", t.Domain(), info)
			e := r.Read("an error")
			t.True(e.Condition() == "bad-request" || e.Name.Local == "error", "came %.300s", e.Raw)
		}},
		{ID: "6120/8.2.3/no-type", Level: run.Must, Text: "an iq without a type is an error", Run: badIQ("<iq id='x' to='{domain}'>" + info + "</iq>")},
		{ID: "6120/8.2.3/wrong-type", Level: run.Must, Text: "an iq of a type that there is not is an error", Run: badIQ("<iq id='x' type='ask' to='{domain}'>" + info + "</iq>")},
		{ID: "6120/8.2.3/no-payload", Level: run.Must, Text: "a request without a payload is an error", Run: badIQ("<iq id='x' type='get' to='{domain}'/>")},
		{ID: "6120/8.2.3/two-payloads", Level: run.Must, Text: "a request with two payloads is an error", Run: badIQ("<iq id='x' type='get' to='{domain}'>" + info + info + "</iq>")},
		{ID: "6120/8.2.3/result-unanswered", Level: run.Must, Text: "a result is not answered, whoever it is for", Run: silent("<iq id='unasked' type='result' to='{domain}'/>")},
		{ID: "6120/8.2.3/error-unanswered", Level: run.Must, Text: "an error is not answered", Run: silent("<iq id='unasked' type='error' to='{domain}'><error type='cancel'><gone xmlns='" + oracle.NSStanzas + "'/></error></iq>")},
		{ID: "6120/8.3.1/message-error-unanswered", Level: run.Must, Text: "nor is a message of type error", Run: silent("<message id='unasked' type='error' to='{word}@{domain}'><error type='cancel'><gone xmlns='" + oracle.NSStanzas + "'/></error></message>")},
		{ID: "6120/8.4/unknown-content", Level: run.Must, Text: "content that the server does not know arrives untouched", Run: passes(
			"<message to='{juliet}' type='chat' id='m1'><x xmlns='urn:example:unknown' a='1'><y xmlns='urn:example:other'>&lt;&amp;&gt;</y></x></message>",
			"<message id='m1'><x xmlns='urn:example:unknown' a='1'><y xmlns='urn:example:other'>&lt;&amp;&gt;</y></x></message>")},
		{ID: "6120/8.4/prefixed-content", Level: run.Must, Text: "so does content with prefixes of its own", Run: passes(
			"<message to='{juliet}' type='chat' id='m1'><p:x xmlns:p='urn:example:unknown' p:a='1'><p:y/></p:x></message>",
			"<message id='m1'><x xmlns='urn:example:unknown'><y/></x></message>")},
		{ID: "6120/8.4/no-unknown-namespace", Level: run.Must, Text: "a request in a namespace that nobody serves is answered with service-unavailable or feature-not-implemented", Run: run.Refuses("get", "{domain}", "<query xmlns='urn:example:no-such-thing'/>", "service-unavailable", "feature-not-implemented")},
	}
}

// badIQ gives the steps: the stanza is refused with bad-request, or ends the stream.
func badIQ(stanza string) func(*run.T) {
	return func(t *run.T) {
		r := t.At(run.Bound)
		r.Sendf("%s", t.Fill(stanza))
		e := r.Read("an error")
		t.True(e.Condition() == "bad-request" || e.Condition() == "feature-not-implemented" || e.Condition() == "service-unavailable" || e.Condition() == "invalid-xml", "came %.300s", e.Raw)
	}
}

// silent gives the steps: the stanza gets no answer.
func silent(stanza string) func(*run.T) {
	return func(t *run.T) {
		c := t.Login("romeo")
		c.Send("%s", t.Fill(stanza))
		c.Get(t.Domain(), info)
		for _, e := range c.Kept() {
			t.True(e.Attr("id") != "unasked", "came %.300s", e.Raw)
		}
	}
}

// stanzaErrors is RFC 6120 §8.3: the shape of errors, and the conditions that a
// server gives by itself.
func stanzaErrors() []run.Check {
	refused := func(good func(*run.T, *oracle.Element)) func(*run.T) {
		return func(t *run.T) {
			c := t.Login("romeo")
			good(t, c.Refused(c.Ask("get", t.Domain(), "<query xmlns='urn:example:no-such-thing'/>")))
		}
	}
	return []run.Check{
		{ID: "6120/8.3.2/type", Level: run.Must, Text: "an error says what can be done about it: auth, cancel, continue, modify or wait", Run: refused(func(t *run.T, e *oracle.Element) {
			switch e.ErrorType() {
			case "auth", "cancel", "continue", "modify", "wait":
			default:
				t.Failf("the type is %q", e.ErrorType())
			}
		})},
		{ID: "6120/8.3.2/one-condition", Level: run.Must, Text: "an error has exactly one defined condition", Run: refused(func(t *run.T, e *oracle.Element) {
			n := 0
			for _, c := range e.Child(oracle.NSClient, "error").Children {
				if c.Name.Space == oracle.NSStanzas && c.Name.Local != "text" {
					n++
				}
			}
			t.True(n == 1 && stanzaConditions()[e.Condition()], "%d conditions, %q", n, e.Condition())
		})},
		{ID: "6120/8.3.1/swapped", Level: run.Must, Text: "an error goes back to who has sent the stanza", Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Refused(c.Ask("get", t.Domain(), "<query xmlns='urn:example:no-such-thing'/>"))
			t.True(e.Attr("from") == t.Domain() && e.Attr("to") == c.Full, "from %q to %q", e.Attr("from"), e.Attr("to"))
		}},
		{ID: "6120/8.3.3.8/jid-malformed", Level: run.Must, Text: "a stanza to what is no address is refused with jid-malformed or bad-request", Run: malformed("@{domain}")},
		{ID: "6120/8.3.3.8/empty-resource", Level: run.Must, Text: "an address that ends after its slash is malformed", Run: malformed("{domain}/")},
		{ID: "6120/8.3.3.19/unknown-namespace", Level: run.Must, Text: "a request that no service takes is refused with service-unavailable or feature-not-implemented, of type cancel", Run: refused(func(t *run.T, e *oracle.Element) {
			t.True((e.Condition() == "service-unavailable" || e.Condition() == "feature-not-implemented") && e.ErrorType() == "cancel", "came %.300s", e.Raw)
		})},
		{ID: "6120/8.3.2/message-error", Level: run.Must, Text: "a message that cannot be delivered comes back as one of type error with its id", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Send("<message to='%s@%s' type='chat' id='lost'><body>a</body></message>", t.Word(), t.Domain())
			e := c.Want("<message id='lost' type='error'/>")
			t.True(stanzaConditions()[e.Condition()], "came %.300s", e.Raw)
		}},
	}
}

// malformed gives the steps: a request to that address gets an error.
func malformed(to string) func(*run.T) {
	return func(t *run.T) {
		r := t.At(run.Bound)
		r.Sendf("<iq type='get' id='x' to='%s'>%s</iq>", t.Fill(to), info)
		e := r.Read("an error")
		t.True(e.Condition() == "jid-malformed" || e.Condition() == "bad-request" || e.Condition() == "improper-addressing", "came %.300s", e.Raw)
	}
}

// stanzaConditions gives the conditions of RFC 6120 §8.3.3.
func stanzaConditions() map[string]bool {
	all := make(map[string]bool)
	for _, c := range []string{
		"bad-request", "conflict", "feature-not-implemented", "forbidden", "gone", "internal-server-error", "item-not-found", "jid-malformed",
		"not-acceptable", "not-allowed", "not-authorized", "policy-violation", "recipient-unavailable", "redirect", "registration-required",
		"remote-server-not-found", "remote-server-timeout", "resource-constraint", "service-unavailable", "subscription-required",
		"undefined-condition", "unexpected-request",
	} {
		all[c] = true
	}
	return all
}
