package muc

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

var idOf = regexp.MustCompile(` id='([^']*)'`)

// XEP-0045 #bizrules-iq: a request goes to one client and its answer comes back, and
// neither learns who the other is.
func TestRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.send("<iq type='get' id='v.1' to='" + balcony + "/Nurse'><query xmlns='jabber:iq:version'/></iq>")
		got := nurse.take()
		if len(got) != 1 || strings.Contains(got[0], "romeo@") || !strings.Contains(got[0], "from='"+balcony+"/Romeo'") || !strings.Contains(got[0], "<query xmlns='jabber:iq:version'/>") {
			t.Fatalf("the nurse: %q", got)
		}
		id := idOf.FindStringSubmatch(got[0])[1]
		answer := "<iq type='result' id='" + id + "' to='" + balcony + "/Romeo'><query xmlns='jabber:iq:version'><name>Garden</name></query></iq>"
		juliet.send(answer)
		w.login("paris@capulet.lit/x").send(answer)
		romeo.wants("nobody else can answer")
		romeo.send("<presence to='" + balcony + "/Montague'/>")
		w.clear()
		nurse.send(answer)
		romeo.wants("the answer, under whatever nick", "<iq type='result' id='v.1' from='"+balcony+"/Nurse'><query xmlns='jabber:iq:version'><name>Garden</name></query></iq>")
		nurse.send("<iq type='error' id='" + id + "' to='" + balcony + "/Romeo'><error type='cancel' by='nurse@capulet.lit'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
			"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>nurse@capulet.lit does not know</text></error></iq>")
		if got := strings.Join(romeo.take(), ""); !strings.Contains(got, "feature-not-implemented") || strings.Contains(got, "nurse@") {
			t.Errorf("an error: %s", got)
		}
		for _, wrong := range []string{"", "x", ".", "..", "a.b", id + ".", strings.Repeat(".", 100)} {
			nurse.send("<iq type='result' id='" + wrong + "' to='" + balcony + "/Romeo'/>")
		}
		if got := romeo.take(); len(got) > 1 { // id+"." is the answer to v.1.
			t.Errorf("answers to nothing: %q", got)
		}
		nurse.wants("a response is never answered")
	})
}

// Who may ask whom, and what: XEP-0045 #disco-occupant, XEP-0410 #serveroptimization.
func TestRelayErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		paris := w.login("paris@capulet.lit/x")
		ping := "<ping xmlns='" + nsPing + "'/>"
		w.clear()
		paris.answered("#disco-occupant", "bad-request", paris.ask("get", balcony+"/Romeo", "<query xmlns='"+nsInfo+"'/>"))
		paris.answered("#disco-occupant", "bad-request", paris.ask("get", balcony+"/Romeo", "<query xmlns='"+nsItems+"'/>"))
		paris.answered("XEP-0410: not joined", "not-acceptable", paris.ask("get", balcony+"/Romeo", ping))
		paris.answered("where there is no room", "not-acceptable", paris.ask("get", "nowhere@conference.capulet.lit/Paris", ping))
		romeo.answered("XEP-0410: joined", "", romeo.ask("get", balcony+"/Romeo", ping))
		romeo.answered("a nick he does not have", "item-not-found", romeo.ask("get", balcony+"/Montague", ping))
		romeo.answered("#ping of the room", "", romeo.ask("get", balcony, ping))
		garden.wants("nothing was passed on")
		juliet.wants("nothing was passed on")
		romeo.send(leave(balcony, "Romeo"))
		romeo.take()
		romeo.answered("XEP-0410: this session is not joined", "not-acceptable", romeo.ask("get", balcony+"/Romeo", ping))
		garden.answered("XEP-0410: the other is", "", garden.ask("get", balcony+"/Romeo", ping))
	})
}

// A vCard is asked for at the account, and nobody else can answer for it.
func TestRelayAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, romeo, nurse := stage(t)
		got := romeo.ask("get", balcony+"/Nurse", "<vCard xmlns='vcard-temp'/>")
		romeo.answered("nobody serves vCards in this world", "service-unavailable", got)
		if strings.Contains(got, "nurse@") || !strings.Contains(got, "from='"+balcony+"/Nurse'") {
			t.Error(got)
		}
		nurse.wants("it is not for a client")
	})
}

// Whoever is asked may be gone: there is an answer.
func TestRelayGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, romeo, nurse := stage(t)
		nurse.session.Close(t.Context())
		got := romeo.ask("get", balcony+"/Nurse", "<query xmlns='jabber:iq:version'/>")
		romeo.answered("gone", "service-unavailable", got)
		if strings.Contains(got, "nurse@") {
			t.Error(got)
		}
	})
}
