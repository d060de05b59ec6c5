package muc

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// XEP-0045 #message: who may speak to all, and what they get.
func TestGroupchat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		w.clear()
		romeo.send("<message type='groupchat' to='" + balcony + "' id='m1' xml:lang='en'><body>hark</body><thread>t</thread><html xmlns='http://jabber.org/protocol/xhtml-im'/></message>")
		for name, c := range map[string]*client{"juliet": juliet, "romeo": romeo, "garden": garden, "nurse": nurse} {
			c.wants(name, "<message type='groupchat' from='"+balcony+"/Romeo' id='m1' xml:lang='en'><body>hark</body><thread>t</thread>"+
				"<html xmlns='http://jabber.org/protocol/xhtml-im'/><occupant-id xmlns='"+nsOccupantID+"' id='*'/><stanza-id xmlns='"+nsStanzaIDs+"' by='"+balcony+"' id='1'/></message>")
		}
		paris := w.login("paris@capulet.lit/x")
		paris.refused("who is not there", "not-acceptable", say(balcony, "hark"))
		w.login("juliet@capulet.lit/tomb").refused("not even an owner", "not-acceptable", say(balcony, "hark"))
		paris.refused("where there is no room", "item-not-found", say("nowhere@conference.capulet.lit", "hark"))
		romeo.refused("#privatemessage: not to one of them", "bad-request", say(balcony+"/Nurse", "hark"))
		romeo.refused("what is not for all", "bad-request", "<message type='chat' to='"+balcony+"'><body>hark</body></message>")
		paris.refused("from outside", "not-acceptable", "<message to='"+balcony+"'><body>hark</body></message>")
		juliet.answered("#revokevoice", "", juliet.administer("<item nick='Romeo' role='visitor'/>"))
		w.clear()
		romeo.refused("without a voice", "forbidden", say(balcony, "hark"))
		garden.refused("nor by the other session", "forbidden", say(balcony, "hark"))
		nurse.wants("nothing of all that was heard")
		if n := len(w.disk.said(jidBalcony)); n != 1 {
			t.Errorf("%d messages are kept", n)
		}
	})
}

// What only the room may say is taken out of what clients send: XEP-0045
// #bizrules-presence, XEP-0421 #rules, XEP-0359 #rules.
func TestForged(t *testing.T) {
	forged := []string{
		"<x xmlns='" + nsUser + "'><item affiliation='owner' role='moderator' jid='forged@evil.lit/x'/><status code='307'/></x>",
		"<x xmlns='" + nsUser + "'><invite from='forged@evil.lit'/></x>",
		"<m:x xmlns:m='" + nsUser + "'><m:item jid='forged@evil.lit/x'/></m:x>",
		"<x xmlns='" + NS + "'><password>forged</password></x>",
		"<query xmlns='" + nsAdmin + "'><item jid='forged@evil.lit'/></query>",
		"<query xmlns='" + nsOwner + "'><destroy jid='forged@evil.lit'/></query>",
		"<occupant-id xmlns='" + nsOccupantID + "' id='forged'/>",
		"<stanza-id xmlns='" + nsStanzaIDs + "' by='" + balcony + "' id='forged'/>",
		"<stanza-id xmlns='" + nsStanzaIDs + "' by='BALCONY@conference.capulet.lit' id='forged'/>",
		"<hats xmlns='" + nsHats + "'><hat title='Prince' uri='forged'/></hats>",
		"<delay xmlns='" + nsDelay + "' from='" + balcony + "' stamp='1597-01-01T00:00:00Z'>forged</delay>",
		"<addresses xmlns='" + nsAddresses + "'><address type='ofrom' jid='forged@evil.lit'/></addresses>",
	}
	honest := "<stanza-id xmlns='" + nsStanzaIDs + "' by='romeo@montague.lit' id='own'/><origin-id xmlns='" + nsStanzaIDs + "' id='o1'/>"
	for _, f := range forged {
		scene(t, f, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			body := "<body>hark</body>" + f + honest
			check := func(why string, c *client, want string) {
				t.Helper()
				got := c.take()
				all := strings.Join(got, "")
				if len(got) != 1 || strings.Contains(all, "forged") || !strings.Contains(all, want) {
					t.Errorf("%s: %q", why, got)
				}
				if n := strings.Count(all, "<occupant-id "); n != 1 {
					t.Errorf("%s: %d ids: %s", why, n, all)
				}
			}
			romeo.send("<message type='groupchat' to='" + balcony + "'>" + body + "</message>")
			check("#message", nurse, "<origin-id xmlns='"+nsStanzaIDs+"' id='o1'/>")
			romeo.send("<message type='chat' to='" + balcony + "/Nurse'>" + body + "</message>")
			check("#privatemessage", nurse, "id='own'")
			romeo.send("<message type='groupchat' to='" + balcony + "'><subject>s</subject>" + f + "</message>")
			if strings.Contains(f, "<delay") {
				nurse.take()
			}
			w.clear()
			if !strings.Contains(f, "xmlns='"+NS+"'") {
				romeo.send("<presence to='" + balcony + "/Romeo'><status>s</status>" + f + "</presence>")
				check("#changepres", nurse, "<status>s</status>")
				romeo.take()
			}
			romeo.send("<presence to='" + balcony + "/Montague'><status>s</status>" + f + "</presence>")
			nurse.hearsNot("#changenick", "forged")
			romeo.send("<presence type='unavailable' to='" + balcony + "/Montague'><status>s</status>" + f + "</presence>")
			check("#exit", nurse, "<status>s</status>")
			romeo.send("<presence to='" + balcony + "/Romeo'><x xmlns='" + NS + "'/>" + f + "</presence>")
			check("#enter", nurse, "/Romeo")
			for _, s := range w.disk.said(jidBalcony) {
				if strings.Contains(string(s.XML), "forged") {
					t.Errorf("archive: %s", s.XML)
				}
			}
			juliet.take()
		})
	}
}

