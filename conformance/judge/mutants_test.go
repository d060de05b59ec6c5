//go:build interop

package judge

import (
	"crypto/tls"
	"regexp"
	"strings"
)

// A mutant is one way in which a server is wrong.
type mutant struct {
	name string
	// in changes what the server sends, an element at a time; "" is dropped.
	in func(raw string, secure, bound bool) string
	// out changes what the runner sends, so that the server misses it.
	out    func(text string) string
	tls    func(*tls.Config)
	web    func(status int, kind, text string) (int, string, string) // replies of BOSH
	gossip bool                                                      // everybody gets what anybody sends
	echo   bool                                                      // the sender gets it back
	binary bool                                                      // binary messages are taken as text
	sonnet bool                                                      // another subprotocol is agreed on
	alone  bool                                                      // checks would disturb each other
	only   []string                                                  // beginnings of the ids of checks that could notice it; none are all
}

// hangUp has the proxy end the connection.
const hangUp = "\x00"

// in gives a mutant that replaces what matches in each element from the server.
func in(name, pattern, with string) mutant {
	re := regexp.MustCompile(pattern)
	return mutant{name: name, in: func(raw string, _, _ bool) string { return re.ReplaceAllString(raw, with) }}
}

// bound is in for streams on which a resource is bound.
func bound(name, pattern, with string) mutant {
	re := regexp.MustCompile(pattern)
	return mutant{name: name, in: func(raw string, _, bound bool) string {
		if !bound {
			return raw
		}
		return re.ReplaceAllString(raw, with)
	}}
}

// out gives a mutant that replaces what matches in what the runner sends.
func out(name, pattern, with string) mutant {
	re := regexp.MustCompile(pattern)
	return mutant{name: name, out: func(text string) string { return re.ReplaceAllString(text, with) }}
}

// drop gives a mutant that drops elements, once a resource is bound.
func drop(name, pattern string) mutant {
	re := regexp.MustCompile(pattern)
	return mutant{name: name, in: func(raw string, _, bound bool) string {
		if bound && re.MatchString(raw) {
			return ""
		}
		return raw
	}}
}

const (
	header = `(?s)^((?:<\?xml[^>]*>\s*)?<(?:stream:stream|open)\b[^>]*?) `
	value  = `=(?:'[^']*'|"[^"]*")`
)

