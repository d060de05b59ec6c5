package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// A conversation from the handshake to the end (RFC 7395 §3).
func TestWebSocket(t *testing.T) {
	s := newServer(t)
	romeo, juliet := dial(t, s), dial(t, s)
	romeo.open()
	offer := romeo.want("features", "("+features+")")[0]
	if strings.Contains(offer, "starttls") {
		t.Error("STARTTLS is offered") // RFC 7395 §3.9
	}
	if !strings.Contains(offer, "SCRAM-SHA-256-PLUS") || !strings.Contains(offer, "PLAIN") {
		t.Errorf("inside TLS, which ends here, there is no %s", offer)
	}
	romeo.send(auth("romeo"))
	romeo.want("to be let in", success)
	romeo.open() // RFC 7395 §3.7
	romeo.want("features", `<stream:features.*urn:xmpp:sm:3.*`)
	romeo.send(bind("orchard"))
	romeo.want("a resource", "<iq xmlns='jabber:client'.*romeo@capulet.lit/orchard.*")
	juliet.enter("juliet", "balcony")

	// Every stanza is one message, however long (RFC 7395 §3.3).
	long := filler(100_000)
	romeo.send("<message xmlns='jabber:client' to='juliet@capulet.lit/balcony' id='m1'><body>Ay me!</body></message>")
	romeo.send("<message xmlns='jabber:client' to='juliet@capulet.lit/balcony' id='m2'><body>" + long + "</body></message>")
	for _, id := range []string{"m1", "m2"} {
		juliet.want("a message", "<message xmlns='jabber:client'[^>]*id='"+id+"'.*</message>")
	}
	// A message may come in fragments (RFC 6455 §5.4), with pings in between.
	w, err := juliet.NextWriter(websocket.TextMessage)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<message xmlns='jabber:client' to='romeo@capulet.lit/orchard' ", "id='m3'><body>" + filler(5000), "</body></message>"} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if err := juliet.WriteControl(websocket.PingMessage, []byte("sweet"), soon()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ponged := make(chan string, 3)
	juliet.SetPongHandler(func(data string) error {
		ponged <- data
		return nil
	})
	romeo.want("a message", "<message xmlns='jabber:client'[^>]*id='m3'.*</message>")

	// RFC 7395 §3.6: <close/> is answered, and then the WebSocket ends.
	juliet.send(closeTag)
	juliet.want("the end of the stream", closeTag)
	juliet.wantEnd("after that", websocket.CloseNormalClosure)
	if len(ponged) != 3 || <-ponged != "sweet" {
		t.Errorf("%d pongs", len(ponged)) // RFC 6455 §5.5.3
	}
	s.Command(t, "kick", "romeo@"+domain)
	// The server ends a stream in RFC 7395 §3.5's way.
	romeo.want("an error", "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><.*")
	romeo.want("the end of the stream", closeTag)
	romeo.send(closeTag)
	romeo.wantEnd("after that", websocket.CloseNormalClosure)
}

