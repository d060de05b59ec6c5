package muc

import (
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Whatever somebody sends to a room, it does not panic, and what is refused has changed
// nothing and is seen by nobody else.
func FuzzStep(f *testing.F) {
	for _, xml := range []string{
		"<iq type='set' id='a'><query xmlns='" + nsAdmin + "'><item jid='a@b.lit' affiliation='outcast'/></query></iq>",
		"<iq type='set' id='a'><query xmlns='" + nsAdmin + "'><item nick='Romeo' role='none'><reason>x</reason></item></query></iq>",
		"<iq type='get' id='a'><query xmlns='" + nsAdmin + "'><item affiliation='member'/></query></iq>",
		"<iq type='set' id='a'>" + configuration(field(fieldOwners, "a@b.lit")+field(fieldWhois, "anyone")) + "</iq>",
		"<iq type='set' id='a'><query xmlns='" + nsOwner + "'><destroy jid='a@b.lit'><reason>x</reason></destroy></query></iq>",
		"<iq type='set' id='a'>" + registration("Montague") + "</iq>",
		"<iq type='set' id='a'>" + hatCommand("create", field(fieldTitle, "a")+field(fieldURI, "b")) + "</iq>",
		"<iq type='set' id='a'>" + moderation("1", "<retract xmlns='"+nsRetract+"'/>") + "</iq>",
		"<iq type='set' id='a'><vCard xmlns='vcard-temp'><PHOTO><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard></iq>",
		"<iq type='get' id='a'><query xmlns='" + nsInfo + "' node='x-roomuser-item'/></iq>",
		"<message type='groupchat'><subject>x</subject></message>",
		"<message type='groupchat'><body>x</body><retract xmlns='" + nsRetract + "' id='1'/></message>",
		"<message><x xmlns='" + nsUser + "'><invite to='a@capulet.lit'><continue thread='t'/></invite></x></message>",
		"<message><x xmlns='" + nsUser + "'><decline to='a@capulet.lit'/></x></message>",
		"<message>" + voiceRequest + "</message>",
		"<presence><x xmlns='" + NS + "'><history since='x' maxchars='1'/><password>x</password></x></presence>",
		"<presence type='unavailable'><status>x</status></presence>",
	} {
		for who := range byte(3) {
			f.Add(xml, who, "")
			f.Add(xml, who, "Romeo")
		}
	}
	f.Fuzz(func(t *testing.T, xml string, who byte, nick string) {
		st, err := stanza.Parse([]byte(xml))
		if err != nil {
			return
		}
		to := jidBalcony
		if nick != "" {
			if to, err = jidBalcony.WithResource(nick); err != nil {
				return
			}
		}
		synctest.Test(t, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			romeo.send(say(balcony, "one"))
			w.clear()
			before := w.snapshot()
			from := []*client{juliet, romeo, w.login("paris@capulet.lit/x")}[int(who)%3]
			st.To, st.From = to, jid.JID{}
			if _, err := from.session.Route(t.Context(), st); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			answer := strings.Join(from.take(), "")
			if !strings.Contains(answer, "type='error'") || st.Type == stanza.TypeError || st.Kind == stanza.IQ && st.To.IsFull() {
				return
			}
			if strings.Contains(answer, "internal-server-error") {
				t.Errorf("a fault: %s", answer)
			}
			if after := w.snapshot(); after != before {
				t.Errorf("refused: %s\nis  %s\nwas %s", answer, after, before)
			}
			if from != nurse {
				nurse.wants("what is refused is not seen")
			}
		})
	})
}
