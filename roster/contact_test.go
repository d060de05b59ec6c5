package roster

import "testing"

// TestHasContact: whoever is in the roster counts, subscribed or not; who has only
// asked does not.
func TestHasContact(t *testing.T) {
	w := newWorld(t, Limits{})
	w.befriend("juliet", "romeo")
	w.login("juliet/balcony")
	w.login("benvolio/home")
	w.send("juliet/balcony", "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='nurse@capulet.lit'/></query></iq>")
	w.send("benvolio/home", "<presence type='subscribe' to='juliet@capulet.lit'/>")
	want := func(contact string, has bool) {
		t.Helper()
		if got, err := w.roster.HasContact(t.Context(), full("juliet"), full(contact)); got != has || err != nil {
			t.Errorf("%s: %v, %v", contact, got, err)
		}
	}
	want("romeo", true)
	want("nurse", true)
	want("benvolio", false)
	w.roster.cache.drop(full("juliet"))
	want("nurse", true)
	w.send("juliet/balcony", "<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='nurse@capulet.lit' subscription='remove'/></query></iq>")
	want("nurse", false)
	w.send("juliet/balcony", "<presence type='subscribe' to='nurse@capulet.lit'/>")
	want("nurse", true)
}
