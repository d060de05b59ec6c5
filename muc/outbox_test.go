package muc

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// What could not be kept nobody sees, nor what came behind it; all leave the room and find
// it as it is kept.
func TestFailedDisk(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(juliet, romeo *client)
	}{
		{"#message", func(_, romeo *client) { romeo.send(say(balcony, "lost")) }},
		{"#subject-mod", func(juliet, _ *client) {
			juliet.send("<message type='groupchat' to='" + balcony + "'><subject>lost</subject></message>")
		}},
		{"#roomconfig", func(juliet, _ *client) { juliet.configure(balcony, "roomname", "lost", "whois", "anyone") }},
		{"#ban", func(juliet, _ *client) {
			juliet.send("<iq type='set' id='lost' to='" + balcony + "'><query xmlns='" + nsAdmin + "'><item jid='romeo@montague.lit' affiliation='outcast'><reason>lost</reason></item></query></iq>")
		}},
		{"#destroyroom", func(juliet, _ *client) {
			juliet.send("<iq type='set' id='lost' to='" + balcony + "'><query xmlns='" + nsOwner + "'><destroy><reason>lost</reason></destroy></query></iq>")
		}},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t, "persistentroom", "1", "roomname", "Balcony")
			romeo.send(say(balcony, "kept"))
			w.clear()
			w.disk.held, w.disk.fail = true, errors.New("the disk is full")
			c.do(juliet, romeo)
			w.disk.fail = nil // but it stays held: what is behind is written
			nurse.send("<presence to='" + balcony + "/Nurse'><show>away</show></presence>")
			paris := w.login("paris@capulet.lit/x")
			paris.send(join(balcony, "Paris", ""))
			answer := paris.ask("get", "other@"+service, "<query xmlns='"+nsInfo+"'/>")
			paris.answered("other rooms are not concerned", "item-not-found", answer)
			nurse.send("<iq type='get' id='q' to='" + balcony + "'><query xmlns='" + nsInfo + "'/></iq>")
			asks := strings.Contains(c.name, "#roomconfig") || strings.Contains(c.name, "#ban") || strings.Contains(c.name, "#destroyroom")
			w.disk.flush()
			for who, list := range map[string]*client{"Juliet": juliet, "Romeo": romeo, "Nurse": nurse} {
				got := list.take()
				all := strings.Join(got, "\n")
				if n := strings.Count(all, "<internal-server-error "); who == "Nurse" && n != 1 && c.name != "#destroyroom" || who == "Juliet" && (n == 1) != asks {
					t.Errorf("%s: a request has an answer: %s", who, all)
				}
				all = strings.ReplaceAll(all, "id='lost'", "")
				if strings.Contains(all, "lost") {
					t.Errorf("%s sees it: %s", who, all)
				}
				if !strings.Contains(all, codes(110, 333)) || strings.Contains(all, "<show>away") {
					t.Errorf("%s: %s", who, all)
				}
			}
			if all := strings.Join(paris.take(), ""); strings.Contains(all, "lost") {
				t.Errorf("who enters sees it: %s", all)
			}
			for nick, who := range map[string]*client{"Juliet": juliet, "Romeo": romeo} {
				who.send(join(balcony, nick, ""))
				who.hears("it is as before", seen(nick, codes(110)), "<message id='kept'/>", "<message><subject/></message>")
			}
			w.inside(func(r *room) {
				if r.Settings.Name != "Balcony" || r.Settings.Whois != ToModerators || len(r.members) != 1 || len(r.sessions) != 2 {
					t.Errorf("%+v, %d members, %d sessions", r.Settings, len(r.members), len(r.sessions))
				}
			})
		})
	}
}

// The ticket of who sent something fails with the disk: he is not told that it is kept.
func TestFailedTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, romeo, _ := stage(t)
		w.disk.fail = errors.New("the disk is full")
		ticket := romeo.send(say(balcony, "x"))
		if ticket == nil || ticket.Err() == nil {
			t.Errorf("ticket: %v", ticket)
		}
	})
}

