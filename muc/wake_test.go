package muc

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// Whose devices are woken for what is said.
func TestWake(t *testing.T) {
	for _, c := range []struct {
		name, members, body string
		want                string
	}{
		{"a room for members wakes them all", "1", "<body>hark</body>", "nurse@capulet.lit paris@capulet.lit romeo@montague.lit"},
		{"another one those who are named", "0", "<body>Paris, and ROMEO!</body>", "paris@capulet.lit romeo@montague.lit"},
		{"by a whole word", "0", "<body>Romeos of Parisian make</body>", ""},
		{"by a reserved nick", "0", "<body>dear Angelica:</body>", "nurse@capulet.lit"},
		{"nobody by himself", "0", "<body>I, Juliet</body>", ""},
		{"not for what is no message", "1", "<active xmlns='http://jabber.org/protocol/chatstates'/>", ""},
		{"nor for the subject", "1", "<subject>Paris</subject>", ""},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, _, _ := stage(t)
			juliet.affiliate("paris@capulet.lit", "member")
			juliet.affiliate("romeo@montague.lit", "member")
			juliet.affiliate("tybalt@elsewhere.lit", "member")
			juliet.answered("", "", juliet.administer("<item jid='nurse@capulet.lit' affiliation='member' nick='Angelica'/>"))
			juliet.configure(balcony, "membersonly", c.members)
			w.bell.rung = nil
			juliet.send("<message type='groupchat' to='" + balcony + "'>" + c.body + "</message>")
			slices.Sort(w.bell.rung)
			if got := strings.Join(w.bell.rung, " "); got != c.want {
				t.Errorf("woken: %q, want %q", got, c.want)
			}
		})
	}
}

// A fault behind a room ends what was being said, and nothing else.
func TestWakePanics(t *testing.T) {
	scene(t, "", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		juliet.affiliate("romeo@montague.lit", "member")
		juliet.configure(balcony, "membersonly", "1")
		romeo.take()
		w.bell.cracked = true
		juliet.send("<message type='groupchat' to='" + balcony + "'><body>hark</body></message>")
		synctest.Wait()
		w.bell.cracked = false
		juliet.send("<message type='groupchat' to='" + balcony + "'><body>what light</body></message>")
		romeo.wants("what was said before and after", "<message><body>hark</body></message>", "<message><body>what light</body></message>")
	})
}
