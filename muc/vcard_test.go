package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

// XEP-0486: an owner sets the picture of a room, anybody sees it.
func TestVCard(t *testing.T) {
	const card = "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard>"
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t, "persistentroom", "1")
		get := "<vCard xmlns='vcard-temp'/>"
		romeo.answered("there is none", "item-not-found", romeo.ask("get", balcony, get))
		romeo.answered("#owner-publish", "forbidden", romeo.ask("set", balcony, card))
		juliet.answered("too large", "not-acceptable", juliet.ask("set", balcony, strings.Replace(card, "aGVsbG8=", strings.Repeat("A", 200_000), 1)))
		romeo.wants("nothing has happened")
		juliet.answered("#owner-publish", "", juliet.ask("set", balcony, card))
		romeo.wants("#owner-publish", "<message type='groupchat' from='"+balcony+"'><x xmlns='"+nsUser+"'>"+codes(104)+"</x></message>")
		paris := w.login("paris@capulet.lit/x")
		if got := paris.ask("get", balcony, get); !strings.Contains(got, "<BINVAL>aGVsbG8=</BINVAL>") {
			t.Errorf("#retrieve-vcard: %s", got)
		}
		hash := func() string { return paris.ask("get", balcony, "<query xmlns='"+nsInfo+"'/>") }
		const sha = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" // of "hello"
		if got := hash(); !strings.Contains(got, "muc#roominfo_avatarhash") || !strings.Contains(got, "<value>"+sha+"</value>") {
			t.Errorf("#disco-avatar-hash: %s", got)
		}
		two := strings.Replace(card, "</vCard>", "<PHOTO><BINVAL>d29ybGQ=</BINVAL></PHOTO></vCard>", 1)
		juliet.answered("two", "", juliet.ask("set", balcony, two))
		if got := hash(); !strings.Contains(got, "<value>"+sha+"</value><value>7c211433f02071597741e6ff5a8ea34789abbf43</value>") {
			t.Errorf("#multiple: %s", got)
		}
		juliet.answered("Setting an empty vCard unpublishes", "", juliet.ask("set", balcony, get))
		if got := hash(); strings.Contains(got, "avatarhash") {
			t.Errorf("#rules: %s", got)
		}
		paris.answered("gone", "item-not-found", paris.ask("get", balcony, get))
	})
	scene(t, "of a room that is not open yet", func(t *testing.T) {
		w := newWorld(t)
		juliet := w.login("juliet@capulet.lit/chamber").enter(balcony, "Juliet")
		juliet.answered("set", "", juliet.ask("set", balcony, card))
		if len(w.disk.rooms) != 0 {
			t.Error("it is kept already")
		}
		juliet.configure(balcony, "persistentroom", "1")
		w.open()
		if got := juliet.ask("get", balcony, "<vCard xmlns='vcard-temp'/>"); !strings.Contains(got, "aGVsbG8=") {
			t.Error(got)
		}
	})
}