// All hear all in one order, that of the archive, whoever speaks however fast while the disk
// is slow; who brings too much waits, and who leaves does not.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Limits.Rate = -1 })
		juliet, romeo, nurse := w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard"), w.login("nurse@capulet.lit/kitchen")
		juliet.enter(balcony, "Juliet")
		juliet.configure(balcony)
		romeo.enter(balcony, "Romeo")
		nurse.enter(balcony, "Nurse")
		w.clear()
		w.disk.held = true
		const n = 400
		done := make(chan bool)
		for _, c := range []*client{romeo, nurse} {
			go func() { // ends when all is said
				for i := range n {
					c.post(say(balcony, fmt.Sprintf("%p-%d", c, i)))
				}
				done <- true
			}()
		}
		synctest.Wait()
		w.inside(func(r *room) {
			if len(r.outbox.waiting) > maxWaiting+1 {
				t.Errorf("%d wait", len(r.outbox.waiting))
			}
		})
		juliet.send(leave(balcony, "Juliet")) // does not block
		for finished := 0; finished < 2; {
			w.disk.mu.Lock()
			f := w.disk.waiting
			w.disk.waiting = nil
			w.disk.mu.Unlock()
			for _, do := range f {
				do()
			}
			synctest.Wait()
			select {
			case <-done:
				finished++
			default:
			}
		}
		w.disk.flush()
		order := func(c *client) (ids []string) {
			for _, x := range c.take() {
				if strings.Contains(x, "<body>") {
					ids = append(ids, idOf.FindStringSubmatch(x)[1])
				}
			}
			return ids
		}
		mine, theirs := order(romeo), order(nurse)
		if len(mine) != 2*n || strings.Join(mine, " ") != strings.Join(theirs, " ") {
			t.Errorf("%d and %d messages", len(mine), len(theirs))
		}
		for i, s := range w.disk.said(jidBalcony) {
			if !strings.Contains(string(s.XML), "id='"+mine[i]+"'") {
				t.Fatalf("the archive has another order at %d", i)
			}
		}
	})
}

// Clients that take nothing and ones that are gone hold nobody up, and leave.
func TestDeafAndGhosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, _, _ := stage(t)
		for i := range 20 {
			c := w.login(fmt.Sprintf("ghost%d@capulet.lit/x", i)).enter(balcony, fmt.Sprintf("Ghost %d", i))
			if i%2 == 0 {
				c.session.Close(t.Context())
			}
			c.mu.Lock()
			c.deaf = true
			c.mu.Unlock()
		}
		w.clear()
		for i := range 50 {
			juliet.send(say(balcony, fmt.Sprint(i)))
		}
		if n := strings.Count(strings.Join(juliet.take(), ""), "<body>"); n != 50 {
			t.Errorf("%d messages", n)
		}
		w.inside(func(r *room) {
			if len(r.outbox.waiting) != 0 {
				t.Errorf("%d wait", len(r.outbox.waiting))
			}
			for _, s := range r.audience {
				if strings.HasPrefix(s.jid.String(), "ghost") && w.router.Session(s.jid) == nil {
					t.Errorf("%s is a ghost", s.jid)
				}
			}
		})
	})
}

// Two rooms of which each has much to say to the other do not wait for each other.
func TestRoomsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, _ := stage(t)
		st := "<message from='garden@" + service + "' to='" + balcony + "'><body>x</body></message>"
		w.disk.held = true
		w.inside(func(r *room) {
			for range maxWaiting + 1 {
				r.post(post{ticket: w.disk.write(func() {})})
			}
		})
		accepted := make(chan error, 1)
		go func() { // ends at once
			_, err := w.rooms.Accept(t.Context(), parse(t, st, jid.MustParse("garden@"+service)))
			accepted <- err
		}()
		synctest.Wait()
		select {
		case err := <-accepted:
			if faultOf(err) != "not-acceptable" {
				t.Error(err)
			}
		default:
			t.Error("a room waits for another one")
		}
		w.disk.flush()
	})
}
