package rfc6120

import "causeway/conformance/run"

// streamErrors is RFC 6120 §4.9: what ends a stream, and with which error. Where the
// RFC leaves the choice between a condition and a more general one, both are right
// (§4.9.3.1: "more specific" conditions are "RECOMMENDED").
func streamErrors() []run.Check {
	broken := []string{"not-well-formed", "bad-format", "invalid-xml"}
	restricted := []string{"restricted-xml", "not-well-formed", "bad-format", "invalid-xml"}
	head := "<stream:stream to='{domain}' version='1.0' " + nsStreamAttrs + ">"
	return []run.Check{
		{ID: "6120/4.9.1.1/closes", Level: run.Must, Text: "after a stream error the stream is closed and the connection ends", Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("<a></b>")
			r.WantError()
			r.WantGone()
		}},
		{ID: "6120/4.9.1.2/during-setup", Level: run.Must, Text: "an error in the first header is answered with a header before the error", Run: func(t *run.T) {
			r := t.Dial()
			r.HeaderOf("<stream:stream to='no-such-host.example' version='1.0' " + nsStreamAttrs + ">")
			r.WantError()
		}},
		{ID: "6120/4.9.1.3/unknown-host-from", Level: run.Should, Text: "the header before host-unknown has an id as every header has", Run: func(t *run.T) {
			h := t.Dial().HeaderOf("<stream:stream to='no-such-host.example' version='1.0' " + nsStreamAttrs + ">")
			t.True(h.Attr("id") != "", "no id: %.300s", h.Raw)
		}},
		{ID: "6120/4.9.2/namespace", Level: run.Must, Text: "the condition of a stream error is in its namespace and is one of those that are defined", Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("<a></b>")
			c := r.WantError().Condition()
			t.True(conditions()[c], "%q is no defined condition", c)
		}},
		{ID: "6120/4.9.3.13/mismatched-tag", Level: run.Must, Text: "an end tag of another name is not well-formed", Run: run.Ends(run.Opened, "<message><body></message>", broken...)},
		{ID: "6120/4.9.3.13/mismatched-tag-bound", Level: run.Must, Text: "so it is once a resource is bound", Run: run.Ends(run.Bound, "<message><body></message>", broken...)},
		{ID: "6120/4.9.3.13/garbage", Level: run.Must, Text: "what is no XML at all ends the stream", Run: run.Ends(run.Connected, "GET / HTTP/1.1\r\nHost: {domain}\r\n\r\n", append(broken, "invalid-namespace", "bad-namespace-prefix", "unsupported-version", "unsupported-encoding", "host-unknown", "improper-addressing")...)},
		{ID: "6120/4.9.3.13/unquoted-attribute", Level: run.Must, Text: "an attribute without quotes is not well-formed", Run: run.Ends(run.Bound, "<message to={me}><body>a</body></message>", broken...)},
		{ID: "6120/4.9.3.13/duplicate-attribute", Level: run.Must, Text: "an attribute given twice is not well-formed", Run: run.Ends(run.Bound, "<message id='a' id='b'><body>a</body></message>", broken...)},
		{ID: "6120/4.9.3.13/bare-ampersand", Level: run.Must, Text: "an ampersand that begins no reference is not well-formed", Run: run.Ends(run.Bound, "<message><body>a & b</body></message>", broken...)},
		{ID: "6120/4.9.3.13/less-than-in-attribute", Level: run.Must, Text: "a less-than sign in an attribute is not well-formed", Run: run.Ends(run.Bound, "<message id='<'><body>a</body></message>", broken...)},
		{ID: "6120/4.9.3.13/control-character", Level: run.Must, Text: "a control character is not well-formed", Run: run.Ends(run.Bound, "<message><body>\x01</body></message>", broken...)},
		{ID: "6120/4.9.3.13/control-reference", Level: run.Must, Text: "a reference to a control character is not well-formed", Run: run.Ends(run.Bound, "<message><body>&#1;</body></message>", broken...)},
		{ID: "6120/4.9.3.13/bad-name", Level: run.Must, Text: "a name that begins with a digit is not well-formed", Run: run.Ends(run.Bound, "<message><1a/></message>", broken...)},
		{ID: "6120/4.9.3.2/unbound-prefix", Level: run.Must, Text: "a prefix that is not declared ends the stream", Run: run.Ends(run.Bound, "<message><foo:bar/></message>", append(broken, "bad-namespace-prefix")...)},
		{ID: "6120/4.9.3.2/unbound-attribute-prefix", Level: run.Must, Text: "so does one of an attribute", Run: run.Ends(run.Bound, "<message><bar foo:a='1'/></message>", append(broken, "bad-namespace-prefix")...)},
		{ID: "6120/4.9.3.6/host-unknown", Level: run.Must, Text: "a header to a domain that is not served ends with host-unknown", Run: run.Ends(run.Connected, "<stream:stream to='no-such-host.example' version='1.0' "+nsStreamAttrs+">", "host-unknown")},
		{ID: "6120/4.9.3.6/host-malformed", Level: run.Must, Text: "a header to what is no domain ends with an error", Run: run.Ends(run.Connected, "<stream:stream to='{domain}@@/x' version='1.0' "+nsStreamAttrs+">")},
		{ID: "6120/4.9.3.7/no-to", Level: run.Should, Text: "a header without a domain ends with an error, or is taken to be for the only domain", Run: func(t *run.T) {
			r := t.Dial()
			r.Sendf("<stream:stream version='1.0' %s>", nsStreamAttrs)
			h := r.Read("a header")
			t.True(h.Attr("id") != "", "no header with an id: %.300s", h.Raw)
			e := r.Read("features or an error")
			c := e.Condition()
			t.True(e.Name.Local == "features" || c == "improper-addressing" || c == "host-unknown", "came %.300s", e.Raw)
		}},
		{ID: "6120/4.9.3.10/stream-namespace", Level: run.Must, Text: "a header in another namespace than that of streams ends with invalid-namespace", Run: run.Ends(run.Connected,
			"<stream:stream to='{domain}' version='1.0' xmlns='jabber:client' xmlns:stream='urn:example:streams'>", "invalid-namespace", "bad-format", "bad-namespace-prefix")},
		{ID: "6120/4.9.3.10/content-namespace", Level: run.Must, Text: "a content namespace that the server does not know ends with invalid-namespace", Run: run.Ends(run.Connected,
			"<stream:stream to='{domain}' version='1.0' xmlns='urn:example:content' xmlns:stream='http://etherx.jabber.org/streams'>", "invalid-namespace", "bad-format")},
		{ID: "6120/4.9.3.10/wrong-root", Level: run.Must, Text: "a root that is no stream ends with an error", Run: run.Ends(run.Connected,
			"<stream:flow to='{domain}' version='1.0' "+nsStreamAttrs+">", "bad-format", "invalid-namespace", "invalid-xml", "not-well-formed", "unsupported-stanza-type")},
		{ID: "6120/4.9.3.12/message-before-login", Level: run.Must, Text: "a message before the login ends the stream with not-authorized", Run: run.Ends(run.Secured, "<message to='{domain}'><body>a</body></message>", "not-authorized")},
		{ID: "6120/4.9.3.12/iq-before-login", Level: run.Must, Text: "a request before the login is not served", Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("<iq type='get' id='x' to='%s'><query xmlns='jabber:iq:roster'/></iq>", t.Domain())
			e := r.Read("not-authorized")
			t.True(e.Condition() == "not-authorized" || e.Condition() == "service-unavailable" || e.Condition() == "not-allowed", "came %.300s", e.Raw)
		}},
		{ID: "6120/4.9.3.12/bind-before-login", Level: run.Must, Text: "nobody binds a resource before the login", Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("<iq type='set' id='x'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
			e := r.Read("a refusal")
			t.True(e.Condition() != "", "came %.300s", e.Raw)
		}},
		{ID: "6120/4.9.3.18/comment", Level: run.Must, Text: "a comment ends the stream with restricted-xml", Run: run.Ends(run.Bound, "<!-- a comment -->", restricted...)},
		{ID: "6120/4.9.3.18/comment-in-stanza", Level: run.Must, Text: "so does one inside a stanza", Run: run.Ends(run.Bound, "<message><!-- a comment --><body>a</body></message>", restricted...)},
		{ID: "6120/4.9.3.18/processing-instruction", Level: run.Must, Text: "a processing instruction ends the stream with restricted-xml", Run: run.Ends(run.Bound, "<?php phpinfo() ?>", restricted...)},
		{ID: "6120/4.9.3.18/doctype", Level: run.Must, Text: "a document type declaration ends the stream", Run: run.Ends(run.Connected, "<!DOCTYPE stream [<!ENTITY a 'a'>]>"+head, append(restricted, "bad-namespace-prefix")...)},
		{ID: "6120/4.9.3.18/entity", Level: run.Must, Text: "a reference to an entity that XML has not predefined ends the stream", Run: run.Ends(run.Bound, "<message><body>&eacute;</body></message>", restricted...)},
		{ID: "6120/4.9.3.22/encoding-declared", Level: run.Must, Text: "an XML declaration of another encoding than UTF-8 ends the stream", Run: run.Ends(run.Connected, "<?xml version='1.0' encoding='ISO-8859-1'?>"+head, append(broken, "unsupported-encoding", "restricted-xml")...)},
		{ID: "6120/4.9.3.22/not-utf8", Level: run.Must, Text: "bytes that are no UTF-8 end the stream", Run: run.Ends(run.Bound, "<message><body>\xff\xfe</body></message>", append(broken, "unsupported-encoding")...)},
		{ID: "6120/4.9.3.22/overlong", Level: run.Must, Text: "an overlong form of UTF-8 ends the stream", Run: run.Ends(run.Bound, "<message><body>\xc0\xaf</body></message>", append(broken, "unsupported-encoding")...)},
		{ID: "6120/4.9.3.22/surrogate", Level: run.Must, Text: "a surrogate in UTF-8 ends the stream", Run: run.Ends(run.Bound, "<message><body>\xed\xa0\x80</body></message>", append(broken, "unsupported-encoding")...)},
		{ID: "6120/4.9.3.24/unknown-stanza", Level: run.Must, Text: "an element that is no stanza ends the stream with unsupported-stanza-type", Run: run.Ends(run.Bound, "<pubsub/>", "unsupported-stanza-type", "invalid-namespace")},
		{ID: "6120/4.9.3.24/foreign-namespace", Level: run.Must, Text: "so does a stanza of a namespace that the stream does not have", Run: run.Ends(run.Bound, "<message xmlns='jabber:server'><body>a</body></message>", "unsupported-stanza-type", "invalid-namespace", "bad-namespace-prefix")},
		{ID: "6120/4.9.3.25/version", Level: run.Should, Text: "a version that the server does not speak ends with unsupported-version", Run: func(t *run.T) {
			r := t.Dial()
			r.Sendf("<stream:stream to='%s' version='9.0' %s>", t.Domain(), nsStreamAttrs)
			h := r.Read("a header")
			t.True(h.Attr("version") == "1.0", "version is %q", h.Attr("version"))
			e := r.Read("features or unsupported-version")
			t.True(e.Name.Local == "features" || e.Condition() == "unsupported-version", "came %.300s", e.Raw)
		}},
		{ID: "6120/4.9.3.9/invalid-from", Level: run.Must, Text: "a stanza from somebody else's address is not passed on: it ends the stream with invalid-from, is refused, or is stamped with the true address", Run: func(t *run.T) {
			c, j := t.Login("romeo"), t.Online("juliet")
			c.Send("<message from='%s' to='%s' type='chat' id='forged'><body>a</body></message>", t.Bare("nurse"), j.Bare)
			e, err := c.Stream.Next(t.Patience / 4)
			if err == nil && (e.Condition() == "invalid-from" || e.Attr("type") == "error") {
				return
			}
			got := j.Want("<message id='forged'/>")
			t.True(got.Attr("from") == c.Full, "passed on from %q", got.Attr("from"))
		}},
	}
}

// conditions gives the conditions of RFC 6120 §4.9.3.
func conditions() map[string]bool {
	all := make(map[string]bool)
	for _, c := range []string{
		"bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown", "improper-addressing",
		"internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml", "not-authorized", "not-well-formed", "policy-violation",
		"remote-connection-failed", "reset", "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
		"unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
	} {
		all[c] = true
	}
	return all
}
