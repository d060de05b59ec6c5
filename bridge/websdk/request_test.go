package websdk

import (
	"strings"
	"testing"

	"causeway/xmpp/stanza"
)

// Answers come from whom the SDK has asked, as it has written it (wire 3.3, step 7).
func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct{ asked, read, answered, told string }{
		"nobody": {
			"<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
			"<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
			"<iq type='result' id='1' from='juliet@capulet.lit' to='" + balcony + "'><query xmlns='jabber:iq:roster'><item jid='romeo@capulet.lit' subscription='both'/><item jid='nurse@montague.lit'/></query></iq>",
			"<iq type='result' id='1' from='verona#stage_juliet@easemob.com' to='" + juliet + `'><query xmlns='jabber:iq:roster'><item jid='verona#stage_romeo@easemob.com' subscription='both'/><item jid='verona#stage_nurse\40montague.lit@easemob.com'/></query></iq>`,
		},
		"the domain": {
			"<iq type='get' id='1' from='" + juliet + "' to='EASEMOB.com'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq type='get' id='1' to='capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq type='result' id='1' from='capulet.lit' to='" + balcony + "'/>",
			"<iq type='result' id='1' from='EASEMOB.com' to='" + juliet + "'/>",
		},
		"an error": {
			"<iq type='get' id='1' to='verona#stage_Romeo@easemob.com'><x xmlns='y'/></iq>",
			"<iq type='get' id='1' to='romeo@capulet.lit'><x xmlns='y'/></iq>",
			"<iq type='error' id='1' from='romeo@capulet.lit' to='" + balcony + "'><x xmlns='y'/><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
			"<iq type='error' id='1' from='verona#stage_Romeo@easemob.com' to='" + juliet + "'><error code='503' *</error></iq>",
		},
		"a roster set": {
			"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='verona#stage_romeo@easemob.com' subscription='remove'/></query></iq>",
			"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='romeo@capulet.lit' subscription='remove'/></query></iq>",
			"<iq type='result' id='1' to='" + balcony + "'/>",
			"<iq type='result' id='1' to='" + juliet + "'/>",
		},
		"the rooms": {
			"<iq type='get' id='1' to='conference.easemob.com'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
			"<iq type='get' id='1' to='conference.capulet.lit'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
			"<iq type='result' id='1' from='conference.capulet.lit' to='" + balcony + "'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='81397@conference.capulet.lit' name='ball'/></query></iq>",
			"<iq type='result' id='1' *<item jid='verona#stage_81397@conference.easemob.com' name='ball'/>*",
		},
		"members": {
			"<iq type='set' id='1' to='verona#stage_81397@conference.easemob.com'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='verona#stage_romeo@easemob.com'/></query></iq>",
			"<iq type='set' id='1' to='81397@conference.capulet.lit'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='romeo@capulet.lit'/></query></iq>",
			"<iq type='result' id='1' from='81397@conference.capulet.lit' to='" + balcony + "'/>",
			"<iq type='result' id='1' from='verona#stage_81397@conference.easemob.com' to='" + juliet + "'/>",
		},
		"what a room is, by position": {
			"<iq type='get' id='1' to='verona#stage_81397@conference.easemob.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
			"<iq *",
			"<iq type='result' id='1' from='81397@conference.capulet.lit' to='" + balcony + "'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='ball'/>" +
				"<feature var='http://jabber.org/protocol/commands'/><feature var='http://jabber.org/protocol/muc'/><feature var='muc_membersonly'/><feature var='muc_public'/><feature var='muc_unmoderated'/>" +
				"<x xmlns='jabber:x:data' type='result'><field var='muc#roominfo_occupants'><value>2</value></field><field var='muc#roomconfig_allowinvites'><value>1</value></field></x></query></iq>",
			"<iq *><identity category='conference' type='text' name='ball'/><feature var='http://jabber.org/protocol/muc'/><feature var='muc_public'/><feature var='muc_unmoderated'/><feature var='muc_membersonly'/><feature var='muc_allowinvites'/>" +
				"<feature var='http://jabber.org/protocol/commands'/><x xmlns='jabber:x:data' type='result'>*",
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(s *stage) {
				s.client(tt.asked)
				s.reads(tt.read, "the question")
				s.serverSays(tt.answered)
				s.sees(tt.told, "the answer")
			})
		})
	}
}

