package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

func hatCommand(node, fields string) string {
	c := "<command xmlns='" + nsCommands + "' node='" + formHats + ":" + node + "'"
	if fields == "" {
		return c + " action='execute'/>"
	}
	return c + "><x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", formHats) + fields + "</x></command>"
}

// XEP-0317: hats are made, worn, seen, changed and taken away.
func TestHats(t *testing.T) {
	const uri = "http://tech.example.edu/hats#Teacher"
	made := field(fieldTitle, "Teacher") + field(fieldURI, uri) + field(fieldHue, "327.2")
	worn := field(fieldHatJID, "romeo@montague.lit") + field(fieldURI, uri)
	hat := func(title string) string {
		return "<presence from='" + balcony + "/Romeo'><hats xmlns='" + nsHats + "'><hat title='" + title + "' uri='" + uri + "'/></hats></presence>"
	}
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "persistentroom", "1")
		for _, node := range []string{"create", "destroy", "assign", "unassign", "list-assigned"} {
			nurse.answered(node, "forbidden", nurse.ask("set", balcony, hatCommand(node, "")))
		}
		for _, c := range []struct{ why, want, payload string }{
			{"no such command", "item-not-found", hatCommand("burn", "")},
			{"no title", "bad-request", hatCommand("create", field(fieldURI, uri))},
			{"no uri", "bad-request", hatCommand("create", field(fieldTitle, "T"))},
			{"too long", "not-acceptable", hatCommand("create", field(fieldTitle, strings.Repeat("x", 600))+field(fieldURI, uri))},
			{"no such hat", "item-not-found", hatCommand("assign", worn)},
			{"no such hat", "item-not-found", hatCommand("destroy", field(fieldURI, uri))},
			{"not submitted", "bad-request", strings.Replace(hatCommand("create", made), "submit", "form", 1)},
			{"given up", "", "<command xmlns='" + nsCommands + "' node='" + formHats + ":create' action='cancel'/>"},
		} {
			juliet.answered(c.why, c.want, juliet.ask("set", balcony, c.payload))
		}
		nurse.wants("nothing has happened")
		if got := juliet.ask("set", balcony, hatCommand("create", "")); !strings.Contains(got, "status='executing'") || !strings.Contains(got, "var='hats#title'") {
			t.Errorf("#create: %s", got)
		}
		juliet.answered("#create", "", juliet.ask("set", balcony, hatCommand("create", made)))
		nurse.wants("#create: SHOULD broadcast", "<message from='"+balcony+"'><x xmlns='"+nsUser+"'>"+codes(104)+"</x></message>")
		juliet.answered("who", "jid-malformed", juliet.ask("set", balcony, hatCommand("assign", field(fieldHatJID, "montague.lit")+field(fieldURI, uri))))
		juliet.answered("#add", "", juliet.ask("set", balcony, hatCommand("assign", worn)))
		nurse.wants("#presence", hat("Teacher"))
		juliet.answered("twice", "conflict", juliet.ask("set", balcony, hatCommand("assign", worn)))
		w.open()
		w.clear()
		for _, c := range []*client{juliet, romeo, nurse} {
			c.send(join(balcony, map[*client]string{juliet: "Juliet", romeo: "Romeo", nurse: "Nurse"}[c], ""))
		}
		nurse.hears("after a restart", hat("Teacher"))
		w.clear()
		juliet.answered("#create: updating", "", juliet.ask("set", balcony, hatCommand("create", field(fieldTitle, "Master")+field(fieldURI, uri))))
		nurse.hears("#create: the refreshed hat list", hat("Master"))
		if got := nurse.ask("set", balcony, hatCommand("list", "")); !strings.Contains(got, "<value>Master</value>") {
			t.Errorf("list: %s", got)
		}
		if got := juliet.ask("set", balcony, hatCommand("list-assigned", "")); !strings.Contains(got, "<value>romeo@montague.lit</value>") {
			t.Errorf("list-assigned: %s", got)
		}
		if got := nurse.ask("get", balcony, "<query xmlns='"+nsInfo+"'/>"); !strings.Contains(got, "hats#hash") {
			t.Errorf("#disco: %s", got)
		}
		juliet.answered("#destroy", "", juliet.ask("set", balcony, hatCommand("destroy", field(fieldURI, uri))))
		nurse.hears("#destroy", "<message/>", "<presence from='"+balcony+"/Romeo'/>")
		w.inside(func(r *room) {
			if len(r.Hats) != 0 || len(r.members) != 1 {
				t.Errorf("%v %v", r.Hats, r.members)
			}
		})
		juliet.answered("", "", juliet.ask("set", balcony, hatCommand("create", made)))
		juliet.answered("", "", juliet.ask("set", balcony, hatCommand("assign", worn)))
		juliet.answered("#remove", "", juliet.ask("set", balcony, hatCommand("unassign", worn)))
		juliet.answered("not worn", "item-not-found", juliet.ask("set", balcony, hatCommand("unassign", worn)))
		juliet.affiliate("romeo@montague.lit", "outcast")
		juliet.answered("who is banned", "not-allowed", juliet.ask("set", balcony, hatCommand("assign", worn)))
		if got := nurse.ask("get", balcony, "<query xmlns='"+nsItems+"' node='"+nsCommands+"'/>"); strings.Count(got, "<item ") != 1 {
			t.Errorf("commands for all: %s", got)
		}
	})
}
