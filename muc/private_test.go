package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

func private(nick, text string) string {
	return "<message type='chat' to='" + balcony + "/" + nick + "' id='" + text + "'><body>" + text + "</body></message>"
}

// XEP-0045 #privatemessage.
func TestPrivate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		w.clear()
		nurse.send(private("Romeo", "p1"))
		want := "<message type='chat' from='" + balcony + "/Nurse' id='p1'><body>p1</body><x xmlns='" + nsUser + "'/><occupant-id xmlns='" + nsOccupantID + "' id='*'/></message>"
		romeo.wants("#enter-conflict: RECOMMENDED to route to all resources", want)
		garden.wants("#enter-conflict", want)
		juliet.wants("nobody else")
		nurse.wants("nor the sender")
		nurse.refused("who is not there", "item-not-found", private("Paris", "p"))
		nurse.refused("#privatemessage: MUST refuse", "bad-request", strings.Replace(private("Romeo", "p"), "chat", "groupchat", 1))
		w.login("paris@capulet.lit/x").refused("from outside", "not-acceptable", private("Romeo", "p"))
		nurse.send(strings.Replace(private("Romeo", "p"), " type='chat'", "", 1))
		romeo.wants("a normal message", "<message from='"+balcony+"/Nurse'><body>p</body></message>")
		romeo.send(private("romeo ", "self"))
		garden.hears("to oneself, under what is taken for the nick", "<message id='self'/>")
		if n := len(w.disk.said(jidBalcony)); n != 0 {
			t.Errorf("XEP-0313 #business-storeret-muc-archives: %d private messages are kept", n)
		}
	})
}

// muc#roomconfig_allowpm: who may send private messages, by role.
func TestPrivateFrom(t *testing.T) {
	for _, c := range []struct {
		setting                         string
		visitor, participant, moderator string
	}{
		{"anyone", "", "", ""},
		{"participants", "forbidden", "", ""},
		{"moderators", "forbidden", "forbidden", ""},
		{"none", "forbidden", "forbidden", "forbidden"},
	} {
		scene(t, c.setting, func(t *testing.T) {
			_, juliet, romeo, nurse := stage(t, "allowpm", c.setting)
			juliet.answered("", "", juliet.administer("<item nick='Nurse' role='visitor'/>"))
			nurse.refused("a visitor", c.visitor, private("Romeo", "p"))
			romeo.refused("a participant", c.participant, private("Juliet", "p"))
			juliet.refused("a moderator", c.moderator, private("Romeo", "p"))
		})
	}
}

// Who does not want a private message can say so, but nothing else by that way.
func TestPrivateRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "allowpm", "none")
		romeo.send("<message type='error' id='p1' to='" + balcony + "/Nurse'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
			"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>secret</text><x xmlns='urn:x'>secret</x></error><body>secret</body></message>")
		got := strings.Join(nurse.take(), "")
		if !strings.Contains(got, "from='"+balcony+"/Romeo'") || !strings.Contains(got, "not-acceptable") || strings.Contains(got, "secret") || strings.Contains(got, "romeo@") {
			t.Errorf("the nurse: %s", got)
		}
		romeo.send("<message type='error' id='p1' to='" + balcony + "/Nurse'><error type='cancel'><meet-me-at-the-tomb xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
		nurse.hears("a condition that is none", "<message type='error'><error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
		juliet.wants("nobody else")
		w.login("paris@capulet.lit/x").send("<message type='error' to='" + balcony + "/Nurse'/>")
		nurse.wants("nobody from outside")
	})
}
