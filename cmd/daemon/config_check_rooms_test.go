package daemon

import (
	"reflect"
	"strings"
	"testing"

	"causeway/muc"
)

func TestRoomFaults(t *testing.T) {
	for _, tt := range []struct{ hosts, text, want string }{
		{"'capulet.lit'", "service = 'a.b'", `rooms.service: "a.b" is not a label`},
		{"'capulet.lit'", "service = 'a b'", `rooms.service: "a b" is not a label`},
		{"'capulet.lit'", "service = 'a@b'", `rooms.service: "a@b" is not a label`},
		{"'capulet.lit'", "service = 'upload'", "rooms.service: upload.capulet.lit is where people of capulet.lit upload files"},
		{"'capulet.lit', 'conference.capulet.lit'", "", "hosts: conference.capulet.lit is where the rooms of capulet.lit are"},
		{"'capulet.lit', 'chat.capulet.lit'", "service = 'Chat'", "hosts: chat.capulet.lit is where the rooms of capulet.lit are"},
		{"'capulet.lit'", "creators = 'me'", `rooms.creators: "me" is not local, anyone or admins`},
		{"'capulet.lit'", "whois = 'nobody'", `rooms.whois: "nobody" is not moderators or anyone`},
		{"'capulet.lit'", "rate = 0", "rooms.rate: 0 is too small; at least 1, or -1"},
		{"'capulet.lit'", "occupants = -1", "rooms.occupants: -1 is too small; at least 1"},
		{"'capulet.lit', 'conference.capulet.lit'", "service = ''\nrate = -1", ""},
		{"'capulet.lit'", "service = 'upload'\n[upload]\nenabled = false", ""},
	} {
		_, _, err := load(writeFile(t, "causeway.toml", "hosts = ["+tt.hosts+"]\n[rooms]\n"+tt.text), nil, nil)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s, %s: %v, want %q", tt.hosts, tt.text, err, tt.want)
		}
	}
}

// The defaults of the configuration are those of rooms, and each key has its place.
func TestRoomSettings(t *testing.T) {
	c := Default()
	if got := c.Rooms.settings(); got != muc.DefaultSettings() {
		t.Errorf("new rooms are %+v, without a configuration %+v", got, muc.DefaultSettings())
	}
	other := RoomsConfig{
		PerPerson: 1, Occupants: 2, Members: 3, History: 4, NickBytes: 5, TextBytes: 6, VCardBytes: 7, Hats: 8, Rate: 9, Burst: 10, JoinRate: 11, JoinBurst: 12,
		Persistent: true, Public: true, MembersOnly: true, Moderated: true, Whois: whoisAnyone,
	}
	want := muc.DefaultSettings()
	want.Persistent, want.Public, want.MembersOnly, want.Moderated, want.Whois, want.Archive, want.HistoryLength = true, true, true, true, muc.ToAnyone, false, 4
	if got := other.settings(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	limits := reflect.ValueOf(other.limits())
	seen := map[int64]bool{}
	for i := range limits.NumField() {
		seen[limits.Field(i).Int()] = true
	}
	if len(seen) != limits.NumField() || seen[0] {
		t.Errorf("limits are %+v", other.limits())
	}
}
