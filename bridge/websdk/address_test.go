package websdk

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

var verona = names{key: "Verona#Stage", domain: "easemob.com", host: "capulet.lit", rooms: "conference.capulet.lit"}

// Addresses of an SDK and ours (wire 3.2).
func TestAddresses(t *testing.T) {
	for _, tt := range []struct{ sdk, ours string }{
		{"easemob.com", "capulet.lit"},
		{"conference.easemob.com", "conference.capulet.lit"},
		{"Verona#Stage_juliet@easemob.com", "juliet@capulet.lit"},
		{"Verona#Stage_juliet@easemob.com/webim", "juliet@capulet.lit/webim"},
		{"Verona#Stage_a_b@easemob.com/x_y/z@", "a_b@capulet.lit/x_y/z@"},
		{"Verona#Stage_81397@conference.easemob.com", "81397@conference.capulet.lit"},
		{"Verona#Stage_81397@conference.easemob.com/Juliet", "81397@conference.capulet.lit/Juliet"},
		{`Verona#Stage_romeo\40montague.lit@easemob.com/orchard`, "romeo@montague.lit/orchard"},
		{`Verona#Stage_a\5c40b@easemob.com`, `a\40b@capulet.lit`},
		{`Verona#Stage_d\27a@easemob.com`, `d\27a@capulet.lit`},
		{`Verona#Stage_balcony\40conference.montague.lit@easemob.com`, "balcony@conference.montague.lit"},
		{"montague.lit", "montague.lit"},
	} {
		if got, ok := verona.inward(tt.sdk); !ok || got != tt.ours {
			t.Errorf("inward %s: %q %v, want %q", tt.sdk, got, ok, tt.ours)
		}
		if got := verona.outward(tt.ours); got != tt.sdk {
			t.Errorf("outward %s: %q, want %q", tt.ours, got, tt.sdk)
		}
	}
	for _, tt := range []struct{ sdk, ours string }{ // what is written in more than one way
		{"verona#stage_JULIET@EASEMOB.COM", "JULIET@capulet.lit"},
		{"juliet@easemob.com", "juliet@capulet.lit"},
		{"romeo@montague.lit", "romeo@montague.lit"},
		{"", ""},
	} {
		if got, ok := verona.inward(tt.sdk); !ok || got != tt.ours {
			t.Errorf("inward %s: %q %v, want %q", tt.sdk, got, ok, tt.ours)
		}
	}
	for _, sdk := range []string{"verona#other_juliet@easemob.com", "x#y_81397@conference.easemob.com", "verona#stage_@easemob.com", "@easemob.com", `verona#stage_\40montague.lit@easemob.com`} {
		if got, ok := verona.inward(sdk); ok {
			t.Errorf("inward %s: %q, want nobody", sdk, got)
		}
	}
}

func TestSplitKey(t *testing.T) {
	for local, want := range map[string][2]string{
		"org#app_user": {"org#app", "user"}, "o-1#a.b_u_s_e#r": {"o-1#a.b", "u_s_e#r"}, "org#app_": {"org#app", ""},
		"user": {}, "org#app": {}, "#app_user": {}, "org#_user": {}, "or_g#app_user": {}, "": {}, "_": {}, "a_b": {},
	} {
		key, user, ok := splitKey(local)
		if key != want[0] || user != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %q %q %v", local, key, user, ok)
		}
	}
}

// Whoever is here has one address for the SDK, and no other has it; what an SDK writes
// breaks nothing.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"juliet@capulet.lit/x", `a\5c40b@capulet.lit`, `a\40b\5c@montague.lit`, "81397@conference.capulet.lit/N", "verona#stage_x@easemob.com", "x#y_z@capulet.lit"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		_, _ = verona.inward(addr)
		_, _, _ = splitKey(addr)
		j, err := jid.Parse(addr)
		if err != nil || strings.EqualFold(j.Domain(), verona.domain) || strings.EqualFold(j.Domain(), conference+verona.domain) {
			return
		}
		out := verona.outward(j.String())
		if back, ok := verona.inward(out); !ok || back != j.String() {
			t.Fatalf("%q became %q and then %q %v", j, out, back, ok)
		}
	})
}
