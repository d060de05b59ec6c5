package websdk

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What others read of what an SDK sends (wire 3.4).
func TestSay(t *testing.T) {
	for name, tt := range map[string]struct{ said, read string }{
		"text": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='WEBIM_1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"txt","msg":"hi &lt;3"}],"ext":{"weichat":{"originType":"webim"}}}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><body>hi &lt;3</body></message>`,
		},
		"text with more": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"txt","msg":"hi"}],"ext":{"mood":1,"__proto__":{"x":1}}}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><body>hi</body><json xmlns='urn:xmpp:json:0'>{"from":"juliet","to":"romeo","bodies":[{"msg":"hi","type":"txt"}],"ext":{"mood":1}}</json></message>`,
		},
		"picture": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"img","url":"https://capulet.lit/f/1","secret":"s"}],"ext":{}}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><body>https://capulet.lit/f/1</body><json xmlns='urn:xmpp:json:0'>*</json><x xmlns='jabber:x:oob'><url>https://capulet.lit/f/1</url></x></message>`,
		},
		"place": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"loc","addr":"the balcony","lat":45.44,"lng":"10.99"}]}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><body>the balcony geo:45.44,10.99</body><json xmlns='urn:xmpp:json:0'>*</json></message>`,
		},
		"command": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"cmd","action":"nudge"}]}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><json xmlns='urn:xmpp:json:0'>*"action":"nudge"*</json><store xmlns='urn:xmpp:hints'/></message>`,
		},
		"no envelope": {
			`<message to='verona#stage_romeo@easemob.com' type='chat' id='1'><body>{"from":"juliet"}</body></message>`,
			`<message to='romeo@capulet.lit' type='chat' id='*'><body>{"from":"juliet"}</body></message>`,
		},
		"to another server": {
			`<message to='verona#stage_romeo\40montague.lit@easemob.com' type='chat' id='1'><body>{"bodies":[{"type":"txt","msg":"hi"}]}</body></message>`,
			`<message to='romeo@montague.lit' type='chat' id='*'><body>hi</body></message>`,
		},
		"to a room": {
			`<message to='verona#stage_81397@conference.easemob.com' type='groupchat' id='1'><body>{"bodies":[{"type":"txt","msg":"hi"}]}</body><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></message>`,
			`<message to='81397@conference.capulet.lit' type='groupchat' id='*'><body>hi</body></message>`,
		},
		"an invitation": {
			`<message to='verona#stage_81397@conference.easemob.com' id='1'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='verona#stage_romeo@easemob.com'><reason>come</reason></invite></x></message>`,
			`<message to='81397@conference.capulet.lit' id='*'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='romeo@capulet.lit'><reason>come</reason></invite></x></message>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(s *stage) {
				s.client(tt.said)
				s.reads(tt.read+"<r xmlns='urn:xmpp:sm:3'/>", name)
				s.sees("", "not acknowledged yet")
			})
		})
	}
}

// What an SDK is told of what others send: an envelope each time, whose text is inert.
func TestTell(t *testing.T) {
	const to = "' to='" + balcony + "'"
	for name, tt := range map[string]struct{ sent, told string }{
		"text": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='17'><body>hi</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
			`<message from='verona#stage_romeo@easemob.com/orchard' to='` + juliet + `' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"hi","type":"txt"}],"ext":{}}</body></message>`,
		},
		"a program": {
			"<message from='romeo@capulet.lit/orchard" + to + " id='17'><body>window.x=1</body></message>",
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"window.x=1","type":"txt"}],"ext":{}}</body></message>`,
		},
		"the end of a script, and lines that are none for XML": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='17'><body>&lt;/script>\u2028\u2029&amp;\"\\\n</body></message>",
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"\u003c/script\u003e\u2028\u2029\u0026\"\\\n","type":"txt"}],"ext":{}}</body></message>`,
		},
		"an envelope of a stranger in the body is text": {
			`<message from='romeo@capulet.lit/orchard` + to + ` type='chat' id='17'><body>{"from":"nurse","to":"juliet","bodies":[{"type":"txt","msg":alert(1)}]}</body></message>`,
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"{\"from\":\"nurse\",\"to\":\"juliet\",\"bodies\":[{\"type\":\"txt\",\"msg\":alert(1)}]}","type":"txt"}],"ext":{}}</body></message>`,
		},
		"an envelope that an adapter has carried": {
			`<message from='romeo@capulet.lit/orchard` + to + ` type='chat' id='17'><body>hi</body><json xmlns='urn:xmpp:json:0'>{"from":"nurse","bodies":[{"type":"txt","msg":"hi"}],"ext":{"mood":"&lt;b>","__proto__":{"a":1},"deep":{"__proto__":1}}}</json></message>`,
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"hi","type":"txt"}],"ext":{"deep":{},"mood":"\u003cb\u003e"}}</body></message>`,
		},
		"an envelope that says something else than the text": {
			`<message from='romeo@capulet.lit/orchard` + to + ` type='chat' id='17'><body>hi</body><json xmlns='urn:xmpp:json:0'>{"bodies":[{"type":"txt","msg":"ho"}]}</json></message>`,
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"hi","type":"txt"}],"ext":{}}</body></message>`,
		},
		"a link that is a program": {
			`<message from='romeo@capulet.lit/orchard` + to + ` type='chat' id='17'><body>javascript:alert(1)</body><json xmlns='urn:xmpp:json:0'>{"bodies":[{"type":"img","url":"javascript:alert(1)"}]}</json></message>`,
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"msg":"javascript:alert(1)","type":"txt"}],"ext":{}}</body></message>`,
		},
		"a small picture that is a program": {
			`<message from='romeo@capulet.lit/orchard` + to + ` type='chat' id='17'><body>https://capulet.lit/a.mp4</body><json xmlns='urn:xmpp:json:0'>{"bodies":[{"type":"video","url":"https://capulet.lit/a.mp4","thumb":"javascript:alert(1)"}]}</json></message>`,
			`<message from='*' to='*' type='chat' id='17'><body>{"from":"romeo","to":"juliet","bodies":[{"type":"video","url":"https://capulet.lit/a.mp4"}],"ext":{}}</body></message>`,
		},
		"offline": {
			"<message from='romeo@montague.lit/orchard" + to + " type='chat' id='17'><body>hi</body><delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2026-11-30T10:00:00Z'>Offline</delay></message>",
			`<message from='verona#stage_romeo\40montague.lit@easemob.com/orchard' to='*' type='chat' id='17'><body>{"from":"romeo\\40montague.lit","to":"juliet","bodies":[{"msg":"hi","type":"txt"}],"ext":{}}</body><delay xmlns='urn:xmpp:delay' stamp='2026-11-30T10:00:00Z'/></message>`,
		},
		"in a room": {
			"<message from='81397@conference.capulet.lit/Romeo" + to + " type='groupchat' id='17'><body>hi</body></message>",
			`<message from='verona#stage_81397@conference.easemob.com/Romeo' to='*' type='groupchat' id='17'><body>{"from":"Romeo","to":"81397","bodies":[{"msg":"hi","type":"txt"}],"ext":{}}</body></message>`,
		},
		"typing": {"<message from='romeo@capulet.lit/orchard" + to + " type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", ""},
		"a subject": {
			"<message from='81397@conference.capulet.lit/Romeo" + to + " type='groupchat'><subject>love</subject></message>", "",
		},
		"hidden elements that it looks for by name": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='17'><body>hi</body><error xmlns='x'/><received xmlns='urn:xmpp:receipts'/><invite xmlns='x'/><x xmlns='y'><body>alert(1)</body></x></message>",
			`<message from='*' to='*' type='chat' id='17'><body>{*"hi"*}</body></message>`,
		},
		"a receipt": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='r'><received xmlns='urn:xmpp:receipts' id='17'/></message>",
			"<message from='*' to='*' type='chat' id='*'><body>17</body><delivery xmlns='urn:xmpp:receipts' id='17'/></message>",
		},
		"a marker": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='r'><displayed xmlns='urn:xmpp:chat-markers:0' id='17'/></message>",
			"<message from='*' to='*' type='chat' id='*'><body>17</body><acked xmlns='urn:xmpp:receipts' id='17'/></message>",
		},
		"a receipt that is a program": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='chat' id='r'><received xmlns='urn:xmpp:receipts' id='alert(1)'/></message>", "",
		},
		"an invitation": {
			"<message from='81397@conference.capulet.lit" + to + "><x xmlns='http://jabber.org/protocol/muc#user'><invite from='romeo@capulet.lit/orchard'/></x></message>",
			"<message from='*' to='*' type='chat' id='*'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='verona#stage_romeo@easemob.com'><reason></reason></invite></x><x xmlns='jabber:x:conference' jid='verona#stage_81397@conference.easemob.com'/></message>",
		},
		"a direct invitation": {
			"<message from='romeo@capulet.lit/orchard" + to + "><x xmlns='jabber:x:conference' jid='81397@conference.capulet.lit' reason='come'/></message>",
			"<message from='*' to='*' type='chat' id='*'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='verona#stage_romeo@easemob.com'><reason>come</reason></invite></x><x xmlns='jabber:x:conference' jid='verona#stage_81397@conference.easemob.com'/></message>",
		},
		"an error of what it never said": {
			"<message from='romeo@capulet.lit/orchard" + to + " type='error' id='x'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(s *stage) {
				s.serverSays(tt.sent)
				s.sees(tt.told, name)
			})
		})
	}
}

