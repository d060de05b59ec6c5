package muc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

const service = "conference.capulet.lit"

// XEP-0045 #disco-service-features, #disco-rooms, with XEP-0059.
func TestService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Limits.Rooms = 1000 })
		juliet := w.login("juliet@capulet.lit/chamber")
		info := juliet.ask("get", service, "<query xmlns='"+nsInfo+"'/>")
		for _, want := range []string{"<identity category='conference' type='text'", "var='" + NS + "'", "var='" + NS + "#stable_id'", "var='" + nsOccupantID + "'", "var='vcard-temp'", "var='http://jabber.org/protocol/rsm'"} {
			if !strings.Contains(info, want) {
				t.Errorf("#disco-service-features: %s is not in %s", want, info)
			}
		}
		for i := range 250 {
			name := fmt.Sprintf("room%03d@%s", i, service)
			juliet.send(join(name, "J", ""))
			public := map[bool]string{true: "1", false: "0"}[i != 7]
			juliet.configure(name, "publicroom", public, "roomname", fmt.Sprintf("Room &lt;%d&gt;", i))
		}
		w.clear()
		var all []string
		for after, pages := "", 0; ; pages++ {
			set := "<set xmlns='http://jabber.org/protocol/rsm'><max>100</max>" + after + "</set>"
			got := juliet.ask("get", service, "<query xmlns='"+nsItems+"'>"+set+"</query>")
			items := strings.Split(got, "<item ")[1:]
			if len(items) == 0 {
				break
			}
			for _, item := range items {
				all = append(all, strings.Split(item, "'")[1])
			}
			after = "<after>" + all[len(all)-1] + "</after>"
			if pages > 5 {
				t.Fatal("pages without end")
			}
			if len(items) == 100 && !strings.Contains(got, "<last>"+all[len(all)-1]+"</last>") {
				t.Errorf("XEP-0059: %s", got[len(got)-200:])
			}
		}
		if len(all) != 249 || !slices.IsSorted(all) || slices.Contains(all, "room007@"+service) {
			t.Errorf("#disco-rooms: %d rooms", len(all))
		}
		if got := juliet.ask("get", service, "<query xmlns='"+nsItems+"'/>"); strings.Count(got, "<item ") != 100 || !strings.Contains(got, "name='Room &lt;0&gt;'") || !strings.Contains(got, "<set xmlns='http://jabber.org/protocol/rsm'>") {
			t.Errorf("#disco-rooms: %d items", strings.Count(got, "<item "))
		}
		for _, c := range []struct{ why, want, payload string }{
			{"another node", "item-not-found", "<query xmlns='" + nsInfo + "' node='x'/>"},
			{"another node", "item-not-found", "<query xmlns='" + nsItems + "' node='x'/>"},
			{"backwards", "feature-not-implemented", "<query xmlns='" + nsItems + "'><set xmlns='http://jabber.org/protocol/rsm'><before/></set></query>"},
			{"no such page", "item-not-found", "<query xmlns='" + nsItems + "'><set xmlns='http://jabber.org/protocol/rsm'><after>x@elsewhere.lit</after></set></query>"},
			{"another namespace", "service-unavailable", "<query xmlns='jabber:iq:roster'/>"},
		} {
			juliet.answered(c.why, c.want, juliet.ask("get", service, c.payload))
		}
	})
}

// XEP-0045 #disco-roominfo, #disco-roomitems, #impl-service-traffic.
func TestRoomInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t, "roomname", "The Balcony", "roomdesc", "of Juliet's", "lang", "it")
		paris := w.login("paris@capulet.lit/x")
		info := func(c *client) string { return c.ask("get", balcony, "<query xmlns='"+nsInfo+"'/>") }
		has := func(why string, is bool, texts ...string) {
			t.Helper()
			got := info(paris)
			for _, text := range texts {
				if strings.Contains(got, text) != is {
					t.Errorf("%s: %s in it is not %v: %s", why, text, is, got)
				}
			}
		}
		juliet.send("<message type='groupchat' to='" + balcony + "'><subject>Light</subject></message>")
		has("open", true, "name='The Balcony'", "muc_hidden", "muc_temporary", "muc_open", "muc_unmoderated", "muc_semianonymous", "muc_unsecured",
			"#self-ping-optimization", "#stable_id", nsArchive, nsModerate, nsRetract+"#tombstone", "muc#roominfo_description", "of Juliet's", ">Light<", "muc#roominfo_occupants", "<value>3</value>", "<value>it</value>")
		juliet.configure(balcony, "publicroom", "1", "persistentroom", "1", "moderatedroom", "1", "whois", "anyone", "enablelogging", "0")
		has("configured", true, "muc_public", "muc_persistent", "muc_moderated", "muc_nonanonymous")
		has("what does not work is not said", false, nsArchive, nsModerate, nsRetract, "muc_hidden", "muc_temporary")
		juliet.configure(balcony, "roomsecret", "pomegranate")
		has("#security-leaks", false, "Light")
		has("protected", true, "muc_passwordprotected")
		juliet.configure(balcony, "passwordprotectedroom", "0", "membersonly", "1")
		has("#security-leaks", false, "Light")
		has("for members", true, "muc_membersonly")
		juliet.configure(balcony, "membersonly", "0")
		romeo.refused("back", "", join(balcony, "Romeo", ""))
		items := "<query xmlns='" + nsItems + "'/>"
		if got := paris.ask("get", balcony, items); strings.Contains(got, "<item") || condition(got) != "" {
			t.Errorf("#disco-roomitems: %s", got)
		}
		if got := romeo.ask("get", balcony, items); strings.Count(got, "<item ") != 2 || !strings.Contains(got, "jid='"+balcony+"/Juliet'") {
			t.Errorf("#disco-roomitems: %s", got)
		}
		for _, c := range []struct{ why, want, payload string }{
			{"#impl-service-traffic", "service-unavailable", "<query xmlns='" + nsInfo + "' node='" + NS + "#traffic'/>"},
			{"another node", "item-not-found", "<query xmlns='" + nsInfo + "' node='x'/>"},
			{"another node", "item-not-found", "<query xmlns='" + nsItems + "' node='x'/>"},
			{"another element", "feature-not-implemented", "<list xmlns='" + nsInfo + "'/>"},
			{"another namespace", "service-unavailable", "<query xmlns='jabber:iq:roster'/>"},
		} {
			paris.answered(c.why, c.want, paris.ask("get", balcony, c.payload))
		}
		paris.answered("RFC 6120 §8.3.3.3", "feature-not-implemented", paris.ask("set", balcony, items))
		paris.answered("where there is no room", "item-not-found", paris.ask("get", "nowhere@"+service, items))
		if n := len(w.rooms.rooms); n != 1 {
			t.Errorf("%d rooms are alive: a question keeps none", n)
		}
	})
}