// mutants gives all of them, those first whose mistake is smallest.
func mutants() []mutant {
	list := []mutant{
		in("header without id", header+`id`+value, "$1"),
		in("header with the same id always", header+`id`+value, "$1 id='same-id-always'"),
		in("header without from", header+`from`+value, "$1"),
		in("header without to", header+`to`+value, "$1"),
		in("header without language", header+`xml:lang`+value, "$1"),
		in("header of version 2", header+`version`+value, "$1 version='2.0'"),
		in("header in another content namespace", header+`xmlns='jabber:client'`, "$1 xmlns='jabber:other'"),
		in("header in the namespace of WebSocket misspelt", `^<open xmlns='[^']*'|^<open ([^>]*)xmlns=['"]urn:ietf:params:xml:ns:xmpp-framing['"]`, "<open $1 xmlns='urn:example:x'"),
		in("header of another name", `^((?:<\?xml[^>]*>\s*)?)<stream:stream`, "$1<stream:flow"),
		in("header of another namespace", header+`xmlns:stream`+value, "$1 xmlns:stream='urn:example:x'"),
		in("no features", `(?s)^<(?:stream:)?features\b.*`, ""),
		in("empty features", `(?s)^<(stream:)?features\b.*`, "<${1}features xmlns:stream='http://etherx.jabber.org/streams' xmlns='http://etherx.jabber.org/streams'/>"),
		in("empty features after the login", `(?s)^<(stream:)?features\b.*bind.*`, "<${1}features xmlns:stream='http://etherx.jabber.org/streams' xmlns='http://etherx.jabber.org/streams'/>"),
		in("features twice", `(?s)^<stream:features\b.*`, "$0$0"),
		in("STARTTLS is not required", `<required/>`, ""),
		in("STARTTLS offered always", `</(stream:)?features>`, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></${1}features>"),
		in("no STARTTLS", `(?s)<starttls\b.*?</starttls>|<starttls[^>]*/>`, ""),
		in("binding offered always", `</(stream:)?features>`, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></${1}features>"),
		in("no binding", `(?s)<bind\b.*?</bind>|<bind[^>]*/>`, ""),
		in("PLAIN in the clear", `</(stream:)?features>`, "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></${1}features>"),
		in("a mechanism of a strange name", `</mechanisms>`, "<mechanism>plain text</mechanism></mechanisms>"),
		in("no SCRAM-SHA-1", `<mechanism>SCRAM-SHA-1</mechanism>`, ""),
		in("no SCRAM with channel binding", `<mechanism>SCRAM-SHA-(1|256|512)-PLUS</mechanism>`, ""),
		in("no mechanisms", `(?s)<mechanisms\b.*</mechanisms>`, ""),
		in("proceed is a failure", `<proceed`, "<failure"),
		in("SCRAM without a signature", `(<success[^>]*>)[^<]*`, "$1"),
		in("success is a failure", `<success`, "<failure"),
		in("a failure is a challenge", `(?s)<failure\b[^>]*urn:ietf:params:xml:ns:xmpp-sasl.*`, "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>eA==</challenge>"),
		in("a failure of a condition that there is not", `(<failure\b[^>]*xmpp-sasl['"]>)<[a-z-]+/>`, "$1<mischief/>"),
		in("a failure of another condition", `(<failure\b[^>]*xmpp-sasl['"]>)<[a-z-]+/>`, "$1<account-disabled/>"),
		in("a challenge is a failure", `(?s)<challenge\b.*`, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"),
		in("the bound address is empty", `<jid>[^<]*</jid>`, "<jid/>"),
		in("the bound resource is short", `<jid>([^/<]*)/[^<]*</jid>`, "<jid>$1/a</jid>"),
		in("a stream error of another condition", `(<stream:error[^>]*>|<error xmlns=['"]http://etherx[^>]*>)<[a-z-]+( [^>]*)?/>`, "$1<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"),
		in("a stream error of a condition that there is not", `(<stream:error[^>]*>|<error xmlns=['"]http://etherx[^>]*>)<[a-z-]+( [^>]*)?/>`, "$1<mischief xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"),
		in("stream errors are not told", `(?s)^<(stream:error|error xmlns=['"]http://etherx).*`, ""),
		in("stream errors in another namespace", `http://etherx.jabber.org/streams(['"][^>]*><(?:not-well-formed|bad-format|restricted))`, "urn:example:x$1"),
		in("management does not count too high", `<handled-count-too-high[^>]*/>`, ""),
	}
	// These touch every stream there is, and are about streams.
	for i := range list {
		list[i].only = []string{"6120/4", "6120/5", "6120/6", "6120/7", "6120/13", "7622/3.4", "6121/2.6", "7395", "7590", "0368", "0206", "0077", "0198", "0115", "0237", "0352", "0478"}
	}
	for i := range 10 {
		list[i].only = []string{"6120/4", "6120/11", "7395"}
	}
	return append(append(list, namespaceMutants()...), stanzaMutants()...)
}

// absent are the checks that want something not to come.
func absent() []string {
	return []string{
		"6120/7.1/", "6120/10.5.4/full", "6121/2.1.6/not", "6121/4.3.2/probe-of", "6121/4.4.2/not", "6121/4.6.3/not", "6121/4.7.1", "6121/8.5.2.1.1", "6121/8.5.2.1.3",
		"6121/8.5.3.2", "0191/block/", "0280/inbound/not", "0280/disabling", "0280/avoiding", "0280/recommended", "0334/no-copy", "0163/notify-filtered", "0060/subscriber-unsubscribe/",
	}
}

// silence drops what the server sends to those whose resource is bound, or not.
func silence(name string, when func(raw string, secure, bound bool) bool) mutant {
	return mutant{name: name, in: func(raw string, secure, bound bool) string {
		if when(raw, secure, bound) {
			return ""
		}
		return raw
	}}
}

// stanzaMutants gives those of stanzas.
func stanzaMutants() []mutant {
	return []mutant{
		{name: "everybody gets what anybody sends", gossip: true, alone: true, only: absent()},
		{name: "the sender gets back what it sends", echo: true, alone: true, only: []string{"6120/8.2", "6120/8.3", "6121/8.5.1", "0352", "0280/outbound/not"}},
		bound("from is missing", `^(<(?:iq|message|presence)\b[^>]*?) from`+value, "$1"),
		bound("to is missing", `^(<(?:iq|message|presence)\b[^>]*?) to`+value, "$1"),
		bound("from is the domain", `^(<(?:iq|message|presence)\b[^>]*?) from`+value, "$1 from='elsewhere.example'"),
		bound("type is missing", `^(<(?:message|presence)\b[^>]*?) type`+value, "$1"),
		bound("an error without a type", `(<error\b[^>]*?) type`+value, "$1"),
		bound("an error of another type", `(<error\b[^>]*?) type`+value, "$1 type='continue'"),
		bound("errors without a condition", `<[a-z-]+ xmlns=['"]urn:ietf:params:xml:ns:xmpp-stanzas['"]\s*/>`, ""),
		bound("errors of another condition", `<[a-z-]+( xmlns=['"]urn:ietf:params:xml:ns:xmpp-stanzas['"]\s*/>)`, "<payment-required$1"),
		bound("errors of the condition internal-server-error", `<[a-z-]+( xmlns=['"]urn:ietf:params:xml:ns:xmpp-stanzas['"]\s*/>)`, "<internal-server-error$1"),
		bound("an error of two conditions", `(<[a-z-]+ xmlns=['"]urn:ietf:params:xml:ns:xmpp-stanzas['"]\s*/>)`, "$1<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"),
		bound("statuses of rooms are missing", `<status code=['"][0-9]+['"]\s*/>`, ""),
		bound("names are missing", ` name`+value, ""),
		bound("ask is left", `(<item\b[^>]*?)( ?/?>)`, "$1 ask='subscribe'$2"),
		bound("subscriptions are none", ` subscription=['"](?:to|from|both|remove)['"]`, " subscription='none'"),
		bound("subscriptions are both", ` subscription=['"](?:none|to|from)['"]`, " subscription='both'"),
		bound("groups are missing", `<group>[^<]*</group>`, ""),
		bound("items twice", `(<item\b[^>]*/>)`, "$1$1"),
		bound("features twice in discovery", `(<feature\b[^>]*/>)`, "$1$1"),
		bound("no features in discovery", `<feature\b[^>]*/>`, ""),
		bound("no identities in discovery", `<identity\b[^>]*/>`, ""),
		bound("identities of another category", `<identity\b([^>]*?) category`+value, "<identity$1 category='elsewhere'"),
		bound("no items", `(?s)<item\b[^>]*/>|<item\b.*?</item>`, ""),
		bound("affiliations are missing", ` affiliation`+value, ""),
		bound("roles are missing", ` role`+value, ""),
		bound("real addresses are shown", `<item\b([^>]*?)affiliation`, "<item jid='romeo@example.org'$1affiliation"),
		bound("real addresses are missing", `(<item\b[^>]*?) jid`+value, "$1"),
		bound("reasons are missing", `<reason>[^<]*</reason>`, ""),
		bound("subjects are missing", `(?s)<subject\b.*?</subject>|<subject\s*/>`, ""),
		bound("subjects never change", `<subject>[^<]*</subject>`, "<subject>Always</subject>"),
		bound("subjects never change to nothing", `<subject>[^<]*</subject>|<subject\s*/>`, "<subject>Always</subject>"),
		bound("delays are missing", `(?s)<delay\b[^>]*/>|<delay\b.*?</delay>`, ""),
		bound("delays are of another time", ` stamp`+value, " stamp='2001-01-01T00:00:00'"),
		bound("versions are missing", ` ver`+value, ""),
		bound("versions never change", ` ver`+value, " ver='1'"),
		bound("values of forms are missing", `<value>[^<]*</value>`, ""),
		bound("fields of forms are of another type", ` type=['"](?:jid-single|text-single)['"]`, " type='hidden'"),
		bound("complete is missing", ` complete`+value, ""),
		bound("complete is always there", `<fin\b`, "<fin complete='true'"),
		bound("complete is always there, once", `<fin( xmlns=['"]urn:xmpp:mam:2['"])?( stable=['"]true['"])?( xmlns=['"]urn:xmpp:mam:2['"])?>`, "<fin complete='true' xmlns='urn:xmpp:mam:2'>"),
		bound("first and last are missing", `<(first|last)\b[^>]*>[^<]*</(first|last)>`, ""),
		bound("bodies are changed", `<body([^>]*)>[^<]*</body>`, "<body$1>changed</body>"),
		bound("bodies are missing", `(?s)<body\b.*?</body>`, ""),
		bound("languages are missing", ` xml:lang`+value, ""),
		bound("prioirities are missing", `<priority>[^<]*</priority>`, ""),
		bound("show is missing", `<show>[^<]*</show>`, ""),
		bound("statuses are missing", `(?s)<status\b[^>]*>[^<]*</status>`, ""),
		bound("threads are missing", `(?s)<thread\b.*?</thread>`, ""),
		bound("h is wrong", ` h=(['"])[0-9]+['"]`, " h='77'"),
		bound("resumption without an id", ` id=(['"])[^'"]*['"]([^>]* resume=)`, "$2"),
		bound("unavailable is available", ` type=['"]unavailable['"]`, ""),
		bound("an item has lost its id", `(<item\b[^>]*?) id`+value, "$1"),
		bound("unknown elements are dropped", `(?s)<(?:[a-z]+:)?(x|tune|a|b|y|conference|notes|FN)\b[^>]*urn:example[^>]*/?>`, ""),
		drop("messages are lost", `^<message\b`),
		drop("messages of type error are lost", `(?s)^<message\b[^>]*type=['"]error`),
		drop("errors of presence are lost", `(?s)^<presence\b[^>]*type=['"]error`),
		drop("presence is lost", `^<presence\b`),
		drop("unavailable presence is lost", `^<presence\b[^>]*type=['"]unavailable`),
		drop("requests for subscriptions are lost", `^<presence\b[^>]*type=['"]subscribe['"]`),
		drop("grants of subscriptions are lost", `^<presence\b[^>]*type=['"]subscribed['"]`),
		drop("cancellations of subscriptions are lost", `^<presence\b[^>]*type=['"]unsubscribed?['"]`),
		drop("pushes are lost", `^<iq\b[^>]*type=['"]set['"]`),
		drop("requests are lost", `^<iq\b[^>]*type=['"]get['"]`),
		drop("management is silent", `^<(a|r|enabled|resumed|failed)\b`),
		in("resumption is refused", `<resumed\b`, "<failed"),
		in("refusals of management are lost", `(?s)^<failed\b.*`, "<enabled xmlns='urn:xmpp:sm:3' id='x' resume='true'/>"),
		in("refusals of management without a reason", `<item-not-found xmlns=['"]urn:ietf:params:xml:ns:xmpp-stanzas['"]\s*/>`, ""),
		bound("results are errors", `(?s)^<iq\b([^>]*?)type=['"]result['"]([^>]*?)/?>.*`, "<iq$1 type='error' $2><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"),
		bound("results are refusals of an unknown kind", `(?s)^<iq\b([^>]*?)type=['"]result['"]([^>]*?)/?>.*`, "<iq$1 type='error' $2><error type='cancel'><payment-required xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"),
		bound("results are empty", `(?s)^<iq\b([^>]*?)type=['"]result['"]([^>]*?)/?>.*`, "<iq$1 type='result' $2/>"),
		bound("errors are results", `(?s)^<iq\b([^>]*?)type=['"]error['"]([^>]*?)/?>.*`, "<iq$1 type='result' $2/>"),
		bound("presence errors are presence", `(?s)^<presence\b([^>]*?)type=['"]error['"]([^>]*?)/?>.*`, "<presence$1 $2/>"),
		drop("requests are not answered", `^<iq\b[^>]*type=['"](result|error)['"]`),
		silence("nothing is answered in the clear", func(raw string, secure, _ bool) bool { return !secure && !strings.Contains(raw, "stream:stream") }),
		silence("nothing is answered inside TLS before the login", func(raw string, secure, bound bool) bool {
			return secure && !bound && !strings.Contains(raw, "stream:")
		}),
		bound("requests are answered with another id", `(<iq\b[^>]*? id)`+value, "$1='other'"),
		silence("the stream is never closed", func(raw string, _, _ bool) bool { return raw == "</stream:stream>" }),
	}
}
