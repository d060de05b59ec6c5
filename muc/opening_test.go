package muc

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// ours is the payload that sets fields of ours.
func ours(pairs ...string) string {
	f := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		f += field("{"+nsRooms+"}"+pairs[i], strings.Split(pairs[i+1], "\n")...)
	}
	return configuration(f)
}

const shut = "<presence type='unavailable' from='" + balcony + "/Romeo'><x xmlns='" + nsUser + "'><item affiliation='none' role='none'><reason>the room closes</reason></item><status code='307'/></x></presence>"

// A room that is closed is empty: who is in it has to leave, and nobody comes in, owners
// neither, until it is open again.
func TestRoomClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, _ := stage(t, "persistentroom", "1")
		juliet.answered("close it", "", juliet.ask("set", balcony, ours("open", "0")))
		if got := romeo.take(); !strings.Contains(got[0], "<status code='307'/>") {
			t.Errorf("romeo is told %q", got)
		}
		juliet.take()
		romeo.send(join(balcony, "Romeo", ""))
		romeo.wants("closed", "<presence type='error' from='"+balcony+"/Romeo'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>the room is closed</text></error></presence>")
		juliet.send(join(balcony, "Juliet", ""))
		juliet.wants("for owners too", "<presence type='error'><error><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
		juliet.answered("open it", "", juliet.ask("set", balcony, ours("open", "true")))
		romeo.send(join(balcony, "Romeo", ""))
		if got := romeo.take(); len(got) == 0 || !strings.Contains(got[0], "code='110'") {
			t.Errorf("an open room: %q", got)
		}
	})
}

// Hours open and close a room by the clock: synctest begins at midnight of 1 January 2000
// UTC, a Saturday.
func TestRoomHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Zone = time.UTC })
		juliet, romeo := w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard")
		juliet.enter(balcony, "Juliet")
		juliet.configure(balcony, "persistentroom", "1")
		romeo.enter(balcony, "Romeo")
		for _, c := range w.clients {
			c.take()
		}
		juliet.answered("bad hours", "not-acceptable", juliet.ask("set", balcony, ours("hours", "someday 09:00:00-10:00:00")))
		juliet.answered("hours", "", juliet.ask("set", balcony, ours("hours", "saturday 00:00:00-00:10:00\nsaturday 00:10:00-00:20:00\nsaturday 23:00:00-01:00:00\n2000-01-05T12:00:00/2000-01-05T12:30:00")))
		juliet.take()
		romeo.take()
		time.Sleep(20*time.Minute - time.Second)
		juliet.wants("open until then")
		romeo.wants("open until then")
		time.Sleep(time.Second)
		romeo.wants("and closed", shut)
		juliet.wants("for all", strings.ReplaceAll(strings.ReplaceAll(shut, "Romeo", "Juliet"), "affiliation='none'", "affiliation='owner'"))

		enter := func(why, want string) {
			t.Helper()
			romeo.send(join(balcony, "Romeo", ""))
			got := strings.Join(romeo.take(), "")
			if want == "" && !strings.Contains(got, "code='110'") || !strings.Contains(got, want) {
				t.Errorf("%s: %s", why, got)
			}
		}
		at := func(day, hour, minute int) {
			time.Sleep(time.Until(time.Date(2000, 1, day, hour, minute, 0, 0, time.UTC)))
		}
		enter("closed", "the room is closed at this time")
		at(1, 23, 30)
		enter("open again", "")
		at(2, 0, 59)
		romeo.wants("past midnight")
		at(2, 1, 0)
		romeo.wants("until the end", shut)
		at(5, 12, 0)
		enter("on that day", "")
		romeo.send("<presence type='unavailable' to='" + balcony + "/Romeo'/>")
		romeo.take()
		at(5, 12, 30)
		enter("and then no more", "not-allowed")
		at(8, 0, 5)
		enter("next week", "")
		juliet.answered("no hours", "", juliet.ask("set", balcony, ours("hours", "")))
		romeo.take()
		at(8, 12, 0)
		romeo.wants("always open")
	})
}

