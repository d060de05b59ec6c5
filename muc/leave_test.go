package muc

import (
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// XEP-0045 #exit: who leaves is told first, then the others, with what he said.
func TestExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.send("<presence type='unavailable' to='" + balcony + "/Romeo'><status>parting</status></presence>")
		romeo.wants("#exit", "<presence type='unavailable' from='"+balcony+"/Romeo'><status>parting</status><x xmlns='"+nsUser+"'><item affiliation='none' role='none'/>"+codes(110)+"</x></presence>")
		juliet.wants("a moderator", "<presence type='unavailable' from='"+balcony+"/Romeo'><status>parting</status><x xmlns='"+nsUser+"'><item jid='romeo@montague.lit/orchard' role='none'/></x></presence>")
		nurse.hearsNot("others", "romeo@", "code='110'")
		romeo.send(leave(balcony, "Romeo"))
		romeo.wants("#bizrules-presence: MUST silently ignore")
		romeo.refused("he is not there any more", "not-acceptable", say(balcony, "hark"))
		if w.inRoom("romeo@montague.lit/orchard") {
			t.Error("he is still there")
		}
	})
}

// Who leaves under a nick that he has not any more, as servers do for clients that are
// gone, leaves.
func TestExitOldNick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, romeo, nurse := stage(t)
		romeo.send("<presence to='" + balcony + "/Montague'/>")
		w.clear()
		romeo.send(leave(balcony, "Romeo"))
		nurse.wants("under the nick he has", gone("Montague", "<item role='none'/>"))
	})
}

// Two sessions under one nick: when one leaves the others see the presence of the other.
func TestExitOneOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		garden.send("<presence to='" + balcony + "/Romeo'><show>away</show></presence>")
		w.clear()
		garden.send(leave(balcony, "Romeo"))
		garden.wants("who leaves", gone("Romeo", "<item jid='romeo@montague.lit/garden' role='none'/>"+codes(110)))
		nurse.wants("he has not gone", seen("Romeo", "<item role='participant'/>"))
		juliet.wants("but is somewhere else", seen("Romeo", "<item jid='romeo@montague.lit/orchard'/>"))
		romeo.wants("his other client knows that, too", seen("Romeo", codes(110)))
		juliet.send(say(balcony, "one"))
		romeo.wants("who is there hears", "<message id='one'/>")
		garden.wants("who left does not")
	})
}

// XEP-0045 #exit: a temporary room goes with the last, a persistent one stays; a new one
// under its name has nothing of the old one.
func TestLastLeaves(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		scene(t, map[bool]string{false: "temporary", true: "persistent"}[persistent], func(t *testing.T) {
			flag := map[bool]string{false: "0", true: "1"}[persistent]
			w, juliet, romeo, nurse := stage(t, "persistentroom", flag, "roomname", "Balcony")
			juliet.affiliate("romeo@montague.lit", "outcast")
			juliet.send(say(balcony, "one"), leave(balcony, "Juliet"))
			nurse.send(leave(balcony, "Nurse"))
			if _, kept := w.disk.rooms[jidBalcony]; kept != persistent {
				t.Errorf("kept: %v", kept)
			}
			if len(w.rooms.rooms) != 0 {
				t.Error("an empty room is in memory")
			}
			w.clear()
			nurse.send(join(balcony, "Nurse", ""))
			if persistent {
				nurse.hears("the room of before", seen("Nurse", "<item affiliation='none' role='participant'/>"+codes(110)), "<message><body>one</body></message>")
				romeo.refused("still banned", "forbidden", join(balcony, "Romeo", ""))
				return
			}
			nurse.wants("a new room", seen("Nurse", "<item affiliation='owner'/>"+codes(110, 201)), "<message><subject/></message>")
			nurse.configure(balcony)
			romeo.refused("who was banned from another room", "", join(balcony, "Romeo", ""))
		})
	}
}

