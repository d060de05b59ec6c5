//go:build interop

package judge

import (
	"crypto/tls"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
)

// wellFormed reports whether a text is a sequence of elements.
func wellFormed(text string) bool {
	d := xml.NewDecoder(strings.NewReader("<s xmlns:stream='s'>" + text + "</s>"))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// namespaceMutants gives those that have to do with what is sent to the server, with TLS,
// with HTTP, and with names of features.
func namespaceMutants() []mutant {
	list := []mutant{
		{name: "broken XML is overlooked", out: func(text string) string {
			if strings.Contains(text, "<stream:stream") || strings.Contains(text, "</stream:stream") || wellFormed(text) {
				return text
			}
			return " "
		}},
		out("closing tags are overlooked", `</stream:stream>`, " "),
		out("comments and instructions are overlooked", `<!--.*?-->|<\?php.*?\?>`, " "),
		out("declarations of types are overlooked", `<!DOCTYPE.*\]>`, ""),
		out("declarations of encodings are overlooked", ` encoding='ISO-8859-1'`, ""),
		out("every domain is served", `no-such-host\.example`, "localhost"),
		out("every domain that is none is served", `localhost@@/x`, "localhost"),
		out("every namespace is served", `urn:example:(content|streams)'>`, "jabber:client'>"),
		out("every root is a stream", `<stream:flow`, "<stream:stream"),
		out("every version is the right one", `version='9.0'`, "version='1.0'"),
		out("streams without a version have one", `(<stream:stream to='localhost') (xmlns='jabber:client' xmlns:stream='[^']*'>)`, "$1 version='1.0' $2"),
		out("every stanza is known", `<pubsub/>|<message xmlns='jabber:server'>.*`, "<presence/>"),
		out("who has not logged in is not heard", `<(message|iq type='get' id='x'|iq type='set' id='x'><bind)`, " <presence/><$1"),
		out("malformed addresses are mended", `to='(@|[^'@]*/|[^']*@[^']*@[^']*|[^']*(?:&[a-z]+;|:| |\x{85})[^']*|[^']*a{900}[^']*)'`, "to='localhost'"),
		out("hints are not seen", `<(no-store|no-permanent-store|no-copy|store) xmlns='urn:xmpp:hints'/>`, ""),
		out("private is not seen", `<private xmlns='urn:xmpp:carbons:2'/><no-copy xmlns='urn:xmpp:hints'/>`, ""),
		out("headlines are chats", `type='headline'`, "type='chat'"),
		out("errors are chats", `type='error'><error.*</error>`, "type='chat'><body>a</body>"),
		out("groupchats are chats", `(<message to='[^']*' id='m1') type='groupchat'`, "$1 type='chat'"),
		out("negative priorities are none", `<priority>-[0-9]+</priority>`, "<priority>9</priority>"),
		out("resources that are gone are there", `/gone'`, "'"),
		out("blocks are forgotten", `<block xmlns='urn:xmpp:blocking'>.*</block>`, "<unblock xmlns='urn:xmpp:blocking'><item jid='a.example'/></unblock>"),
		out("blocks are never ended", `<unblock xmlns='urn:xmpp:blocking'>.*</unblock>|<unblock xmlns='urn:xmpp:blocking'/>`, "<block xmlns='urn:xmpp:blocking'><item jid='a.example'/></block>"),
		out("copies cannot be disabled", `<disable xmlns='urn:xmpp:carbons:2'/>`, "<enable xmlns='urn:xmpp:carbons:2'/>"),
		out("sets are gets", `(<iq [^>]*)type='set'([^>]*><query xmlns='jabber:iq:register'>).*</query>`, "$1 type='get'$2</query>"),
		out("sets of private data are gets", `(<iq [^>]*)type='set'([^>]*><query xmlns='jabber:iq:private'>.*)`, "$1 type='get'$2"),
		out("what is set is changed", `<(FN|note|body|title)>[^<]*</`, "<$1>changed</"),
		out("changes of rosters are forgotten", `(<iq xmlns='jabber:client') type='set'([^>]*)><query xmlns='jabber:iq:roster'><item jid='(nurse|tybalt|NURSE)@.*</query>`, "$1 type='get'$2><query xmlns='jabber:iq:roster'/>"),
		out("names of rosters are forgotten", `(<item jid='[^']*') name='[^']*'`, "$1"),
		out("removals are forgotten", ` subscription='remove'`, ""),
		out("items of rosters are mended", `<item jid='b@example.org'/>|<group></group>|<group>A</group>`, ""),
		out("presence is forgotten", `<presence xmlns='jabber:client'>.*</presence>`, ""),
		out("forms of rooms are forgotten", `<field var='muc#roomconfig_[a-z]*'><value>[^<]*</value></field>`, ""),
		out("rooms are never destroyed", `<destroy>.*</destroy>|<destroy/>`, "<x xmlns='jabber:x:data' type='cancel'/>"),
		out("rooms are always public", `roomconfig_publicroom'><value>0`, "roomconfig_publicroom'><value>1"),
		out("rooms are always hidden", `roomconfig_publicroom'><value>1`, "roomconfig_publicroom'><value>0"),
		out("rooms are always persistent", `roomconfig_persistentroom'><value>0`, "roomconfig_persistentroom'><value>1"),
		out("rooms are never persistent", `roomconfig_persistentroom'><value>1`, "roomconfig_persistentroom'><value>0"),
		out("wishes for history are not seen", `<history [^>]*/>`, ""),
		out("no history is given", `<x xmlns='http://jabber.org/protocol/muc'></x>`, "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"),
		out("wrong passwords of rooms are right", `<password>kettle</password>`, "<password>cauldron</password>"),
		out("right passwords of rooms are wrong", `<password>cauldron</password>`, "<password>kettle</password>"),
		out("subjects with a body are subjects", `(<subject>Night</subject>)<body>a</body>`, "$1"),
		out("affiliations are not given", `<item affiliation='[a-z]+' jid=`, "<item affiliation='none' jid="),
		out("filters of archives are not seen", `(?s)<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value>.*?</x>`, ""),
		out("pages of archives are not seen", `<set xmlns='http://jabber.org/protocol/rsm'>.*?</set>`, ""),
		out("pages of archives begin at the beginning", `<(after|before)>[^<]*</(after|before)>|<before/>`, ""),
		out("pages are not flipped", `<flip-page/>`, ""),
		out("options of nodes are not seen", `<publish-options>.*</publish-options>`, ""),
		out("access to nodes is open", `access_model'><value>whitelist`, "access_model'><value>open"),
		out("retractions are forgotten", `<retract [^>]*><item [^>]*/></retract>`, "<items node='urn:example:node'/>"),
		out("deletions are purges", `<delete node`, "<purge node"),
		out("purges are nothing", `(type='set')([^>]*><pubsub xmlns='[^']*'>)<purge node`, "type='get'$2<configure node"),
		out("subscriptions to nodes cannot be ended", `<unsubscribe (node='[^']*' jid='[^']*')`, "<subscribe $1"),
		out("everybody publishes everywhere", `<(pubsub xmlns='http://jabber.org/protocol/pubsub(?:#owner)?')`, "<$1"),
		out("files of any size are taken", ` size='5'`, " size='12'"),
		out("presence in rooms is forged", `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>`, ""),
		in("ids of occupants are those of the sender", `<occupant-id\b[^>]*/>`, "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"),
		in("ids of occupants are long", `<occupant-id\b[^>]*/>`, "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='"+strings.Repeat("a", 200)+"'/>"),
		in("ids of stanzas are those of the sender", `<stanza-id\b[^>]*? id`+value+`[^>]*/>|<stanza-id\b[^>]*/>`, "<stanza-id xmlns='urn:xmpp:sid:0' by='a' id='forged'/>"),
		in("ids of stanzas are all the same", `(<stanza-id\b[^>]*?) id`+value, "$1 id='same'"),
		in("ids of stanzas are missing", `<stanza-id\b[^>]*/>`, ""),
		in("ids of stanzas twice", `(<stanza-id\b[^>]*/>)`, "$1$1"),
		in("ids of the sender are missing", `<origin-id\b[^>]*/>`, ""),
		in("limits are small", `<max-bytes>[0-9]+<`, "<max-bytes>5000<"),
		in("limits are no numbers", `<(max-bytes|idle-seconds)>[0-9]+<`, "<$1>many<"),
		in("limits are wrong", `<max-bytes>[0-9]+<`, "<max-bytes>90000000<"),
		in("capabilities are wrong", `(<c\b[^>]*?) ver`+value, "$1 ver='AAAAAAAAAAAAAAAAAAAAAAAAAAA='"),
		in("capabilities without a version", `(<c\b[^>]*?) ver`+value, "$1"),
		in("addresses are not of HTTPS", `url=(['"])https:`, "url=${1}http:"),
		in("addresses are not escaped", `/([^/'"]*\.txt)`, "/é-$1"),
		in("addresses have lost the name", `\.(txt|html)(['"])`, "$2"),
		in("addresses of files are of others", `<get url=['"][^'"]*`, "<get url='https://localhost:1/"),
		in("addresses to put are of others", `<put url=['"][^'"]*`, "<put url='https://localhost:1/"),
		in("addresses to put are those to get, of somebody else", `<(put|get) url=(['"])([^'"]*)`, "<$1 url=$2$3"),
		in("headers of other names", `<put ([^>]*)(/>|>)`, "<put $1><header name='X-Other'>a</header></put>"),
		in("largest sizes are missing", `max-file-size`, "largest"),
		in("file-too-large is missing", `file-too-large`, "too-much"),
		in("the last item is not sent", `(?s)<event\b.*</event>`, ""),
		in("blocked is missing", `<blocked\b[^>]*/>`, ""),
		in("preconditions are missing", `<precondition-not-met\b[^>]*/>`, ""),
		in("invitations without their sender", `<invite from`, "<invite to"),
		in("refusals of invitations without their sender", `<decline from`, "<decline to"),
		in("photos are missing", `(?s)<PHOTO>.*</PHOTO>`, ""),
		in("hashes of photos are missing", `<photo>[^<]*</photo>`, "<photo/>"),
		in("approved is missing", ` approved`+value, ""),
		in("moderated is missing", `<moderated\b`, "<other"),
		{name: "binary messages are text", binary: true, only: []string{"7395"}},
		{name: "another subprotocol is agreed on", sonnet: true, only: []string{"7395/3.1/"}},
		{name: "TLS 1.0 is spoken", tls: func(c *tls.Config) { c.MinVersion = tls.VersionTLS10; c.MaxVersion = tls.VersionTLS12 }},
		{name: "TLS 1.3 only", tls: func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }},
		{name: "TLS 1.2 only", tls: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }},
		{name: "RC4 is spoken", tls: func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS12
			c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		}},
		{name: "no protocol is agreed on", tls: func(c *tls.Config) { c.NextProtos = nil }},
		{name: "a certificate of somebody else", tls: func(c *tls.Config) { c.Certificates = []tls.Certificate{foreign} }},
		{name: "replies of BOSH are of another type", web: func(code int, _, text string) (int, string, string) { return code, "text/html", text }},
		{name: "every session of BOSH is known", web: func(code int, kind, text string) (int, string, string) {
			if code != 200 || strings.Contains(text, "terminate") {
				return 200, kind, "<body xmlns='http://jabber.org/protocol/httpbind'/>"
			}
			return code, kind, text
		}},
		{name: "BOSH answers nothing", web: func(_ int, kind, _ string) (int, string, string) {
			return 200, kind, "<body xmlns='http://jabber.org/protocol/httpbind'/>"
		}},
		{name: "BOSH is broken", web: func(_ int, kind, _ string) (int, string, string) { return 500, kind, "" }},
	}
	for _, attr := range []string{"sid", "wait", "requests", "inactivity", "ver", "xmpp:version", "type", "condition"} {
		re := regexp.MustCompile(`^(<body\b[^>]*?) ` + attr + value)
		with := "$1 " + attr + "='99'"
		list = append(list, mutant{name: "BOSH: " + attr + " is wrong", in: func(raw string, _, _ bool) string { return re.ReplaceAllString(raw, with) }})
	}
	return list
}