// An id that is not of digits becomes one that is, the same each time, and that of the
// archive if there is one.
func TestIDs(t *testing.T) {
	play(t, func(s *stage) {
		const m = "<message from='romeo@capulet.lit/orchard' to='" + balcony + "' type='chat' id='abc'><body>hi</body>"
		s.serverSays(m + "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='1790000000000001'/><stanza-id xmlns='urn:xmpp:sid:0' by='romeo@capulet.lit' id='9'/></message>")
		s.sees("*id='1790000000000001'*", "the archive's")
		s.client("<message to='verona#stage_romeo@easemob.com'><body>1790000000000001</body><acked xmlns='urn:xmpp:receipts' id='1790000000000001'/></message>")
		s.reads("<message to='romeo@capulet.lit' id='*'><displayed xmlns='urn:xmpp:chat-markers:0' id='abc'/></message>", "a marker of what romeo called abc")
		s.serverSays(m + "</message>")
		s.sees("*id='"+derived("romeo@capulet.lit/orchard", "abc")+"'*", "derived")
		if id := derived("romeo@capulet.lit/orchard", "abc"); !digits(id) {
			t.Error(id)
		}
	})
}

// A message is acknowledged when the server has it (wire 3.4), and one that fails comes back
// instead, as it was sent.
func TestAcknowledged(t *testing.T) {
	play(t, func(s *stage) {
		say := func(id, to string) {
			s.client(`<message to='verona#stage_` + to + `@easemob.com' type='chat' id='` + id + `'><body>{"from":"juliet","to":"` + to + `","bodies":[{"type":"txt","msg":"hi"}]}</body></message>`)
		}
		say("A", "romeo")
		say("B", "nobody")
		say("C", "romeo")
		s.reads("*", "three messages")
		mid := s.server.(*Stream).sent[1].mid
		s.serverSays("<message type='error' from='nobody@capulet.lit' to='" + balcony + "' id='" + mid + "'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
		s.sees(`<message type='error' from='verona#stage_nobody@easemob.com' to='`+juliet+`' id='B'><body>{"from":"juliet","to":"nobody","bodies":[{"msg":"hi","type":"txt"}],"ext":{}}</body>`+
			`<error code='503' type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>service unavailable</text></error></message>`, "it came back")
		const ack = "<message from='easemob.com' to='" + juliet + "'><received xmlns='urn:xmpp:receipts' mid='*'>?</received><body>?</body></message>"
		s.serverSays("<a xmlns='urn:xmpp:sm:3' h='3'/>") // its two questions, and A
		s.sees(strings.ReplaceAll(ack, "?", "A"), "A is kept")
		s.serverSays("<a xmlns='urn:xmpp:sm:3' h='4'/>")
		s.sees("", "B is not")
		s.serverSays("<a xmlns='urn:xmpp:sm:3' h='5'/><a xmlns='urn:xmpp:sm:3' h='5'/>")
		s.sees(strings.ReplaceAll(ack, "?", "C"), "C is kept, once")
	})
}

// The server learns what the SDK has got: up to the first message without a receipt.
func TestReceipts(t *testing.T) {
	play(t, func(s *stage) {
		count := func(h, why string) {
			s.Helper()
			s.serverSays("<r xmlns='urn:xmpp:sm:3'/>")
			s.reads("<a xmlns='urn:xmpp:sm:3' h='"+h+"'/>", why)
		}
		message := func(id, typ string) {
			s.serverSays("<message from='romeo@capulet.lit/orchard' to='" + balcony + "' type='" + typ + "' id='" + id + "'><body>hi</body></message>")
		}
		receipt := func(id string) {
			s.client("<message to='easemob.com' id='" + id + "'><received xmlns='urn:xmpp:receipts' id='" + id + "'/></message>")
		}
		count("2", "two lists")
		message("1", "chat")
		s.serverSays("<presence from='romeo@capulet.lit/orchard' to='" + balcony + "'/>")
		message("2", "chat")
		count("2", "no receipt yet")
		receipt("2")
		s.reads("", "that of the second does not say that the first has come")
		receipt("1")
		s.reads("<a xmlns='urn:xmpp:sm:3' h='5'/>", "all of it")
		s.serverSays("<message from='81397@conference.capulet.lit/Romeo' to='" + balcony + "' type='groupchat' id='3'><body>hi</body></message>")
		count("6", "what is said in rooms nobody keeps for one of those in it")
		for range maxOwed + 1 {
			message("4", "chat")
		}
		count("7", "what waits has a bound")
		receipt("nobody's")
		s.reads("", "a receipt of nothing")
	})
}

// What the SDK has said in a room comes back to it from there, and is not told twice.
func TestEcho(t *testing.T) {
	play(t, func(s *stage) {
		s.client("<presence to='verona#stage_81397@conference.easemob.com/juliet' id='j'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		s.serverSays("<presence from='81397@conference.capulet.lit/juliet' to='" + balcony + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>")
		s.client(`<message to='verona#stage_81397@conference.easemob.com' type='groupchat' id='A'><body>{"bodies":[{"type":"txt","msg":"hi"}]}</body></message>`)
		s.forget()
		mid := s.server.(*Stream).sent[0].mid
		s.serverSays("<message from='81397@conference.capulet.lit/juliet' to='" + balcony + "' type='groupchat' id='" + mid + "'><body>hi</body></message>")
		s.sees("", "its own words")
		s.serverSays("<message from='81397@conference.capulet.lit/Romeo' to='" + balcony + "' type='groupchat' id='" + mid + "'><body>hi</body></message>")
		s.sees("<message *Romeo*", "somebody else's")
		s.serverSays("<message type='error' from='81397@conference.capulet.lit' to='" + balcony + "' id='" + mid + "'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
		s.sees("<message type='error' from='verona#stage_81397@conference.easemob.com' *<error code='403' *<user-muted/></error></message>", "muted")
	})
}

// Who is of another app is not here.
func TestOtherApp(t *testing.T) {
	play(t, func(s *stage) {
		s.client(`<message to='verona#other_romeo@easemob.com' type='chat' id='A'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"txt","msg":"hi"}]}</body></message>`)
		s.sees("<message type='error' id='A' from='verona#other_romeo@easemob.com' to='"+juliet+"'><body>*</body><error code='404' type='cancel'>*</error></message>", "nobody")
		s.reads("", "nothing to route")
	})
}

// Whatever others send is data for whoever evaluates it.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		"hi", "window.x=1", "</script>\u2028", `{"bodies":[{"type":"txt","msg":"x"}]}`, `{"__proto__":{},"bodies":[{"type":"img","url":"https://x/y","size":{"width":1e999}}],"ext":{"a":[{"__proto__":null}]}}`,
		`{"bodies":[{"type":"loc","lat":1,"lng":"2"}]}`, `{"bodies":[{"type":"cmd","action":"x"}],"ext":null}`, "\x00", "{}{}", strings.Repeat(`{"a":`, 40),
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, carried bool) {
		if !utf8.ValidString(text) {
			return // not XML
		}
		s := &Stream{names: verona, adapter: new(Adapter)}
		s.start()
		s.jid = balcony
		m := elem("jabber:client", "message", "from", "romeo@capulet.lit/orchard", "type", "chat")
		if carried {
			if _, err := openEnvelope(text); err != nil {
				return
			}
			out := elem("jabber:client", "message")
			_ = s.unfold(text, out)
			m.nodes = out.nodes
		} else {
			m.with(elem("jabber:client", "body").saying(text))
		}
		told, _ := s.tellMessage(m)
		if told == nil {
			return
		}
		body := told.child("jabber:client", "body").text()
		if !json.Valid([]byte(body)) || strings.ContainsAny(body, "<>&\u2028\u2029") {
			t.Fatalf("%q is not to be evaluated", body)
		}
		var env envelope
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&env); err != nil || prototype(env.Ext) || slices.ContainsFunc(env.Bodies, func(b map[string]any) bool { return prototype(b) }) || env.From != "romeo" || env.To != "juliet" || len(env.Bodies) == 0 || !carried && str(env.Bodies[0], "msg") != text {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

// prototype reports whether an object literal like v would have another prototype.
func prototype(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name == "__proto__" || prototype(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, prototype)
	}
	return false
}

// What is remembered of messages while the disk is slow is forgotten when it is not.
func TestRemembered(t *testing.T) {
	var r receipts
	for range 10 * maxSent {
		r.remember(letter{mid: "m"})
		r.said++
	}
	if len(r.acknowledged(r.said)) != 10*maxSent {
		t.Error("not all of them are acknowledged")
	}
	if r.remember(letter{mid: "last"}); len(r.sent) != maxSent || r.letter("last") == nil {
		t.Errorf("%d are remembered", len(r.sent))
	}
}
