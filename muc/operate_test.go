package muc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// faultOf is the condition of an error; "" if there is none.
func faultOf(err error) string {
	var e *stanza.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return string(e.Condition)
	}
	return err.Error()
}

func settings(pairs ...string) *form.Form {
	f := form.New(form.Submit, formSettings)
	for i := 0; i < len(pairs); i += 2 {
		f.Fields = append(f.Fields, value(pairs[i], pairs[i+1]))
	}
	return f
}

// What administrators do, and what they are told.
func TestOperate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, juliet := t.Context(), jid.MustParse("juliet@capulet.lit")
		check := func(why, want string, err error) {
			t.Helper()
			if got := faultOf(err); got != want {
				t.Errorf("%s: %q, want %q", why, got, want)
			}
		}
		persistent := settings(fieldPersistent, "1", fieldName, "Balcony")
		check("no owner", "jid-malformed", w.rooms.Create(ctx, jidBalcony, jid.MustParse("capulet.lit"), persistent))
		check("no room", "jid-malformed", w.rooms.Create(ctx, jid.MustParse(service), juliet, persistent))
		check("not of ours", "jid-malformed", w.rooms.Create(ctx, jid.MustParse("x@capulet.lit"), juliet, persistent))
		check("not of ours", "jid-malformed", w.rooms.Create(ctx, jid.MustParse("x@conference.elsewhere.lit"), juliet, persistent))
		check("who is to be in it?", "not-acceptable", w.rooms.Create(ctx, jidBalcony, juliet, settings()))
		check("a wrong form", "not-acceptable", w.rooms.Create(ctx, jidBalcony, juliet, settings(fieldPersistent, "1", fieldWhois, "x")))
		check("create", "", w.rooms.Create(ctx, jidBalcony, juliet, persistent))
		check("twice", "conflict", w.rooms.Create(ctx, jidBalcony, juliet, persistent))
		check("temporary, but empty", "not-acceptable", w.rooms.Configure(ctx, jidBalcony, settings(fieldPersistent, "0")))
		check("configure", "", w.rooms.Configure(ctx, jidBalcony, settings(fieldPublic, "1")))
		check("no such room", "item-not-found", w.rooms.Configure(ctx, jid.MustParse("x@"+service), settings()))
		check("affiliate", "", w.rooms.Affiliate(ctx, jidBalcony, []Member{{JID: jid.MustParse("romeo@montague.lit/x"), Affiliation: Admin}}))
		check("a domain", "not-acceptable", w.rooms.Affiliate(ctx, jidBalcony, []Member{{JID: jid.MustParse("montague.lit"), Affiliation: Admin}}))
		check("the last owner", "conflict", w.rooms.Affiliate(ctx, jidBalcony, []Member{{JID: juliet, Affiliation: None}}))
		report, err := w.rooms.Show(ctx, jidBalcony)
		check("show", "", err)
		if s := report.Record.Settings; s.Name != "Balcony" || !s.Public || !s.Persistent || len(report.Members) != 2 || report.Record.Creator != juliet {
			t.Errorf("%+v", report)
		}
		list, err := w.rooms.Rooms(ctx, service, "", 10)
		if check("list", "", err); len(list) != 1 || list[0].Name != "Balcony" {
			t.Errorf("%v", list)
		}
		synctest.Wait()
		if len(w.rooms.rooms) != 0 {
			t.Error("a room in which nobody is costs memory")
		}
		romeo := w.login("romeo@montague.lit/orchard").enter(balcony, "Romeo")
		if rooms, sessions := w.rooms.Live(); rooms != 1 || sessions != 1 {
			t.Errorf("live: %d, %d", rooms, sessions)
		}
		check("destroy", "", w.rooms.Destroy(ctx, jidBalcony, jid.MustParse("tomb@"+service), "lark"))
		romeo.wants("destroyed", gone("Romeo", "<destroy jid='tomb@"+service+"'><reason>lark</reason></destroy>"))
		check("gone", "item-not-found", w.rooms.Destroy(ctx, jidBalcony, jid.JID{}, ""))
		if len(w.disk.rooms) != 0 {
			t.Error("it is kept")
		}
	})
}

