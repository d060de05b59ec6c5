package archive

import (
	"testing"
)

func prefs(def, always, never string) string {
	list := func(name, inside string) string {
		if inside == "" {
			return "<" + name + "/>"
		}
		return "<" + name + "><jid>" + inside + "</jid></" + name + ">"
	}
	return "<prefs xmlns='urn:xmpp:mam:2' default='" + def + "'>" + list("always", always) + list("never", never) + "</prefs>"
}

// TestPrefs: XEP-0441 #config.
func TestPrefs(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Prefer = Roster })
	w.login(balcony)
	const ask = "<prefs xmlns='urn:xmpp:mam:2'/>"
	w.want("nothing was said", payload(t, w.ask(balcony, "get", ask)), prefs("roster", "", ""))
	w.want("XEP-0441 #config: applied", payload(t, w.ask(balcony, "set", prefs("never", romeo, "nurse@capulet.lit"))), prefs("never", romeo, "nurse@capulet.lit"))
	w.want("kept", payload(t, w.ask(balcony, "get", ask)), prefs("never", romeo, "nurse@capulet.lit"))
	w.want("XEP-0441 #config-always: missing lists are empty", payload(t, w.ask(balcony, "set", "<prefs xmlns='urn:xmpp:mam:2' default='always'/>")), prefs("always", "", ""))
	w.want("on both lists", payload(t, w.ask(balcony, "set", prefs("always", "Romeo@montague.lit", romeo))), prefs("always", "", romeo))
}

// TestWants: XEP-0441 #match.
func TestWants(t *testing.T) {
	const home = "romeo@montague.lit/home"
	for _, c := range []struct {
		name, prefs, from, to string
		friends, want         bool
	}{
		{"XEP-0441 #config-default: always", prefs("always", "", ""), orchard, juliet, false, true},
		{"XEP-0441 #config-default: never", prefs("never", "", ""), orchard, juliet, true, false},
		{"XEP-0441 #config-default: roster, a contact", prefs("roster", "", ""), orchard, juliet, true, true},
		{"XEP-0441 #config-default: roster, a stranger", prefs("roster", "", ""), orchard, juliet, false, false},
		{"XEP-0441 #match-out: roster", prefs("roster", "", ""), balcony, home, true, true},
		{"XEP-0441 #match-out: to", prefs("always", "", romeo), balcony, home, false, false},
		{"XEP-0441 #match-in: from", prefs("always", "", romeo), home, juliet, false, false},
		{"XEP-0441 #config-always", prefs("never", romeo, ""), orchard, juliet, false, true},
		{"XEP-0441 #match-rules: a listed resource", prefs("never", home, ""), home, juliet, false, true},
		{"XEP-0441 #match-rules: another resource", prefs("never", home, ""), orchard, juliet, false, false},
		{"the closer one wins", prefs("always", home, romeo), home, juliet, false, true},
		{"the closer one wins, both ways", prefs("always", romeo, home), home, juliet, false, false},
		{"roster: to oneself", prefs("roster", "", ""), balcony, juliet, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.login(balcony)
			w.roster[[2]string{juliet, romeo}] = c.friends
			w.says(orchard, balcony, "before") // it has been asked for already
			w.ask(balcony, "set", c.prefs)
			w.says(c.from, c.to, "a")
			want := "before"
			if c.want {
				want += " a"
			}
			w.want("kept", w.kept(juliet), want)
		})
	}
}

// TestOthersDecide: what one side does not want kept, the other may.
func TestOthersDecide(t *testing.T) {
	w := newWorld(t)
	b := w.login(balcony)
	w.ask(balcony, "set", prefs("never", "", ""))
	w.says(orchard, juliet, "a")
	w.want("juliet", w.kept(juliet), "")
	w.want("romeo", w.kept(romeo), "a")
	if got := b.take(); stamps.MatchString(got[0]) {
		t.Errorf("an id of an archive that has no such message: %s", got)
	}
	if err := w.service.Forget(t.Context(), b.session.JID().Bare()); err != nil {
		t.Fatal(err)
	}
	clear(w.disk.prefs)
	w.says(orchard, juliet, "b")
	w.want("the account was removed and made again", w.kept(juliet), "b")
}