// A clock that is set is noticed within a minute, whatever was known of the end before.
func TestRoomHoursLookAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Zone = time.UTC })
		juliet := w.login("juliet@capulet.lit/chamber")
		juliet.enter(balcony, "Juliet")
		juliet.configure(balcony, "persistentroom", "1")
		juliet.answered("hours", "", juliet.ask("set", balcony, ours("hours", "saturday 00:00:00-12:00:00")))
		juliet.take()
		r := w.rooms.rooms[jidBalcony]
		r.mu.Lock()
		r.Settings.Hours = "monday 00:00:00-12:00:00" // it is Monday's clock all of a sudden
		r.mu.Unlock()
		time.Sleep(lookAgain)
		if got := juliet.take(); len(got) != 1 || !strings.Contains(got[0], "307") {
			t.Errorf("%q", got)
		}
	})
}

// A room that is not for guests is not: those who are there leave, members stay.
func TestRoomGuests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t, "persistentroom", "1")
		guest, member := w.login("guest1@capulet.lit/x"), w.login("guest2@capulet.lit/x")
		guest.enter(balcony, "One")
		juliet.affiliate("guest2@capulet.lit", "member")
		member.enter(balcony, "Two")
		w.clear()
		juliet.answered("no guests", "", juliet.ask("set", balcony, ours("guests", "0")))
		if got := strings.Join(guest.take(), ""); !strings.Contains(got, "code='322'") {
			t.Errorf("the guest is told %q", got)
		}
		guest.send(join(balcony, "One", ""))
		guest.wants("no guests", "<presence type='error'><error type='auth'><registration-required xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
		for _, c := range []*client{member, romeo} {
			if got := strings.Join(c.take(), ""); strings.Contains(got, "code='110'") {
				t.Errorf("who is no guest is told %q", got)
			}
		}
	})
}

// The welcome comes behind the subject, once, to who enters and to nobody else, and is not
// kept.
func TestRoomWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t, "persistentroom", "1")
		juliet.answered("welcome", "", juliet.ask("set", balcony, ours("welcome", "hail\nstranger")))
		romeo.send("<presence type='unavailable' to='" + balcony + "/Romeo'/>")
		w.clear()
		romeo.send(join(balcony, "Romeo", ""))
		got := romeo.take()
		if len(got) < 2 || !strings.Contains(got[len(got)-2], "<subject") || !strings.Contains(got[len(got)-1], "<body>hail\nstranger</body>") {
			t.Errorf("got %q", got)
		}
		romeo.send(join(balcony, "Romeo", ""))
		if got := strings.Join(romeo.take(), ""); strings.Contains(got, "hail") {
			t.Errorf("again: %s", got)
		}
		if got := strings.Join(juliet.take(), ""); strings.Contains(got, "hail") {
			t.Errorf("to others: %s", got)
		}
		if said := w.disk.said(jidBalcony); len(said) > 0 {
			t.Errorf("it was kept: %s", said[0].XML)
		}
		juliet.answered("too long", "not-acceptable", juliet.ask("set", balcony, ours("welcome", strings.Repeat("x", 5000))))
	})
}