// A client whose connection is cut comes back and has missed nothing (RFC 7395 §3.10,
// XEP-0198 #resumption).
func TestWebSocketResumption(t *testing.T) {
	s := newServer(t)
	romeo, juliet := dial(t, s), dial(t, s)
	romeo.enter("romeo", "orchard")
	juliet.enter("juliet", "balcony")
	romeo.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	id := romeo.want("resumption", "<enabled xmlns='urn:xmpp:sm:3' id='([^']+)' resume='true'.*")[0]
	_ = romeo.NetConn().Close() // without a word
	for _, id := range []string{"m1", "m2"} {
		juliet.send("<message xmlns='jabber:client' type='chat' to='romeo@capulet.lit/orchard' id='" + id + "'><body>Romeo?</body></message>")
	}
	again := dial(t, s)
	again.login("romeo")
	again.send("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + id + "'/>")
	again.want("to be back", "<resumed xmlns='urn:xmpp:sm:3'.*")
	for _, id := range []string{"m1", "m2"} {
		again.want("what was missed", "<message xmlns='jabber:client'[^>]*id='"+id+"'.*")
	}
	again.want("to be asked", "<r xmlns='urn:xmpp:sm:3'/>")
}

// What breaks a rule ends that stream, with a word on why, and disturbs nobody else.
func TestWebSocketFaults(t *testing.T) {
	s := newServer(t)
	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	const opened, loggedIn, bound = 0, 1, 2
	for _, tt := range []struct {
		name  string
		stage int
		send  string
		cond  string
	}{
		{"RFC 7395 §3.4: no <open/>", -1, "<iq xmlns='jabber:client' type='get' id='1'/>", "bad-format"},
		{"RFC 7395 §3.4: a stream of TCP", -1, "<stream:stream to='capulet.lit' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "not-well-formed"},
		{"RFC 7395 §3.3.2: another namespace", -1, "<open xmlns='jabber:client' to='capulet.lit' version='1.0'/>", "invalid-namespace"},
		{"RFC 6120 §4.9.3.6: another host", -1, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='verona.lit' version='1.0'/>", "host-unknown"},
		{"RFC 6120 §4.7.5: no version", -1, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='capulet.lit'/>", "unsupported-version"},
		{"RFC 7395 §3.7: a restart out of turn", opened, openTag, "bad-format"},
		{"RFC 7395 §3.7: again", bound, openTag, "bad-format"},
		{"RFC 7395 §3.3: half an element", bound, "<message xmlns='jabber:client'>", "not-well-formed"},
		{"RFC 7395 §3.3: two elements", bound, "<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>", "bad-format"},
		{"RFC 7395 §3.3: the tag of a stream", bound, "</stream:stream>", "bad-format"},
		{"RFC 7395 §3.3.3: text", bound, "Ay me!", "bad-format"},
		{"RFC 7395 §3.3.3: space before it", bound, " <presence xmlns='jabber:client'/>", "bad-format"},
		{"RFC 7395 §3.3.3: a prefix that is not declared", bound, "<stream:error/>", "not-well-formed"},
		{"RFC 7395 §3.3.2: an unknown frame", bound, "<pause xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "unsupported-stanza-type"},
		{"RFC 6120 §11.1: a processing instruction", bound, "<?php?><presence xmlns='jabber:client'/>", "restricted-xml"},
		{"RFC 6120 §11.1: a comment", bound, "<presence xmlns='jabber:client'><!-- --></presence>", "restricted-xml"},
		{"RFC 6120 §11.6: no UTF-8", bound, "<presence xmlns='jabber:client'><status>\xff</status></presence>", "unsupported-encoding"},
		{"RFC 6120 §4.9.3.12: a stanza before the log-in", opened, "<presence xmlns='jabber:client'/>", "not-authorized"},
		{"RFC 7395 §3.9: STARTTLS", opened, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", ""},
		{"RFC 6120 §4.9.3.14: too big for a stranger", opened, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + filler(40_000) + "</auth>", "policy-violation"},
		{"RFC 6120 §4.9.3.14: too big", bound, "<message xmlns='jabber:client'><body>" + filler(400_000) + "</body></message>", "policy-violation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, s)
			switch tt.stage {
			case opened:
				c.open()
				c.want("features", features)
			case loggedIn:
				c.login("romeo")
			case bound:
				c.enter("romeo", "orchard")
			}
			c.send(tt.send)
			if tt.stage < 0 {
				c.want("our <open/> first", "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' .*") // RFC 7395 §3.5
			}
			if tt.cond == "" {
				c.want("a failure", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
			} else {
				c.want("an error", "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><"+tt.cond+" .*")
			}
			c.want("the end of the stream", closeTag)
			_ = c.WriteMessage(websocket.TextMessage, []byte(closeTag))
			c.wantEnd("after that", websocket.CloseNormalClosure)
			juliet.send("<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
			juliet.want("no disturbance", "<iq xmlns='jabber:client'[^>]*id='p'.*")
		})
	}
}

// Frames that RFC 6455 forbids end the WebSocket.
func TestWebSocketFrames(t *testing.T) {
	s := newServer(t)
	for _, tt := range []struct {
		name  string
		frame string
		code  int
	}{
		{"RFC 7395 §3.2: binary", "\x82\x80\x00\x00\x00\x00", websocket.CloseUnsupportedData},
		{"RFC 6455 §5.1: not masked", "\x81\x01<", websocket.CloseProtocolError},
		{"RFC 6455 §5.2: compressed, which was not agreed on", "\xc1\x81\x00\x00\x00\x00<", websocket.CloseProtocolError},
		{"RFC 6455 §5.2: an unknown opcode", "\x83\x81\x00\x00\x00\x00<", websocket.CloseProtocolError},
		{"RFC 6455 §5.4: a continuation of nothing", "\x80\x81\x00\x00\x00\x00<", websocket.CloseProtocolError},
		{"RFC 6455 §5.5: a long ping", "\x89\xfe\x00\x7e\x00\x00\x00\x00", websocket.CloseProtocolError},
		{"RFC 6455 §5.2: a length without end", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", websocket.CloseProtocolError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, s)
			if _, err := c.NetConn().Write([]byte(tt.frame)); err != nil {
				t.Fatal(err)
			}
			if tt.frame[1] == 0xff {
				_, _, err := c.ReadMessage()
				if err == nil {
					t.Error("still there")
				}
				return
			}
			c.wantEnd("an end", tt.code)
		})
	}
}

// Requests for a WebSocket that get none.
func TestWebSocketHandshake(t *testing.T) {
	s := newServer(t, `websocket.origins = ["https://chat.capulet.lit"]`)
	for _, tt := range []struct {
		name    string
		headers map[string]string
		status  int
	}{
		{"no upgrade", map[string]string{"Upgrade": ""}, 400},
		{"RFC 7395 §3.1: no subprotocol", map[string]string{"Sec-WebSocket-Protocol": ""}, 400},
		{"RFC 7395 §3.1: another", map[string]string{"Sec-WebSocket-Protocol": "soap"}, 400},
		{"RFC 6455 §4.4: another version", map[string]string{"Sec-WebSocket-Version": "8"}, 400},
		{"RFC 6455 §4.2.1: no key", map[string]string{"Sec-WebSocket-Key": "sweet"}, 400},
		{"RFC 6455 §10.2: another page", map[string]string{"Origin": "https://tybalt.lit"}, 403},
		{"RFC 6455 §10.2: no page at all", map[string]string{"Origin": "null"}, 403},
		{"a page that may", map[string]string{"Origin": "https://chat.capulet.lit"}, 101},
		{"no page", nil, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "GET /ws HTTP/1.1\r\nHost: capulet.lit\r\n"
			headers := map[string]string{
				"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "xmpp",
			}
			for name, value := range tt.headers {
				headers[name] = value
			}
			for name, value := range headers {
				if value != "" {
					text += name + ": " + value + "\r\n"
				}
			}
			nc := raw(t, s)
			if _, err := nc.Write([]byte(text + "\r\n")); err != nil {
				t.Fatal(err)
			}
			if r := answerOn(t, nc); r.StatusCode != tt.status {
				t.Errorf("got %s", r.Status)
			}
		})
	}
	r, err := http.NewRequest(http.MethodPost, "https://capulet.lit/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := get(t, s, r); a.StatusCode < 400 {
		t.Errorf("POST: %s", a.Status)
	}
}
