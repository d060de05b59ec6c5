package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

const voiceRequest = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" + formVoice + "</value></field><field var='muc#role'><value>participant</value></field></x>"

// grant is the answer of a moderator.
func grant(jid, nick, allow string) string {
	f := "<message to='" + balcony + "'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" + formVoice + "</value></field><field var='muc#role'><value>participant</value></field>"
	if jid != "" {
		f += "<field var='muc#jid'><value>" + jid + "</value></field>"
	}
	return f + "<field var='muc#roomnick'><value>" + nick + "</value></field><field var='muc#request_allow'><value>" + allow + "</value></field></x></message>"
}

// XEP-0045 #requestvoice, #voiceapprove.
func TestVoice(t *testing.T) {
	request := "<message to='" + balcony + "'>" + voiceRequest + "</message>"
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "moderatedroom", "1")
		romeo.send(request)
		juliet.wants("#voiceapprove", "<message from='"+balcony+"'><x xmlns='jabber:x:data' type='form'><title/><field var='FORM_TYPE'><value>"+formVoice+"</value></field>"+
			"<field var='muc#role'><value>participant</value></field><field var='muc#jid'><value>romeo@montague.lit/orchard</value></field>"+
			"<field var='muc#roomnick'><value>Romeo</value></field><field var='muc#request_allow'><value>false</value></field></x></message>")
		nurse.wants("moderators only")
		nurse.refused("not for visitors to give", "forbidden", grant("romeo@montague.lit/orchard", "Romeo", "true"))
		juliet.send(grant("romeo@montague.lit/orchard", "Romeo", "false"))
		juliet.send("<message to='" + balcony + "'><x xmlns='jabber:x:data' type='cancel'><field var='FORM_TYPE'><value>" + formVoice + "</value></field></x></message>")
		nurse.wants("no is no")
		juliet.send(grant("romeo@montague.lit/orchard", "Romeo", "true"))
		nurse.wants("#grantvoice", seen("Romeo", "<item affiliation='none' role='participant'/>"))
		romeo.hears("#grantvoice", seen("Romeo", "<item role='participant'/>"+codes(110)))
		romeo.refused("he has it", "", request)
		juliet.hearsNot("he has it", "muc#request")
		w.login("paris@capulet.lit/x").refused("who is not there", "not-acceptable", request)
		nurse.refused("another role cannot be asked for", "bad-request", strings.Replace(request, "participant", "moderator", 1))
		nurse.refused("nor by a form that asks", "bad-request", strings.Replace(request, "type='submit'", "type='form'", 1))
		juliet.take()
	})
	scene(t, "the nick is another person's by now", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "moderatedroom", "1")
		romeo.send(request, "<presence to='"+balcony+"/Montague'/>")
		nurse.send("<presence to='" + balcony + "/Romeo'/>")
		w.clear()
		juliet.send(grant("romeo@montague.lit/orchard", "Romeo", "true"))
		nurse.wants("who has asked", seen("Montague", "<item role='participant'/>"))
		romeo.send(leave(balcony, "Montague"))
		w.clear()
		juliet.send(grant("romeo@montague.lit/orchard", "Romeo", "true"))
		nurse.wants("and nobody else, if he is gone")
		juliet.send(grant("", "Romeo", "true"))
		nurse.wants("a form without an address means the nick", seen("Romeo", "<item role='participant'/>"+codes(110)))
	})
}