// XEP-0045 #subject-mod, #enter-subject.
func TestSubject(t *testing.T) {
	subject := func(inside string) string {
		return "<message type='groupchat' to='" + balcony + "' id='s'>" + inside + "</message>"
	}
	scene(t, "who may", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.refused("by default a moderator only", "forbidden", subject("<subject>Light</subject>"))
		juliet.take()
		juliet.send(subject("<subject>Light</subject><subject xml:lang='it'>Luce</subject>"))
		nurse.wants("#subject-mod", "<message type='groupchat' from='"+balcony+"/Juliet' id='s'><subject>Light</subject><subject xml:lang='it'>Luce</subject></message>")
		juliet.configure(balcony, "changesubject", "1")
		juliet.answered("", "", juliet.administer("<item nick='Nurse' role='visitor'/>"))
		w.clear()
		nurse.send(subject("<subject>Bed</subject>"))
		romeo.wants("any occupant if the owner says so", "<message from='"+balcony+"/Nurse'><subject>Bed</subject></message>")
		paris := w.login("paris@capulet.lit/x")
		paris.refused("who is not there never", "not-acceptable", subject("<subject>Death</subject>"))
		paris.send(join(balcony, "Paris", ""))
		got := paris.take()
		if last := got[len(got)-1]; !strings.Contains(last, ">Bed</subject>") || !strings.Contains(last, "<delay xmlns='urn:xmpp:delay' from='"+balcony+"'") ||
			!strings.Contains(last, "<occupant-id ") {
			t.Errorf("#enter-subject: %s", last)
		}
	})
	scene(t, "what is one", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		juliet.send(subject("<subject>Light</subject>"))
		for _, none := range []string{"<subject>A</subject><body>b</body>", "<subject>A</subject><thread>t</thread>"} {
			juliet.send(subject(none))
			romeo.refused("said by all who have a voice", "", subject(none))
		}
		w.inside(func(r *room) {
			if got := subjectText(r.Subject.XML); got != "Light" {
				t.Errorf("subject is %q", got)
			}
		})
		juliet.send(subject("<subject/>"))
		w.inside(func(r *room) {
			if got := subjectText(r.Subject.XML); got != "" || r.Subject.XML == nil {
				t.Errorf("subject is %q", got)
			}
		})
		w.clear()
		juliet.refused("too long", "not-acceptable", subject("<subject>"+strings.Repeat("x", 5000)+"</subject>"))
		romeo.wants("is not heard")
		if k := w.disk.rooms[jidBalcony]; subjectText(k.record.Subject.XML) != "" || k.record.Subject.From.Resource() != "Juliet" {
			t.Errorf("kept: %+v", k.record.Subject)
		}
	})
}

