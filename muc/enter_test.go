package muc

import (
	"testing"
	"testing/synctest"
)

// What somebody is told who enters, in the order of XEP-0045 #order.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t, "changesubject", "1")
		romeo.send("<message type='groupchat' to='" + balcony + "'><subject>Light</subject></message>")
		juliet.send(say(balcony, "one"))
		romeo.send("<presence type='unavailable' to='" + balcony + "/Romeo'/>")
		for _, c := range []*client{juliet, romeo, nurse} {
			c.take()
		}
		romeo.send(join(balcony, "Romeo", ""))
		romeo.wants(
			"XEP-0045 #order",
			"<presence from='"+balcony+"/Juliet'><x xmlns='"+nsUser+"'><item affiliation='owner' role='moderator'/></x></presence>",
			"<presence from='"+balcony+"/Nurse'/>",
			"<presence from='"+balcony+"/Romeo'><x xmlns='"+nsUser+"'><item affiliation='none' role='participant'/><status code='110'/></x></presence>",
			"<message type='groupchat' from='"+balcony+"/Juliet' id='one'><body>one</body><delay xmlns='urn:xmpp:delay' from='"+balcony+"'/></message>",
			"<message type='groupchat' from='"+balcony+"/Romeo'><subject>Light</subject></message>",
		)
		juliet.wants("XEP-0045 #enter-pres", "<presence from='"+balcony+"/Romeo'><x xmlns='"+nsUser+"'><item jid='romeo@montague.lit/orchard'/></x></presence>")
	})
}

// Nothing that was said is seen before it is kept, nor what came after it.
func TestKeptFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		w.disk.held = true
		romeo.send(say(balcony, "one"))
		juliet.send("<presence to='" + balcony + "/Juliet'><show>away</show></presence>")
		romeo.wants("one is not on the disk")
		juliet.wants("one is not on the disk")
		w.disk.flush()
		romeo.wants("one is kept", "<message id='one'/>", "<presence from='"+balcony+"/Juliet'><show>away</show></presence>")
	})
}
