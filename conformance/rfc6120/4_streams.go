package rfc6120

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const nsStreamAttrs = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"

// opening is RFC 6120 §4.2 to §4.6: how streams begin and end.
func opening() []run.Check {
	return []run.Check{
		{ID: "6120/4.2/header", Level: run.Must, Text: "a header is answered with a header in the namespace of streams", Run: func(t *run.T) {
			t.Dial().HeaderOf(oracle.Header(t.Domain()))
		}},
		{ID: "6120/4.3.2/features", Level: run.Must, Text: "features follow the header when both sides speak version 1.0", Run: func(t *run.T) {
			r := t.Dial()
			r.HeaderOf(oracle.Header(t.Domain()))
			r.Want("<stream:features/>")
		}},
		{ID: "6120/4.3.2/features-after-tls", Level: run.Must, Text: "features are sent again on the stream after STARTTLS", Needs: []string{"tls"}, Run: func(t *run.T) {
			t.True(len(t.Secured().Features.Children) > 0, "the features after STARTTLS are empty")
		}},
		{ID: "6120/4.3.2/features-after-sasl", Level: run.Must, Text: "features are sent again on the stream after SASL", Run: func(t *run.T) {
			t.True(len(t.Authenticated("romeo").Features.Children) > 0, "the features after SASL are empty")
		}},
		{ID: "6120/4.3.3/new-id-after-tls", Level: run.Must, Text: "a restarted stream has a new id", Needs: []string{"tls"}, Run: func(t *run.T) {
			r := t.Opened()
			before := r.Header.Attr("id")
			if err := r.StartTLS(t.Context, t.Target.TLS()); err != nil {
				t.Failf("STARTTLS: %v", err)
			}
			after := r.HeaderOf(oracle.Header(t.Domain())).Attr("id")
			t.True(after != "" && after != before, "the id was %q and is %q", before, after)
		}},
		{ID: "6120/4.3.3/new-id-after-sasl", Level: run.Must, Text: "the stream after SASL has a new id", Run: func(t *run.T) {
			r := t.Secured()
			a := t.Account("romeo")
			before := r.Header.Attr("id")
			if err := r.Authenticate(a.User, a.Password); err != nil {
				t.Failf("SASL: %v", err)
			}
			after := r.HeaderOf(oracle.Header(t.Domain())).Attr("id")
			t.True(after != "" && after != before, "the id was %q and is %q", before, after)
		}},
		{ID: "6120/4.4/close", Level: run.Must, Text: "a closing tag is answered with a closing tag", Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("</stream:stream>")
			r.WantClosed()
		}},
		{ID: "6120/4.4/close-bound", Level: run.Must, Text: "a closing tag is answered with a closing tag once a resource is bound, too", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("</stream:stream>")
			r.WantClosed()
		}},
		{ID: "6120/4.4/processed-before-close", Level: run.Should, Text: "what is still to be sent, such as the answer to a request before the closing tag, is sent before the stream ends", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<iq type='get' id='last' to='%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq></stream:stream>", t.Domain())
			r.Want("<iq id='last'/>")
			r.WantClosed()
		}},
		{ID: "6120/4.4/end-of-connection", Level: run.Should, Text: "the connection ends after both closing tags", Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("</stream:stream>")
			r.WantGone()
		}},
		{ID: "6120/4.6.1/white-space", Level: run.Must, Text: "white space between stanzas keeps a stream alive and is no error", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf(" \n\t \n")
			t.True(r.Ask("get", t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>").Attr("type") == "result", "no result after white space")
		}},
		{ID: "6120/4.2/split", Level: run.Must, Text: "a header that comes in pieces is read all the same", Run: func(t *run.T) {
			r := t.Dial()
			r.Restart()
			for _, part := range strings.SplitAfter(oracle.Header(t.Domain()), " ") {
				r.Sendf("%s", part)
			}
			t.True(r.Read("the header").Name.Local == "stream", "no header")
		}},
	}
}