// XEP-0045 #impl-service-ghosts, #service-error-kick: whom nothing reaches is not there.
func TestGhost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.session.Close(t.Context()) // no service of presence here says that he is gone
		juliet.send(say(balcony, "one"))
		nurse.wants("#service-error-kick", "<message id='one'/>", gone("Romeo", "<item role='none'/>"+codes(333)))
		juliet.wants("without the code of a kick", "<message id='one'/>", gone("Romeo", codes(333)))
		if w.inRoom("romeo@montague.lit/orchard") {
			t.Error("a ghost")
		}
	})
	for _, c := range []struct {
		condition string
		gone      bool
	}{
		{"gone", true},
		{"item-not-found", true},
		{"recipient-unavailable", true},
		{"redirect", true},
		{"remote-server-not-found", true},
		{"remote-server-timeout", true},
		{"service-unavailable", false}, // he is there, and blocks somebody
		{"policy-violation", false},
		{"not-acceptable", false},
		{"anything-else", false},
	} {
		scene(t, c.condition, func(t *testing.T) {
			w, _, romeo, _ := stage(t)
			romeo.send("<message type='error' to='" + balcony + "/Juliet'><error type='cancel'><" + c.condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
			if is := w.inRoom("romeo@montague.lit/orchard"); is == c.gone {
				t.Errorf("in the room: %v", is)
			}
			if c.gone {
				romeo.wants("who is taken for gone is told", gone("Romeo", codes(110, 333)))
			}
		})
	}
}

// An error that comes from outside, or for the fault of another, has nobody removed.
func TestFaultOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		paris := w.login("paris@capulet.lit/x")
		for _, to := range []string{balcony, balcony + "/Romeo", balcony + "/Nobody"} {
			for _, kind := range []string{"message", "presence", "iq"} {
				paris.send("<" + kind + " type='error' id='x' to='" + to + "'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" + kind + ">")
			}
			romeo.send("<iq type='error' id='x' to='" + to + "'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		}
		paris.wants("an error is never answered")
		juliet.wants("nobody is disturbed")
		if !w.inRoom("romeo@montague.lit/orchard") {
			t.Error("he was removed")
		}
	})
}

// muc#roomconfig_presencebroadcast: those whose presence is not told are not seen to come
// or go, and who gets such a role is gone for the others.
func TestInvisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "moderatedroom", "1", "presencebroadcast", "moderator,participant")
		w.inside(func(r *room) {
			if r.byNick["romeo"].role != Visitor {
				t.Fatal("he is no visitor")
			}
		})
		romeo.send("<presence to='" + balcony + "/Romeo'><show>away</show></presence>")
		romeo.wants("he sees himself", seen("Romeo", codes(110)))
		juliet.wants("nobody else does")
		paris := w.login("paris@capulet.lit/x")
		paris.send(join(balcony, "Paris", ""))
		paris.hearsNot("nor who enters", "/Romeo")
		juliet.wants("nor is he who enters seen")
		paris.send("<presence to='"+balcony+"/Count'/>", leave(balcony, "Count"))
		juliet.wants("nor under another nick, nor leaving")
		if got := juliet.ask("get", balcony, "<query xmlns='"+nsItems+"'/>"); condition(got) != "" || len(got) == 0 {
			t.Error(got)
		}
		juliet.answered("#grantvoice", "", juliet.administer("<item nick='Romeo' role='participant'/>"))
		nurse.wants("now he is there", seen("Romeo", "<item role='participant'/>"))
		juliet.answered("#revokevoice", "", juliet.administer("<item nick='Romeo' role='visitor'/>"))
		nurse.wants("and now he is not", gone("Romeo", ""))
		romeo.hears("he is told what he is", seen("Romeo", "<item role='visitor'/>"+codes(110)))
		juliet.take()
		romeo.send(leave(balcony, "Romeo"))
		nurse.wants("he went before")
		juliet.configure(balcony, "presencebroadcast", "moderator,participant,visitor")
		juliet.hears("another setting shows those who are there", seen("Nurse", "<item role='visitor'/>"))
		juliet.configure(balcony, "presencebroadcast", "moderator")
		juliet.hears("and hides them", gone("Nurse", ""))
		nurse.hearsNot("but not from themselves", "unavailable")
	})
}

// What a fault within a room does: all are told, and the room is read again.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t, "persistentroom", "1")
		_, err := w.rooms.at(t.Context(), jidBalcony, jid.JID{}, false, func(r *room, tn *turn) error {
			r.Settings.Name = "broken"
			panic("a fault")
		})
		if err == nil {
			t.Error("no error")
		}
		juliet.wants("all leave", gone("Juliet", "<item affiliation='none' role='none'/>"+codes(110, 333)))
		romeo.take()
		romeo.send(join(balcony, "Romeo", ""))
		romeo.hears("and may come back", seen("Romeo", codes(110)))
		w.inside(func(r *room) {
			if r.Settings.Name != "" || !r.Settings.Persistent {
				t.Errorf("%+v", r.Settings)
			}
		})
	})
}