// What is archived, by XEP-0313 #business-storeret-muc-archives and XEP-0334.
func TestWorthKeeping(t *testing.T) {
	for _, c := range []struct {
		inside string
		kept   bool
		told   bool // to who enters
	}{
		{"<body>a</body>", true, true},
		{"<subject>a</subject>", true, false},
		{"<active xmlns='http://jabber.org/protocol/chatstates'/>", false, false},
		{"<body>a</body><no-store xmlns='urn:xmpp:hints'/>", false, false},
		{"<body>a</body><no-permanent-store xmlns='urn:xmpp:hints'/>", false, false},
		{"<store xmlns='urn:xmpp:hints'/>", true, false},
		{"<reactions xmlns='urn:xmpp:reactions:0' id='1'/>", true, false},
		{"<encrypted xmlns='eu.siacs.conversations.axolotl'/>", true, true},
		{"<encrypted xmlns='urn:xmpp:omemo:2'/>", true, true},
		{"<received xmlns='urn:xmpp:receipts' id='1'/>", false, false},
	} {
		scene(t, c.inside, func(t *testing.T) {
			w, juliet, _, nurse := stage(t)
			juliet.send("<message type='groupchat' to='" + balcony + "' id='m'>" + c.inside + "</message>")
			got := strings.Join(nurse.take(), "")
			if has := strings.Contains(got, "<stanza-id "); has != c.kept || !strings.Contains(got, "id='m'") {
				t.Errorf("told: %s", got)
			}
			if kept := len(w.disk.said(jidBalcony)) == 1; kept != c.kept {
				t.Errorf("kept: %v", kept)
			}
			paris := w.login("paris@capulet.lit/x")
			paris.send(join(balcony, "Paris", ""))
			if told := strings.Contains(strings.Join(paris.take(), ""), "<delay xmlns='urn:xmpp:delay' from='"+balcony+"'") && !strings.Contains(c.inside, "subject"); told != c.told {
				t.Errorf("told to who enters: %v", told)
			}
		})
	}
}

// Nobody makes more noise than he may, and who does disturbs himself only.
func TestRate(t *testing.T) {
	for _, c := range []struct{ name, xml string }{
		{"#message", say(balcony, "x")},
		{"#privatemessage", "<message type='chat' to='" + balcony + "/Nurse'><body>x</body></message>"},
		{"#changepres", "<presence to='" + balcony + "/Romeo'><status>x</status></presence>"},
		{"#enter-muc", join(balcony, "Romeo", "")},
		{"#bizrules-iq", "<iq type='get' id='x' to='" + balcony + "/Nurse'><query xmlns='jabber:iq:version'/></iq>"},
		{"#invite-mediated", "<message to='" + balcony + "'><x xmlns='" + nsUser + "'><invite to='paris@capulet.lit'/></x></message>"},
		{"#requestvoice", "<message to='" + balcony + "'>" + voiceRequest + "</message>"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w := newWorld(t, func(cfg *Config) { cfg.Limits.Rate, cfg.Limits.Burst = 1, 5 })
			juliet, romeo, nurse := w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard"), w.login("nurse@capulet.lit/kitchen")
			juliet.enter(balcony, "Juliet")
			juliet.configure(balcony, "moderatedroom", "1")
			juliet.affiliate("nurse@capulet.lit", "member")
			romeo.enter(balcony, "Romeo")
			nurse.enter(balcony, "Nurse")
			if c.name != "#requestvoice" {
				juliet.answered("", "", juliet.administer("<item nick='Romeo' role='participant'/>"))
			}
			for i := range 5 {
				romeo.refused("one of five", "", c.xml)
				_ = i
			}
			romeo.refused("one too many", "policy-violation", c.xml)
			nurse.refused("others", "", say(balcony, "hm"))
			time.Sleep(time.Second)
			romeo.refused("after a second", "", c.xml)
		})
	}
}
