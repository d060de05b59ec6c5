package daemon

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// TestRESTContactsShow: both sides see a contact that is added as a roster push with the
// subscription both, and see each other's presence; and its end (wire part 6, check 21).
func TestRESTContactsShow(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		b.ok("PUT", "/users/romeo", `{"nickname":"Romeo M."}`)
		juliet, romeo := b.login("juliet@capulet.lit/balcony"), b.login("romeo@capulet.lit/orchard")
		b.ok("POST", "/users/juliet/contacts/users/romeo", "{}")
		juliet.wants("juliet", "jid='romeo@capulet.lit' name='Romeo M.' subscription='both'", "<presence from='romeo@capulet.lit/orchard'")
		romeo.wants("romeo", "jid='juliet@capulet.lit' name='juliet' subscription='both'", "<presence from='juliet@capulet.lit/balcony'")
		b.ok("POST", "/users/romeo/contacts/users/juliet", "junk") // again, and from the other side
		if got := juliet.hears() + romeo.hears(); got != "" {
			t.Errorf("nothing has changed, and yet: %s", got)
		}
		b.ok("DELETE", "/users/romeo/contacts/users/juliet", "")
		juliet.wants("juliet", "jid='romeo@capulet.lit' subscription='remove'", "type='unavailable'")
		romeo.wants("romeo", "jid='juliet@capulet.lit' subscription='remove'", "type='unavailable'")
	})
}

// TestRESTContactsFull: the contact that is one too many changes neither side (seed
// #add-contacts).
func TestRESTContactsFull(t *testing.T) {
	withBackend(t, func(cfg *Config) { cfg.Limits.Roster = 3 }, func(t *testing.T, b *backend) {
		for i := range 3 {
			b.ok("POST", "/users", fmt.Sprintf(`{"username":"c%d","password":"x"}`, i))
			b.ok("POST", fmt.Sprintf("/users/juliet/contacts/users/c%d", i), "")
		}
		for _, path := range []string{"/users/juliet/contacts/users/romeo", "/users/romeo/contacts/users/juliet"} {
			if w := b.send("POST", path, b.token, ""); w.Code < 400 || w.Code > 499 {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
		if n := b.ok("GET", "/users/romeo/contacts/users", "")["count"]; fmt.Sprint(n) != "0" {
			t.Errorf("romeo has %v contacts", n)
		}
		b.ok("POST", "/users/juliet/contacts/users/c0", "") // who is one already is not one too many
	})
}

// TestRESTBlocks: what a blocked user says does not arrive, clients see the list change, and
// the contact stays (wire part 6, check 22).
func TestRESTBlocks(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		juliet, romeo := b.login("juliet@capulet.lit/balcony"), b.login("romeo@capulet.lit/orchard")
		b.ok("POST", "/users/juliet/contacts/users/romeo", "")
		juliet.hears()
		hello := "<message to='juliet@capulet.lit' type='chat'><body>But soft!</body></message>"
		if w := b.send("POST", "/users/juliet/blocks/users", b.token, `{"usernames":["romeo","tybalt"]}`); w.Code != 400 {
			t.Errorf("an unknown name among two: %d", w.Code)
		}
		romeo.say(hello)
		juliet.wants("nobody was blocked", "But soft!")
		b.ok("POST", "/users/juliet/blocks/users", `{"usernames":["ROMEO"]}`)
		juliet.wants("the push", "<block xmlns='urn:xmpp:blocking'><item jid='romeo@capulet.lit'/>")
		romeo.say(hello)
		if got := juliet.hears(); strings.Contains(got, "But soft!") {
			t.Errorf("who is blocked was heard: %s", got)
		}
		if got := b.ok("GET", "/users/juliet/contacts/users", "")["data"]; fmt.Sprint(got) != "[romeo]" {
			t.Errorf("contacts: %v", got)
		}
		b.ok("DELETE", "/users/juliet/blocks/users/romeo", "")
		romeo.say(hello)
		juliet.wants("who is free again", "<unblock", "But soft!")
	})
}

