package daemon

import (
	"fmt"
	"strings"
	"testing"
)

// TestRESTRoomsOfUsers: with a token of his own a user sees what XMPP would show him: a room
// that is not public exists only for those who belong to it (XEP-0045 #enter-hidden), and who
// belongs to a room is for those who do.
func TestRESTRoomsOfUsers(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		add := func(body string) string {
			data, _ := b.ok("POST", "/chatgroups", body)["data"].(map[string]any)
			return fmt.Sprint(data["groupid"])
		}
		hidden := add(`{"groupname":"Plot","public":false,"owner":"juliet","members":["nurse"]}`)
		open := add(`{"groupname":"Masque","public":true,"owner":"juliet"}`)
		romeo, nurse := b.userToken("romeo", "pencil"), b.userToken("nurse", "pencil")
		for _, tt := range []struct {
			who, token   string
			sees, listed bool
		}{{"the app", b.token, true, true}, {"a member", nurse, true, false}, {"a stranger", romeo, false, false}} {
			w := b.send("GET", "/chatgroups/"+hidden, tt.token, "")
			if sees := w.Code == 200 && strings.Contains(w.Body.String(), `"member":"nurse"`); sees != tt.sees || !sees && (w.Code != 404 || strings.Contains(w.Body.String(), "Plot")) {
				t.Errorf("%s: %d %s", tt.who, w.Code, w.Body)
			}
			w = b.send("GET", "/chatgroups?limit=100", tt.token, "")
			if listed := strings.Contains(w.Body.String(), hidden); listed != tt.listed || !strings.Contains(w.Body.String(), open) {
				t.Errorf("%s lists %s", tt.who, w.Body)
			}
		}
		w := b.send("GET", "/chatgroups/"+open, romeo, "")
		if w.Code != 200 || strings.Contains(w.Body.String(), `"owner":"juliet"`) || !strings.Contains(w.Body.String(), `"affiliations_count":1`) {
			t.Errorf("a public one: %d %s", w.Code, w.Body)
		}
	})
}

// TestRESTRoomWhole: a room whose members it cannot have is not made at all.
func TestRESTRoomWhole(t *testing.T) {
	withBackend(t, func(cfg *Config) { cfg.Rooms.Members = 3 }, func(t *testing.T, b *backend) {
		b.ok("POST", "/users", `[{"username":"a","password":"x"},{"username":"b","password":"x"},{"username":"c","password":"x"}]`)
		w := b.send("POST", "/chatgroups", b.token, `{"groupname":"g","owner":"juliet","members":["a","b","c","nurse"]}`)
		if w.Code != 403 {
			t.Errorf("too many: %d %s", w.Code, w.Body)
		}
		if n := fmt.Sprint(b.ok("GET", "/chatgroups", "")["count"]); n != "0" {
			t.Errorf("%s are left", n)
		}
		names := strings.TrimSuffix(strings.Repeat(`"a",`, 2000), ",")
		if w := b.send("POST", "/chatgroups", b.token, `{"groupname":"g","owner":"juliet","members":[`+names+`]}`); w.Code != 400 {
			t.Errorf("2000 names: %d", w.Code)
		}
	})
}
