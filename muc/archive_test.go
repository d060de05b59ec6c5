package muc

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
)

// Who may read what was said, and who sees by whom: XEP-0313
// #business-storeret-muc-archives.
func TestRead(t *testing.T) {
	query := "<query xmlns='" + nsArchive + "'/>"
	for _, c := range []struct {
		name     string
		settings []string
		who      string
		want     string
		sees     bool
	}{
		{"open, from outside", nil, "paris@capulet.lit/x", "", false},
		{"open, an occupant", nil, "romeo@montague.lit/orchard", "", false},
		{"open, a moderator", nil, "juliet@capulet.lit/chamber", "", true},
		{"open, an owner from outside", nil, "juliet@capulet.lit/tomb", "", true},
		{"non-anonymous", []string{"whois", "anyone"}, "paris@capulet.lit/x", "", true},
		{"banned", nil, "tybalt@capulet.lit/x", "forbidden", false},
		{"members-only, from outside", []string{"membersonly", "1"}, "paris@capulet.lit/x", "forbidden", false},
		{"members-only, a member", []string{"membersonly", "1"}, "nurse@capulet.lit/kitchen", "", false},
		{"password, from outside", []string{"roomsecret", "p"}, "paris@capulet.lit/x", "forbidden", false},
		{"password, an occupant", []string{"roomsecret", "p"}, "romeo@montague.lit/orchard", "", false},
		{"nothing is kept", []string{"enablelogging", "0"}, "nurse@capulet.lit/kitchen", "service-unavailable", false},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			juliet.affiliate("tybalt@capulet.lit", "outcast")
			juliet.affiliate("nurse@capulet.lit", "member")
			romeo.send(say(balcony, "one"))
			juliet.configure(balcony, c.settings...)
			them := w.login(c.who)
			w.clear()
			them.answered("query", c.want, them.ask("set", balcony, query))
			got := strings.Join(them.take(), "")
			if (c.want == "") != strings.Contains(got, "<body>one</body>") {
				t.Errorf("results: %s", got)
			}
			if strings.Contains(got, "jid='romeo@montague.lit") != c.sees {
				t.Errorf("sees %v: %s", c.sees, got)
			}
			if c.want == "" && strings.Count(got, "<occupant-id ") != 1 {
				t.Errorf("XEP-0421 #rules: %s", got)
			}
		})
	}
	scene(t, "by which device", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		w.login("romeo@montague.lit/garden").enter(balcony, "Romeo") // whose presence the others see
		romeo.send(say(balcony, "one"))
		w.clear()
		juliet.ask("set", balcony, query)
		if got := strings.Join(juliet.take(), ""); !strings.Contains(got, "jid='romeo@montague.lit/orchard'") {
			t.Errorf("the one that said it: %s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, _, romeo, _ := stage(t)
		romeo.answered("preferences are for accounts", "feature-not-implemented", romeo.ask("get", balcony, "<prefs xmlns='"+nsArchive+"'/>"))
	})
}

// The address that the archive keeps is taken out whatever somebody has written.
func FuzzWithoutAddress(f *testing.F) {
	mark := addressMark + "owner' role='moderator' jid='hidden@x.lit/x'/></x>"
	for _, s := range []string{"", "<body>a</body>", mark, "<message>" + mark + "</message>", "<y xmlns='urn:y'><message xmlns='jabber:client'>" + mark + "</message></y>", "<body><![CDATA[" + mark + "</message>]]></body>", "<body>&lt;</body>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inside string) {
		st, err := stanza.Parse([]byte("<message type='groupchat'>" + inside + "</message>"))
		if err != nil || st.Kind != stanza.Message {
			return
		}
		plain := st.AppendForwarded(nil)
		i := item{affiliation: Owner, role: Moderator, jid: jidBalcony}
		st.Extra = i.append(nil)
		kept := st.AppendForwarded(nil)
		before := bytes.Clone(kept)
		got := withoutAddress(kept)
		if !bytes.Equal(kept, before) {
			t.Error("the archive's bytes were changed")
		}
		want, err := stanza.Parse(plain)
		if err != nil {
			t.Fatal(err)
		}
		have, err := stanza.Parse(got)
		if err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if len(have.Children()) != len(want.Children()) {
			t.Errorf("%s became %s", plain, got)
		}
		result := append(append([]byte("<result><forwarded>"), kept...), "</forwarded></result>"...)
		all := withoutAddresses(result)
		if !bytes.Equal(all, append(append([]byte("<result><forwarded>"), got...), "</forwarded></result>"...)) {
			t.Errorf("result: %s", all)
		}
		if _, err := stanza.Parse(withoutAddress(plain)); err != nil {
			t.Errorf("without one: %v", err)
		}
	})
}