// attributes is RFC 6120 §4.7 and §4.8: the attributes and namespaces of headers.
func attributes() []run.Check {
	header := func(text string, good func(*run.T, *oracle.Element)) func(*run.T) {
		return func(t *run.T) { good(t, t.Dial().HeaderOf(t.Fill(text))) }
	}
	whole := "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' " + nsStreamAttrs + ">"
	return []run.Check{
		{ID: "6120/4.7.1/from", Level: run.Must, Text: "the answering header says from which domain it is", Run: header(whole, func(t *run.T, h *oracle.Element) {
			t.True(h.Attr("from") == t.Domain(), "from is %q", h.Attr("from"))
		})},
		{ID: "6120/4.7.1/from-after-sasl", Level: run.Must, Text: "so does the header after SASL", Run: func(t *run.T) {
			h := t.Authenticated("romeo").Header
			t.True(h.Attr("from") == t.Domain(), "from is %q", h.Attr("from"))
		}},
		{ID: "6120/4.7.2/to", Level: run.Should, Text: "the answering header is addressed to the client that said who it is", Needs: []string{"tls"}, Run: func(t *run.T) {
			r := t.Secured()
			me := t.Bare("romeo")
			a := t.Account("romeo")
			if err := r.Authenticate(a.User, a.Password); err != nil {
				t.Failf("SASL: %v", err)
			}
			h := r.HeaderOf("<stream:stream from='" + me + "' to='" + t.Domain() + "' version='1.0' " + nsStreamAttrs + ">")
			t.True(h.Attr("to") == me, "to is %q", h.Attr("to"))
		}},
		{ID: "6120/4.7.3/id", Level: run.Must, Text: "the answering header has an id", Run: header(whole, func(t *run.T, h *oracle.Element) {
			t.True(h.Attr("id") != "", "the id is empty or missing")
		})},
		{ID: "6120/4.7.3/unique", Level: run.Must, Text: "ids of streams are unique", Run: func(t *run.T) {
			seen := make(map[string]bool)
			for range 4 {
				seen[t.Opened().Header.Attr("id")] = true
			}
			t.True(len(seen) == 4, "four streams have %d ids", len(seen))
		}},
		{ID: "6120/4.7.3/unpredictable", Level: run.Must, Text: "ids of streams cannot be guessed: two have no more than a short beginning in common", Run: func(t *run.T) {
			a, b := t.Opened().Header.Attr("id"), t.Opened().Header.Attr("id")
			common := 0
			for common < min(len(a), len(b)) && a[common] == b[common] {
				common++
			}
			t.True(len(a) >= 8 && common < len(a)*3/4, "the ids are %q and %q", a, b)
		}},
		{ID: "6120/4.7.4/lang", Level: run.Must, Text: "the answering header names a language", Run: header(whole, func(t *run.T, h *oracle.Element) {
			t.True(h.Lang() != "", "xml:lang is empty or missing")
		})},
		{ID: "6120/4.7.5/version", Level: run.Must, Text: "a client of version 1.0 is answered in version 1.0", Run: header(whole, func(t *run.T, h *oracle.Element) {
			t.True(h.Attr("version") == "1.0", "version is %q", h.Attr("version"))
		})},
		{ID: "6120/4.7.5/higher", Level: run.Must, Text: "a client of a higher minor version is answered in the version of the server", Run: header(
			"<stream:stream to='{domain}' version='1.5' "+nsStreamAttrs+">", func(t *run.T, h *oracle.Element) {
				t.True(h.Attr("version") == "1.0", "version is %q", h.Attr("version"))
			})},
		{ID: "6120/4.7.5/numbers", Level: run.Must, Text: "leading zeros of a version do not matter", Run: header(
			"<stream:stream to='{domain}' version='01.00' "+nsStreamAttrs+">", func(t *run.T, h *oracle.Element) {
				t.True(h.Attr("version") == "1.0", "version is %q", h.Attr("version"))
			})},
		{ID: "6120/4.7.5/absent", Level: run.Should, Text: "a header without a version is one of version 0.9: it gets no features, or the stream ends", Run: func(t *run.T) {
			r := t.Dial()
			r.HeaderOf("<stream:stream to='" + t.Domain() + "' " + nsStreamAttrs + ">")
			r.Sendf("</stream:stream>")
			for {
				e, err := r.Next(t.Patience)
				if err != nil {
					t.True(run.Gone(err), "the stream does not end: %v", err)
					return
				}
				t.True(e.Name.Local != "features", "features came: %.200s", e.Raw)
			}
		}},
		{ID: "6120/4.8.1/prefix", Level: run.May, Text: "the namespace of streams may have another prefix, or the stream ends with bad-namespace-prefix", Run: func(t *run.T) {
			r := t.Dial()
			r.Restart()
			r.Sendf("<s:stream to='%s' version='1.0' xmlns='jabber:client' xmlns:s='%s'>", t.Domain(), oracle.NSStream)
			h := r.Read("a header")
			t.True(h.Attr("version") == "1.0", "no header of version 1.0: %.200s", h.Raw)
			e := r.Read("features or bad-namespace-prefix")
			t.True(e.Name.Local == "features" || e.Condition() == "bad-namespace-prefix", "came %.300s", e.Raw)
		}},
		{ID: "6120/4.8.2/content-namespace", Level: run.Must, Text: "the header of the server declares the content namespace jabber:client", Run: func(t *run.T) {
			h := t.Dial().HeaderOf(t.Fill(whole))
			t.True(strings.Contains(h.Raw, "xmlns='jabber:client'") || strings.Contains(h.Raw, `xmlns="jabber:client"`), "came %.300s", h.Raw)
		}},
		{ID: "6120/4.8.3/other-declarations", Level: run.May, Text: "a header may declare further prefixes", Run: func(t *run.T) {
			r := t.Dial()
			r.HeaderOf("<stream:stream to='" + t.Domain() + "' version='1.0' xmlns:db='jabber:server:dialback' " + nsStreamAttrs + ">")
			r.Want("<stream:features/>")
		}},
	}
}
