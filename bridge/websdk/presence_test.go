package websdk

import "testing"

// Presence of contacts, both ways (wire 3.5).
func TestPresence(t *testing.T) {
	play(t, func(s *stage) {
		for _, tt := range []struct{ said, read string }{
			{"<presence/>", "<presence/>"},
			{"<presence xmlns='jabber:client'><show>online</show><status>here</status></presence>", "<presence><status>here</status></presence>"},
			{"<presence type='subscribe' to='verona#stage_romeo@easemob.com'><status>let us be friends</status></presence>", "<presence to='romeo@capulet.lit' type='subscribe'><status>let us be friends</status></presence>"},
			{"<presence type='subscribe' to='verona#stage_nurse@easemob.com'><status>[resp:true]</status></presence>", "<presence to='nurse@capulet.lit' type='subscribe'><again xmlns='urn:causeway:websdk'/></presence>"},
			{"<presence type='unsubscribed' to='verona#stage_romeo@easemob.com'/>", "<presence to='romeo@capulet.lit' type='unsubscribed'/>"},
		} {
			s.client(tt.said)
			s.reads(tt.read, tt.said)
		}
		const to = "' to='juliet@capulet.lit' "
		for _, tt := range []struct{ sent, told string }{
			{"<presence from='romeo@capulet.lit" + to + "type='subscribe'><status>hi</status><c xmlns='http://jabber.org/protocol/caps'/></presence>", "<presence from='verona#stage_romeo@easemob.com' to='" + juliet + "' type='subscribe'><status>hi</status></presence>"},
			{"<presence from='romeo@capulet.lit" + to + "type='subscribe'><again xmlns='urn:causeway:websdk'/></presence>", "<presence *><status>[resp:true]</status></presence>"},
			{"<presence from='romeo@capulet.lit/orchard" + to + "><show>away</show><item xmlns='x' role='none' jid='a'/><apply xmlns='x'/></presence>", "<presence *><show>away</show></presence>"},
			{"<presence from='" + balcony + to + "/>", ""},
			{"<presence from='montague.lit" + to + "type='error'><error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>", "<presence from='montague.lit' *<error code='504' *"},
		} {
			s.serverSays(tt.sent)
			s.sees(tt.told, tt.sent)
		}
	})
}

// A push that somebody has our presence makes the SDK ask for his, by itself and each time.
// Once is enough.
func TestResubscription(t *testing.T) {
	play(t, func(s *stage) {
		push := func(id, attrs string) {
			s.Helper()
			s.serverSays("<iq type='set' id='" + id + "' to='" + balcony + "'><query xmlns='jabber:iq:roster'><item jid='romeo@capulet.lit' " + attrs + " approved='true'/></query></iq>")
			s.sees("<iq type='set' id='"+id+"' to='"+juliet+"'><query xmlns='jabber:iq:roster'><item jid='verona#stage_romeo@easemob.com' "+attrs+"/></query></iq>", "the push")
			s.client("<iq type='result' id='" + id + "' from='" + juliet + "'/>")
			s.reads("<iq type='result' id='"+id+"'/>", "its answer")
		}
		const ask = "<presence to='verona#stage_romeo@easemob.com' type='subscribe'/>"
		const asked = "<presence to='romeo@capulet.lit' type='subscribe'/>"
		push("1", "subscription='from'")
		s.client(ask)
		s.reads(asked, "the first time, it is how both become friends")
		push("2", "subscription='from' ask='subscribe'")
		s.client(ask)
		s.reads("", "it has been asked")
		push("3", "subscription='from'")
		s.client(ask)
		s.reads("", "he has refused")
		s.client(ask)
		s.reads(asked, "whoever uses it may ask again")
		push("4", "subscription='from'")
		s.client("<presence/>")
		s.client(ask)
		s.reads("<presence/>"+asked, "not by itself")
		push("5", "subscription='to'")
		s.client("<presence to='verona#stage_romeo@easemob.com' type='subscribed'/>")
		s.reads("<presence to='romeo@capulet.lit' type='subscribed'/>", "harmless")
	})
}

const inRoom = "<presence from='81397@conference.capulet.lit/"