// What administrators make has the settings and people of its form, and an owner only if
// they say so.
func TestCreateOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := func(name string, values ...string) form.Field { return form.Field{Var: name, Values: values} }
		made := form.New(form.Submit, formSettings, f(fieldPersistent, "1"), f(fieldNumber, "7"), f(fieldOpen, "0"), f(fieldDisplay, "9"),
			f(fieldAdmins, "nurse@capulet.lit"), f(fieldSpeakers, "romeo@montague.lit"), f(fieldVideo, "1"))
		if err := w.rooms.Create(t.Context(), jidBalcony, jid.JID{}, made); err != nil {
			t.Fatal(err)
		}
		r, err := w.rooms.Show(t.Context(), jidBalcony)
		if err != nil || r.Record.Number != 7 || !r.Record.Settings.Closed || !r.Record.Settings.Video || r.Record.Settings.Display != 3 ||
			len(r.Members) != 2 || r.Members[0].Affiliation != Admin || r.Members[1].Affiliation != MemberOf {
			t.Errorf("%+v, %v", r, err)
		}
		// The lists of speakers is the full one, and others stay as they are.
		if err := w.rooms.Configure(t.Context(), jidBalcony, form.New(form.Submit, formSettings, f(fieldOpen, "1"))); err != nil {
			t.Fatal(err)
		}
		prince := w.login("prince@capulet.lit/x")
		prince.answered("other speakers", "", prince.ask("set", balcony, configuration(field(fieldSpeakers, "paris@capulet.lit"))))
		r, _ = w.rooms.Show(t.Context(), jidBalcony)
		if len(r.Members) != 2 || r.Members[0].JID.Local() != "nurse" || r.Members[1].JID.Local() != "paris" || r.Record.Number != 7 {
			t.Errorf("%+v", r.Members)
		}
		for name, bad := range map[string]form.Field{"number": f(fieldNumber, "-1"), "hours": f(fieldHours, "x"), "speakers": f(fieldSpeakers, "capulet.lit"), "persistent": f(fieldPersistent, "0")} {
			at := jid.MustParse("garden@" + jidBalcony.Domain())
			err := w.rooms.Create(t.Context(), at, jid.JID{}, form.New(form.Submit, formSettings, bad, f(fieldPersistent, "1")))
			var told *stanza.Error
			if !errors.As(err, &told) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := w.rooms.Show(t.Context(), at); err == nil {
				t.Errorf("%s: there is a room", name)
			}
		}
	})
}

// Expel, Stop, Touched and Within are for those who administer.
func TestOperateOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "persistentroom", "1")
		if rooms, anew := w.rooms.Touched(jidBalcony.Domain()); !anew || len(rooms) != 0 {
			t.Errorf("first: %v, %v", rooms, anew)
		}
		if err := w.rooms.Expel(t.Context(), jidBalcony, jid.MustParse("romeo@montague.lit"), "enough"); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(romeo.take(), ""); !strings.Contains(got, "<reason>enough</reason>") || !strings.Contains(got, "code='307'") {
			t.Errorf("romeo is told %s", got)
		}
		if err := w.rooms.Expel(t.Context(), jidBalcony, jid.MustParse("romeo@montague.lit"), ""); err == nil {
			t.Error("who is not there was made to leave")
		}
		if rooms, anew := w.rooms.Touched(jidBalcony.Domain()); anew || len(rooms) != 1 || rooms[0] != jidBalcony {
			t.Errorf("somebody left: %v, %v", rooms, anew)
		}
		if in := w.rooms.Within(jidBalcony); len(in) != 2 || in[0].Local() != "juliet" || in[1].Local() != "nurse" {
			t.Errorf("within: %v", in)
		}
		far := w.login("romeo@montague.lit/far")
		far.enter("far@conference.montague.lit", "Romeo")
		w.router.SetStopped("capulet.lit", true)
		if err := w.rooms.Stop(t.Context(), "capulet.lit"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*client{juliet, nurse} {
			if got := strings.Join(c.take(), ""); !strings.Contains(got, "code='332'") {
				t.Errorf("who is in it is told %s", got)
			}
		}
		far.wants("another host goes on")
		romeo.send(join(balcony, "Romeo", ""))
		romeo.wants("stopped", "<presence type='error'><error type='wait'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
		w.router.SetStopped("capulet.lit", false)
		romeo.enter(balcony, "Romeo")
		if err := w.rooms.Destroy(t.Context(), jidBalcony, jid.JID{}, ""); err != nil {
			t.Fatal(err)
		}
		if _, anew := w.rooms.Touched(jidBalcony.Domain()); !anew {
			t.Error("a room has gone")
		}
	})
}