// XEP-0045 #service-shutdown-kick.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		w.disk.held = true
		romeo.send(say(balcony, "last words"))
		done := make(chan error, 1)
		go func() { done <- w.rooms.Shutdown(t.Context()) }() // ends when the disk is flushed
		synctest.Wait()
		juliet.wants("nothing is said before it is kept")
		w.disk.flush()
		juliet.wants("#service-shutdown-kick", "<message id='last words'/>", gone("Juliet", "<item affiliation='none' role='none'/>"+codes(110, 332)))
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, kept := w.disk.rooms[jidBalcony]; !kept {
			t.Error("those who come back find another room")
		}
		w.open()
		romeo.take()
		romeo.send(join(balcony, "Romeo", ""))
		romeo.hears("after the start", seen("Romeo", "<item affiliation='none'/>"+codes(110)), "<message id='last words'/>")
	})
	scene(t, "a disk that does not answer", func(t *testing.T) {
		w, _, romeo, _ := stage(t)
		w.disk.held = true
		romeo.send(say(balcony, "x"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.rooms.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		w.disk.flush()
	})
}

// Temporary rooms that a crash has left behind go, but for those to which people came back.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		juliet := w.login("juliet@capulet.lit/chamber")
		for i, persistent := range []string{"0", "1", "0"} {
			room := fmt.Sprintf("r%d@%s", i, service)
			juliet.send(join(room, "J", ""))
			juliet.configure(room, "persistentroom", persistent)
		}
		w.open() // a crash: nobody is in them
		juliet.send(join("r2@"+service, "J", ""))
		if err := w.rooms.Sweep(t.Context(), "capulet.lit"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		left := ""
		for j := range w.disk.rooms {
			left += j.Local()
		}
		if len(left) != 4 || !strings.Contains(left, "r1") || !strings.Contains(left, "r2") {
			t.Errorf("left: %s", left)
		}
	})
}

// What rooms knew of an account goes with it, but that it was banned.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "persistentroom", "1")
		juliet.answered("", "", juliet.administer("<item jid='nurse@capulet.lit' affiliation='member' nick='Angelica'/>", "<item jid='tybalt@capulet.lit' affiliation='outcast'/>"))
		w.clear()
		for _, who := range []string{"nurse", "tybalt", "juliet", "stranger"} {
			if err := w.rooms.Forget(t.Context(), jid.MustParse(who+"@capulet.lit")); err != nil {
				t.Fatal(err)
			}
		}
		nurse.hears("who is there is told", seen("Nurse", "<item affiliation='none'/>"+codes(110)))
		romeo.refused("the nick is free", "", "<presence to='"+balcony+"/Angelica'/>")
		w.login("tybalt@capulet.lit/x").refused("the next of that name is banned, too", "forbidden", join(balcony, "Tybalt", ""))
		w.inside(func(r *room) {
			if len(r.members) != 1 || r.owners() != 0 {
				t.Errorf("%v", r.members)
			}
		})
		prince := w.login("prince@capulet.lit/x")
		prince.answered("a room without an owner", "", prince.ask("set", balcony, configuration(field(fieldName, "Orphan"))))
		prince.answered("can get one", "", prince.administer("<item jid='paris@capulet.lit' affiliation='owner'/>"))
		prince.answered("and keeps it", "conflict", prince.administer("<item jid='paris@capulet.lit' affiliation='none'/>"))
	})
}

// A room that is read again is the one that it was.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "persistentroom", "1", "roomname", "Balcony", "whois", "anyone", "presencebroadcast", "moderator,participant", "allowpm", "none", "maxusers", "17")
		juliet.answered("", "", juliet.administer("<item jid='nurse@capulet.lit' affiliation='member' nick='Angelica'/>", "<item jid='tybalt@capulet.lit' affiliation='outcast'><reason>Prince of Cats</reason></item>", "<item jid='elsewhere.lit' affiliation='outcast'/>"))
		juliet.answered("", "", juliet.ask("set", balcony, hatCommand("create", field(fieldTitle, "T")+field(fieldURI, "urn:t"))))
		juliet.answered("", "", juliet.ask("set", balcony, hatCommand("assign", field(fieldHatJID, "paris@capulet.lit")+field(fieldURI, "urn:t"))))
		juliet.send("<message type='groupchat' to='" + balcony + "'><subject>Light</subject></message>")
		romeo.answered("", "", romeo.ask("set", balcony, registration("Montague")))
		dump := func() (text string) {
			err := w.rooms.operate(t.Context(), jidBalcony, func(r *room, _ *turn) error {
				r.seats = nil
				text = r.dump()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		for nick, c := range map[string]*client{"Juliet": juliet, "Romeo": romeo, "Nurse": nurse} {
			c.send(leave(balcony, nick))
		}
		before := dump()
		w.open()
		if after := dump(); after != before {
			t.Errorf("is  %s\nwas %s", after, before)
		}
	})
}