func TestRESTBlocksFull(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		var list []string
		for i := range 500 {
			list = append(list, fmt.Sprintf(`"b%d"`, i))
		}
		for part := range slices.Chunk(list, 50) {
			var users []string
			for _, name := range part {
				users = append(users, `{"username":`+name+`,"password":"x"}`)
			}
			b.ok("POST", "/users", "["+strings.Join(users, ",")+"]")
			b.ok("POST", "/users/juliet/blocks/users", `{"usernames":[`+strings.Join(part, ",")+`]}`)
		}
		if w := b.send("POST", "/users/juliet/blocks/users", b.token, `{"usernames":["romeo"]}`); w.Code < 400 || w.Code > 499 {
			t.Errorf("the 501st: %d %s", w.Code, w.Body)
		}
		b.ok("POST", "/users/juliet/blocks/users", `{"usernames":["b7"]}`)
		if n := b.ok("GET", "/users/juliet/blocks/users", "")["count"]; fmt.Sprint(n) != "500" {
			t.Errorf("%v blocked", n)
		}
	})
}

// TestRESTStatus follows presence (wire part 6, check 23).
func TestRESTStatus(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		is := func(want string) {
			t.Helper()
			if got := b.ok("GET", "/users/juliet/status", "")["data"]; fmt.Sprint(got) != "map[juliet:"+want+"]" {
				t.Errorf("%v instead of %s", got, want)
			}
		}
		is("offline")
		juliet := b.login("juliet@capulet.lit/balcony")
		is("online")
		juliet.say("<presence type='unavailable'/>")
		is("offline")
		juliet.say("<presence><show>away</show></presence>")
		is("online")
		got := b.ok("POST", "/users/batch/status", `{"usernames":["romeo","nobody","JULIET"]}`)["data"]
		if fmt.Sprint(got) != "[map[romeo:offline] map[nobody:offline] map[JULIET:online]]" {
			t.Errorf("batch: %v", got)
		}
		many := strings.Repeat(`"x",`, 100)
		if w := b.send("POST", "/users/batch/status", b.token, `{"usernames":[`+many+`"y"]}`); w.Code != 400 {
			t.Errorf("101 names: %d", w.Code)
		}
		b.ok("POST", "/users", `{"username":"batch","password":"x"}`)
		if got := b.ok("GET", "/users/batch/status", "")["data"]; fmt.Sprint(got) != "map[batch:offline]" {
			t.Errorf("the user batch: %v", got)
		}
	})
}

// TestRESTOffline: messages that wait are counted, and known by their ids, until they are
// delivered (wire part 6, check 24).
func TestRESTOffline(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		romeo := b.login("romeo@capulet.lit/orchard")
		count := func(want int) {
			t.Helper()
			if got := b.ok("GET", "/users/juliet/offline_msg_count", "")["data"]; fmt.Sprint(got) != fmt.Sprintf("map[juliet:%d]", want) {
				t.Errorf("%v instead of %d", got, want)
			}
		}
		is := func(id, want string) {
			t.Helper()
			if got := b.ok("GET", "/users/juliet/offline_msg_status/"+id, "")["data"]; fmt.Sprint(got) != "map["+id+":"+want+"]" {
				t.Errorf("%v instead of %s", got, want)
			}
		}
		count(0)
		for i := range 3 {
			romeo.say(fmt.Sprintf("<message id='m%d' to='juliet@capulet.lit' type='chat'><body>%d</body></message>", i, i))
		}
		count(3)
		is("m1", "undelivered")
		is("m7", "delivered")
		juliet := b.login("juliet@capulet.lit/balcony")
		synctest.Wait()
		count(0)
		is("m1", "delivered")
		_ = juliet
	})
}