// What others ask an SDK is answered for it, unless it has an answer.
func TestQuestions(t *testing.T) {
	play(t, func(s *stage) {
		s.serverSays("<iq type='get' id='1' from='romeo@capulet.lit/o' to='" + balcony + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		s.sees("", "it would not answer")
		s.reads("<iq type='error' id='1' to='romeo@capulet.lit/o'><error code='503' type='cancel'><service-unavailable *", "nobody waits in vain")
		s.serverSays("<iq type='get' id='2' from='capulet.lit' to='" + balcony + "'><ping xmlns='urn:xmpp:ping'/></iq>")
		s.sees("<iq type='get' id='2' from='easemob.com' to='"+juliet+"'><ping xmlns='urn:xmpp:ping'/></iq>", "it answers")
		s.client("<iq type='result' id='2' from='" + juliet + "' to='easemob.com'/><iq type='result' id='2' to='easemob.com'/>")
		s.reads("<iq type='result' id='2' to='capulet.lit'/>", "once")
		s.serverSays("<iq type='set' id='3' from='romeo@capulet.lit/o' to='" + balcony + "'><query xmlns='jabber:iq:roster'><item jid='mallory@capulet.lit'/></query></iq>")
		s.sees("", "no push but the server's own (RFC 6121 §2.1.6)")
		s.reads("<iq type='error' id='3' *", "refused")
	})
}

// The privacy list is the block list (wire 3.5).
func TestPrivacy(t *testing.T) {
	play(t, func(s *stage) {
		const get = "<iq type='get' id='G'><query xmlns='jabber:iq:privacy'><list name='special'/></query></iq>"
		list := func(id string, jids ...string) {
			s.Helper()
			s.reads("<iq type='get' id='sdk:"+id+"'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "the list")
			xml := "<iq type='result' id='sdk:" + id + "' from='juliet@capulet.lit' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'>"
			for _, j := range jids {
				xml += "<item jid='" + j + "'/>"
			}
			s.serverSays(xml + "</blocklist></iq>")
		}
		done := func(id string) {
			s.serverSays("<iq type='result' id='sdk:" + id + "' from='juliet@capulet.lit' to='" + balcony + "'/>")
		}
		s.client(get)
		list("3", "spam.lit") // of which the SDK can say nothing
		s.sees("<iq type='error' id='G' to='"+juliet+"'><error code='404' *", "fresh")

		s.client("<iq type='set' id='S'><query xmlns='jabber:iq:privacy'><list name='special'><item action='deny' order='2' type='jid' value='verona#stage_romeo@easemob.com'><message/></item><item action='deny' order='3' type='jid' value='verona#stage_paris@easemob.com'><message/></item></list></query></iq>")
		list("4", "spam.lit", "nurse@capulet.lit", "romeo@capulet.lit")
		s.reads("<iq type='set' id='sdk:5'><block xmlns='urn:xmpp:blocking'><item jid='paris@capulet.lit'/></block></iq>", "who is new")
		done("5")
		s.reads("<iq type='set' id='sdk:6'><unblock xmlns='urn:xmpp:blocking'><item jid='nurse@capulet.lit'/></unblock></iq>", "who is gone; the domain stays")
		s.sees("", "not done yet")
		done("6")
		s.sees("<iq type='result' id='S' to='"+juliet+"'/>", "done")

		s.serverSays("<iq type='set' id='p' from='juliet@capulet.lit' to='" + balcony + "'><block xmlns='urn:xmpp:blocking'><item jid='tybalt@capulet.lit'/></block></iq>")
		s.sees("<iq type='set' id='push:*' to='"+juliet+"'><query xmlns='jabber:iq:privacy'><list name='special'/></query></iq>", "somebody else has changed it")
		s.reads("<iq type='result' id='p' to='juliet@capulet.lit'/>", "the push is answered")
		s.client(get)
		list("8", "romeo@capulet.lit", "tybalt@montague.lit")
		s.sees("<iq type='result' id='G' to='"+juliet+"'><query xmlns='jabber:iq:privacy'><list name='special'><item action='deny' type='jid' order='2' value='verona#stage_romeo@easemob.com'><message/></item>"+
			`<item action='deny' type='jid' order='3' value='verona#stage_tybalt\40montague.lit@easemob.com'><message/></item></list></query></iq>`, "the list")

		s.client("<iq type='set' id='E'><query xmlns='jabber:iq:privacy'><list name='special'/></query></iq>")
		list("9", "romeo@capulet.lit")
		s.reads("<iq type='set' id='sdk:10'><unblock xmlns='urn:xmpp:blocking'><item jid='romeo@capulet.lit'/></unblock></iq>", "nobody is left")
		s.serverSays("<iq type='error' id='sdk:10' from='juliet@capulet.lit' to='" + balcony + "'><error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		s.sees("<iq type='error' id='E' *<error code='500' *", "it failed")

		s.client("<iq type='set' id='N'><query xmlns='jabber:iq:privacy'><list name='special'/></query></iq>")
		list("11")
		list("12")
		s.sees("<iq type='result' id='N' to='"+juliet+"'/><iq type='set' *", "nothing to do")
		for _, tt := range []struct{ asked, told string }{
			{"<iq type='set' id='D'><query xmlns='jabber:iq:privacy'><default name='special'/></query></iq>", "<iq type='result' id='D' to='" + juliet + "'/>"},
			{"<iq type='get' id='D'><query xmlns='jabber:iq:privacy'/></iq>", "<iq type='result' *<list name='special'/></query></iq>"},
			{"<iq type='get' id='D'><query xmlns='jabber:iq:privacy'><list name='other'/></query></iq>", "<iq type='error' *code='404'*"},
			{"<iq type='set' id='D'><query xmlns='jabber:iq:privacy'><list name='special'><item action='deny' order='1' type='group' value='x'/></list></query></iq>", "<iq type='error' *code='400'*"},
			{"<iq type='set' id='D'><query xmlns='jabber:iq:privacy'><list name='special'><item action='deny' order='1' type='jid' value='x#y_z@easemob.com'/></list></query></iq>", "<iq type='error' *code='400'*"},
		} {
			s.client(tt.asked)
			s.sees(tt.told, tt.asked)
			s.reads("", "nothing the server need know")
		}
	})
}

// What an SDK must not say is not said, and what is broken breaks no more than its stream.
func TestBadWords(t *testing.T) {
	play(t, func(s *stage) {
		s.client("<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='99'/><r xmlns='urn:xmpp:sm:3'/><inactive xmlns='urn:xmpp:csi:0'/>")
		s.reads("", "the adapter counts")
		s.client("<iq/><message/><presence to='@@'/>")
		s.sees("", "nothing")
		s.forget()
		s.client("<message><body>x</message>")
		if _, err := s.server.Read(make([]byte, 1)); err == nil || !strings.HasPrefix(err.Error(), "stream error: not-well-formed") {
			t.Errorf("%v", err)
		}
		s.client("</stream:stream>")
	})
}

// What one sends has a bound, and a smaller one before the log-in.
func TestLimits(t *testing.T) {
	long := func(n int) string {
		return "<message to='verona#stage_romeo@easemob.com'><body>" + strings.Repeat("x", n) + "</body></message>"
	}
	refused := func(s *stage) {
		s.Helper()
		if _, err := s.server.Read(make([]byte, 1)); err == nil || !strings.HasPrefix(err.Error(), "stream error: policy-violation") {
			s.Errorf("%v", err)
		}
	}
	play(t, func(s *stage) {
		s.client(long(60_000))
		s.reads("<message *xxx</body></message><r *", "within the bound")
		s.client(long(110_000))
		refused(s)
	})
	bubble(t, "easemob.com", func(s *stage) {
		s.client(long(20_000))
		refused(s)
	})
}

// Whatever an SDK sends, the server reads whole elements.
func FuzzSay(f *testing.F) {
	for _, seed := range []string{
		"<message to='verona#stage_romeo@easemob.com'><body>{}</body></message>", "<presence to='verona#stage_1@conference.easemob.com/x'/>",
		"<iq type='set' id='sdk:2'><query xmlns='jabber:iq:privacy'><list name='special'><item/></list></query></iq>", "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
		"<iq/>", "<x:message xmlns:x='jabber:client'/>", "<message xmlns=''/>", "<iq type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var sc stanza.Scanner // what a Framer lets through
		if sc.Reset(loginLimits); !checks(&sc, raw) {
			return
		}
		e, err := parse(raw)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		again, err := parse(e.bytes())
		if err != nil || string(again.bytes()) != string(e.bytes()) {
			t.Fatalf("%q was written as %q: %v", raw, e.bytes(), err)
		}
		s := &Stream{names: verona, adapter: New(Config{})}
		s.in.init()
		s.start()
		s.jid, s.enabled = balcony, true
		for _, out := range [][]byte{s.say(e), s.tell(nil, again), s.in.buf} {
			for len(out) > 0 {
				n := whole(t, out)
				out = out[n:]
			}
		}
	})
}

func checks(sc *stanza.Scanner, raw []byte) bool {
	n, done, err := sc.Scan(raw)
	return err == nil && done && n == len(raw)
}

// An answer that comes from somebody else than was asked is none: whoever guesses an id would
// answer in the name of the server, or end the SDK's hearing (RFC 6120 §8.1.2.1, wire 3.3, step 7).
func TestForgedAnswers(t *testing.T) {
	const roster = "<query xmlns='jabber:iq:roster'><item jid='mallory@capulet.lit' subscription='both'/></query></iq>"
	for name, to := range map[string]string{"nobody": "", "herself": " to='verona#stage_juliet@easemob.com'", "the domain": " to='easemob.com'", "Romeo": " to='verona#stage_ROMEO@easemob.com'"} {
		t.Run(name, func(t *testing.T) {
			play(t, func(s *stage) {
				s.client("<iq type='get' id='1'" + to + "><query xmlns='jabber:iq:roster'/></iq>")
				s.forget()
				for _, from := range []string{"mallory@montague.lit/x", "romeo@capulet.lit/o", "montague.lit"} {
					s.serverSays("<iq type='result' id='1' from='" + from + "' to='" + balcony + "'>" + roster)
					s.serverSays("<iq type='error' id='1' from='" + from + "' to='" + balcony + "'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
				}
				s.sees("", "whom she has not asked")
				by := map[string]string{"nobody": "juliet@capulet.lit", "herself": "juliet@capulet.lit", "the domain": "capulet.lit", "Romeo": "romeo@capulet.lit"}[name]
				s.serverSays("<iq type='result' id='1' from='" + by + "' to='" + balcony + "'/>")
				s.sees("<iq type='result' id='1' *", "whom she has asked")
				s.serverSays("<iq type='result' id='1' from='" + by + "' to='" + balcony + "'>" + roster)
				s.sees("", "twice")
			})
		})
	}
	play(t, func(s *stage) {
		s.client("<iq type='get' id='p'><query xmlns='jabber:iq:privacy'><list name='special'/></query></iq>")
		s.reads("<iq type='get' id='sdk:3'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "the list")
		s.serverSays("<iq type='result' id='sdk:3' from='mallory@montague.lit/x' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
		s.sees("", "that is not hers")
		s.serverSays("<iq type='result' id='sdk:3' from='juliet@capulet.lit' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'><item jid='mallory@montague.lit'/></blocklist></iq>")
		s.sees("<iq type='result' id='p' *mallory*", "that is")
	})
}

// What is asked beyond the number that is remembered is refused, since its answer could not
// be told from a forged one.
func TestTooManyQuestions(t *testing.T) {
	play(t, func(s *stage) {
		for range maxKnown {
			s.client("<iq type='get' id='" + nonce() + "' to='montague.lit'><query xmlns='jabber:iq:roster'/></iq>")
		}
		s.forget()
		s.client("<iq type='get' id='1' to='montague.lit'><query xmlns='jabber:iq:roster'/></iq>")
		s.sees("<iq type='error' id='1' from='montague.lit' to='"+juliet+"'><error code='500' type='wait'><resource-constraint *", "one too many")
		s.reads("", "it goes nowhere")
	})
}

// A list that spells an address otherwise than it is kept changes nothing: whoever is on it
// stays blocked.
func TestPrivacySpelling(t *testing.T) {
	play(t, func(s *stage) {
		list := func(who string) string {
			return "<iq type='set' id='p'><query xmlns='jabber:iq:privacy'><list name='special'><item action='deny' type='jid' order='2' value='" + who + "'><message/></item></list></query></iq>"
		}
		s.client(list("Verona#stage_ROMEO@EASEMOB.com"))
		s.reads("<iq type='get' id='sdk:3'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "the list")
		s.serverSays("<iq type='result' id='sdk:3' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@capulet.lit'/></blocklist></iq>")
		s.reads("<iq type='get' id='sdk:4'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "nothing changes")
		s.forget()
		s.client(list("verona#stage_a b@easemob.com"))
		s.sees("<iq type='error' id='p' *<bad-request *", "no address")
	})
}

// A room is the same however it is spelled: who enters it learns that he is in.
func TestRoomSpelling(t *testing.T) {
	play(t, func(s *stage) {
		s.client("<presence to='verona#stage_Ball@conference.EASEMOB.com/Juliet' id='j'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		s.reads("<presence to='ball@conference.capulet.lit/Juliet' id='j'><x xmlns='http://jabber.org/protocol/muc'/></presence>", "entering")
		s.serverSays("<presence from='ball@conference.capulet.lit/Juliet' to='" + balcony + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/><status code='110'/></x></presence>")
		s.sees("<presence *<iq type='result' from='verona#stage_Ball@conference.EASEMOB.com/Juliet' *id='j'/>", "she is in")
	})
}