// A chat room (wire 3.6).
func TestChatRoom(t *testing.T) {
	play(t, func(s *stage) {
		const join = "<presence from='" + juliet + "' to='verona#stage_81397@conference.easemob.com/Juliet' id='J'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/></x><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></presence>"
		s.client(join)
		s.reads("<iq type='get' to='81397@conference.capulet.lit' id='sdk:3'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "is there such a room?")
		s.serverSays("<iq type='error' id='sdk:3' from='81397@conference.capulet.lit' to='" + balcony + "'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		const fault = "<error code='404' type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>item not found</text></error>"
		s.sees("<presence type='error' from='verona#stage_81397@conference.easemob.com/Juliet' to='"+juliet+"' id='J'><roomtype xmlns='easemob:x:roomtype' type='chatroom'/>"+fault+"</presence>"+
			"<iq type='error' from='verona#stage_81397@conference.easemob.com/Juliet' to='"+juliet+"' id='J'>"+fault+"</iq>", "none")

		s.client(join)
		s.reads("<iq *", "once more")
		s.serverSays("<iq type='result' id='sdk:4' from='81397@conference.capulet.lit' to='" + balcony + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		s.reads("<presence to='81397@conference.capulet.lit/Juliet' id='J'><x xmlns='http://jabber.org/protocol/muc'/></presence>", "it enters")
		s.serverSays(inRoom + "Romeo' to='" + balcony + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>")
		s.sees("<presence from='verona#stage_81397@conference.easemob.com/Romeo' to='"+juliet+"'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></presence>", "who is there")
		s.serverSays(inRoom + "Juliet' to='" + balcony + "' id='J'><status>text</status><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant' jid='" + balcony + "'/><status code='100'/><status code='110'/></x></presence>")
		s.sees("<presence from='verona#stage_81397@conference.easemob.com/Juliet' to='"+juliet+"'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant' jid='"+juliet+"'/></x><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></presence>"+
			"<iq type='result' from='verona#stage_81397@conference.easemob.com/Juliet' to='"+juliet+"' id='J'/>", "no 110, and the answer to what it takes for a request")
		s.serverSays("<message from='81397@conference.capulet.lit/Romeo' to='" + balcony + "' type='groupchat' id='1'><body>hi</body></message>")
		s.sees("<message *</body><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></message>", "said in a chat room")

		s.client("<presence to='verona#stage_81397@conference.easemob.com/Juliet' id='L' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></presence>")
		s.reads("<presence to='81397@conference.capulet.lit/Juliet' type='unavailable' id='L'/>", "it leaves")
		s.serverSays(inRoom + "Juliet' to='" + balcony + "' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none' jid='" + balcony + "'/><status code='110'/></x></presence>")
		s.sees("<presence from='*/Juliet' to='*' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/><status code='110'/></x><roomtype xmlns='easemob:x:roomtype' type='chatroom'/></presence><iq type='result' *id='L'/>", "without an address that would want an actor")
	})
}

// A group, and what happens in it.
func TestGroup(t *testing.T) {
	play(t, func(s *stage) {
		s.client("<presence to='verona#stage_81397@conference.easemob.com/juliet' id='J'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		s.reads("<presence to='81397@conference.capulet.lit/juliet' id='J'><x xmlns='http://jabber.org/protocol/muc'/></presence>", "groups may be made")
		s.serverSays(inRoom + "juliet' to='" + balcony + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/><status code='110'/><status code='201'/></x></presence>")
		s.sees("<presence *<status code='201'/><status code='110'/></x></presence><iq type='result' *", "it looks at the first code")
		s.serverSays(inRoom + "Romeo' to='" + balcony + "' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none' jid='romeo@capulet.lit/o'/></x></presence>")
		s.sees("<presence *type='unavailable'><x *><item affiliation='none' role='none'/></x></presence>", "he has left")
		s.serverSays(inRoom + "Romeo' to='" + balcony + "' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='outcast' role='none' jid='romeo@capulet.lit/o'><reason>out</reason></item><status code='301'/></x></presence>")
		s.sees("<presence *type='unavailable' nick='Romeo'><x *><item affiliation='outcast' role='none' jid='verona#stage_romeo@easemob.com/o'><actor nick=''/><reason>out</reason></item><status code='301'/></x></presence>", "banned, by nobody it knows")
		s.serverSays(inRoom + "juliet' to='" + balcony + "' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none' jid='" + balcony + "'><actor nick='nurse'/></item><status code='110'/><status code='307'/></x></presence>")
		s.sees("<presence *><item affiliation='none' role='none' jid='"+juliet+"'><actor nick='nurse'/></item><status code='307'/><status code='110'/></x></presence>", "kicked")
		s.client("<presence to='verona#stage_81397@conference.easemob.com/juliet' id='K'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		s.serverSays("<presence type='error' from='81397@conference.capulet.lit/juliet' to='" + balcony + "' id='K'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error></presence>")
		s.sees("<presence type='error' *<error code='403' *>no</text></error></presence><iq type='error' *id='K'><error code='403' *", "not let in again")
	})
}