// TestRESTDeactivate: who is deactivated is gone at once and is not let in; what is sent to
// her waits (wire part 6, check 25).
func TestRESTDeactivate(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		juliet, romeo := b.login("juliet@capulet.lit/balcony"), b.login("romeo@capulet.lit/orchard")
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", `{"grant_type":"password","username":"Juliet","password":"pencil"}`).Body.String())["access_token"])
		b.ok("POST", "/users/juliet/deactivate", "")
		if synctest.Wait(); juliet.ended != "not-authorized" {
			t.Errorf("her stream ended with %q", juliet.ended)
		}
		if ok, err := (people{b.accounts}).Check(t.Context(), jid.MustParse("juliet@capulet.lit"), "pencil"); ok || err != nil {
			t.Errorf("her password is taken: %v", err)
		}
		if _, err := b.safe.Grant(t.Context(), bridge.UserToken, token); err == nil {
			t.Error("her token is good")
		}
		same(t, "a token for her", b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"pencil"}`), 400, `{"error":"invalid_grant","error_description":"user not activated"}`)
		romeo.say("<message to='juliet@capulet.lit' type='chat'><body>But soft!</body></message>")
		if got := fmt.Sprint(b.ok("GET", "/users/juliet", "")["entities"]); !strings.Contains(got, "activated:false") {
			t.Errorf("she is %s", got)
		}
		b.ok("POST", "/users/juliet/activate", "")
		juliet = b.login("juliet@capulet.lit/balcony")
		_ = juliet
		if got := fmt.Sprint(b.ok("GET", "/users/juliet/offline_msg_count", "")["data"]); got != "map[juliet:0]" {
			t.Errorf("she has not got what waited: %s", got)
		}
	})
}

// TestRESTDisconnect ends streams, but not for a HEAD (wire part 6, check 26).
func TestRESTDisconnect(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		juliet := b.login("juliet@capulet.lit/balcony")
		if w := b.send("HEAD", "/users/juliet/disconnect", b.token, ""); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("HEAD: %d", w.Code)
		}
		if synctest.Wait(); juliet.ended != "" {
			t.Errorf("a HEAD has ended it: %s", juliet.ended)
		}
		b.ok("GET", "/users/juliet/disconnect", "")
		if synctest.Wait(); juliet.ended != "policy-violation" {
			t.Errorf("it ended with %q", juliet.ended)
		}
	})
}

// TestRESTPassword: the old password and tokens are refused, sessions end (wire part 6,
// check 18).
func TestRESTPassword(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		juliet := b.login("juliet@capulet.lit/balcony")
		ask := func(password string) int {
			return b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"`+password+`"}`).Code
		}
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"pencil"}`).Body.String())["access_token"])
		if w := b.send("PUT", "/users/juliet/password", token, `{"newpassword":"quill"}`); w.Code != 400 {
			t.Errorf("by herself without the old one: %d %s", w.Code, w.Body)
		}
		if w := b.send("PUT", "/users/romeo/password", token, `{"newpassword":"quill","oldpassword":"pencil"}`); w.Code != 401 {
			t.Errorf("somebody else's: %d", w.Code)
		}
		if w := b.send("PUT", "/users/juliet/password", b.token, `{}`); w.Code != 400 || !strings.Contains(w.Body.String(), "newpassword is required") {
			t.Errorf("without a new one: %d %s", w.Code, w.Body)
		}
		if w := b.send("PUT", "/users/juliet/password", token, `{"newpassword":"quill","oldpassword":"pencil"}`); w.Code != 200 {
			t.Errorf("by herself: %d %s", w.Code, w.Body)
		}
		if synctest.Wait(); juliet.ended == "" {
			t.Error("her session goes on")
		}
		if w := b.send("PUT", "/users/juliet/password", token, `{"newpassword":"pencil","oldpassword":"quill"}`); w.Code != 401 {
			t.Errorf("by the old token: %d", w.Code)
		}
		if old, fresh := ask("pencil"), ask("quill"); old != 400 || fresh != 200 {
			t.Errorf("the old password: %d, the new one: %d", old, fresh)
		}
	})
}

// TestRESTErasure: with its owner goes the room that nobody else owns; contacts and blocks
// of others lose him (wire part 6, check 17).
func TestRESTErasure(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		romeo := b.login("romeo@capulet.lit/orchard")
		b.ok("POST", "/users/romeo/contacts/users/juliet", "")
		b.ok("POST", "/users/juliet/blocks/users", `{"usernames":["romeo"]}`)
		for _, room := range []string{"balcony", "hall"} {
			romeo.say("<presence to='" + room + "@conference.capulet.lit/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
			romeo.say("<iq type='set' id='1' to='" + room + "@conference.capulet.lit'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" +
				"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query></iq>")
		}
		synctest.Wait()
		romeo.say("<iq type='set' id='2' to='hall@conference.capulet.lit'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='juliet@capulet.lit'/></query></iq>")
		synctest.Wait()
		b.ok("DELETE", "/users/romeo", "")
		rooms, err := b.rooms.Rooms(t.Context(), "conference.capulet.lit", "", 10)
		if err != nil || len(rooms) != 1 || rooms[0].JID.Local() != "hall" {
			t.Errorf("rooms that are left: %v, %v", rooms, err)
		}
		for _, list := range []string{"contacts", "blocks"} {
			if got := fmt.Sprint(b.ok("GET", "/users/juliet/"+list+"/users", "")["data"]); got != "[]" {
				t.Errorf("%s: %s", list, got)
			}
		}
		b.ok("POST", "/users", `{"username":"romeo","password":"x"}`)
		if got := fmt.Sprint(b.ok("GET", "/users/juliet/blocks/users", "")["data"]); got != "[]" {
			t.Errorf("the next romeo is blocked: %s", got)
		}
		if got := fmt.Sprint(b.ok("GET", "/users/juliet/contacts/users", "")["data"]); got != "[]" {
			t.Errorf("the next romeo is her contact: %s", got)
		}
	})
}

// TestRESTNickname shows to XMPP clients as a vCard, while the person has none (seed
// #set-push-nickname).
func TestRESTNickname(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		b.ok("PUT", "/users/juliet", `{"nickname":"J. <3"}`)
		romeo := b.login("romeo@capulet.lit/orchard")
		ask := "<iq type='get' id='v' to='juliet@capulet.lit'><vCard xmlns='vcard-temp'/></iq>"
		romeo.say(ask)
		romeo.wants("her card", "<FN>J. &lt;3</FN>", "<NICKNAME>J. &lt;3</NICKNAME>")
		juliet := b.login("juliet@capulet.lit/balcony")
		juliet.say("<iq type='set' id='v'><vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard></iq>")
		romeo.say(ask)
		if got := romeo.wants("her own card", "<FN>Juliet</FN>"); strings.Contains(got, "NICKNAME") {
			t.Errorf("both: %s", got)
		}
	})
}

// TestRESTPush: do-not-disturb and the display style govern push (seed #set-no-disturbance,
// #set-how-to-display-push-messages).
func TestRESTPush(t *testing.T) {
	withBackend(t, func(cfg *Config) { cfg.REST.Zones = []string{"capulet.lit=Asia/Shanghai"} }, func(t *testing.T, b *backend) {
		romeo, phone := b.login("romeo@capulet.lit/orchard"), b.login("nurse@capulet.lit/app")
		juliet := b.login("juliet@capulet.lit/phone")
		juliet.say("<iq type='set' id='p'><enable xmlns='urn:xmpp:push:0' jid='nurse@capulet.lit/app' node='n'/></iq>")
		juliet.say("<presence type='unavailable'/>")
		juliet.session.Close(t.Context())
		told := func(what string, wants ...string) {
			t.Helper()
			romeo.say("<message to='juliet@capulet.lit' type='chat'><body>But soft!</body></message>")
			synctest.Wait()
			got := phone.hears()
			if len(wants) == 0 && strings.Contains(got, "urn:xmpp:push:0") {
				t.Errorf("%s: she was woken: %s", what, got)
			}
			for _, w := range wants {
				is, wanted := strings.Contains(got, strings.TrimPrefix(w, "!")), !strings.HasPrefix(w, "!")
				if is != wanted {
					t.Errorf("%s: %s in %s", what, w, got)
				}
			}
			for _, id := range strings.Split(got, " id='")[1:] { // the app answers
				id, _, _ = strings.Cut(id, "'")
				phone.say("<iq type='result' to='capulet.lit' id='" + id + "'/>")
			}
			synctest.Wait()
		}
		told("by default", "message-count", "!But soft!", "!romeo@")
		b.ok("PUT", "/users/juliet", `{"notification_display_style":"1"}`)
		told("with details", "message-count", "But soft!", "romeo@")
		b.ok("PUT", "/users/juliet", `{"notification_display_style":0}`)
		told("without details", "message-count", "!But soft!", "romeo@")
		// The clock of the bubble begins at midnight, which is 8 o'clock in Shanghai.
		b.ok("PUT", "/users/juliet", `{"notification_no_disturbing":true,"notification_no_disturbing_start":"8","notification_no_disturbing_end":9}`)
		told("at 8")
		time.Sleep(time.Hour)
		told("at 9", "message-count")
		b.ok("PUT", "/users/juliet", `{"notification_no_disturbing_start":"22","notification_no_disturbing_end":"10"}`)
		told("over midnight")
		b.ok("PUT", "/users/juliet", `{"notification_no_disturbing":"0"}`)
		told("no more", "message-count")
	})
}
