package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/muc"
	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const service = "conference.capulet.lit"

var balcony = jid.MustParse("balcony@" + service)

// room is what a test writes of a room.
func room(name string, s muc.Settings) *muc.Record {
	s.Name = name
	return &muc.Record{Settings: s, Creator: juliet}
}

func (h *house) write(at jid.JID, c muc.Change) {
	h.t.Helper()
	must(h.t, outcome(h.Rooms().Write(at, c)))
}

// people are the members of a room as text.
func (h *house) people(at jid.JID) string {
	h.t.Helper()
	_, members, err := h.Rooms().Room(h.t.Context(), at)
	must(h.t, err)
	list := make([]string, 0, len(members))
	for _, m := range members {
		list = append(list, fmt.Sprintf("%s=%s", m.JID, m.Affiliation))
	}
	return strings.Join(list, " ")
}

func (h *house) memberships(person jid.JID) string {
	h.t.Helper()
	list, err := h.Rooms().Memberships(h.t.Context(), person)
	must(h.t, err)
	return fmt.Sprint(list)
}

func conditionOf(err error) stanza.Condition {
	var told *stanza.Error
	if errors.As(err, &told) {
		return told.Condition
	}
	return ""
}

func TestRoomRoundTrip(t *testing.T) {
	h := newHouse(t)
	if r, members, err := h.Rooms().Room(t.Context(), balcony); r != nil || members != nil || err != nil {
		t.Errorf("before it is there: %v, %v, %v", r, members, err)
	}
	want := muc.Record{
		Settings: muc.Settings{
			Name: "Balcony", Description: "d", Lang: "it", PubSub: "p", Persistent: true, MembersOnly: true, Password: "secret",
			Whois: muc.ToAnyone, PrivateFrom: muc.Nobody, Subject: muc.Moderator, MemberList: muc.Participant,
			Broadcast: muc.RolesOf(muc.Moderator), Archive: true, MaxUsers: 30, HistoryLength: 20,
		},
		Subject: muc.Subject{XML: []byte("<subject>O</subject>"), From: jid.MustParse(balcony.String() + "/♥"), At: time.Now().UTC()},
		Creator: juliet, Created: time.Now().UTC(), Avatar: "abc", Hats: []muc.Hat{{URI: "u", Title: "t"}, {URI: "v", Hue: "7.5"}},
	}
	members := []muc.Member{
		{JID: jid.MustParse("evil.lit"), Affiliation: muc.Outcast, Reason: "all of them"},
		{JID: juliet, Affiliation: muc.Owner, Hats: []string{"u", "v"}},
		{JID: romeo, Affiliation: muc.None, Nick: "Romeo"},
	}
	h.write(balcony, muc.Change{Record: &want, Members: members, VCard: []byte("<vCard/>")})
	check := func() {
		t.Helper()
		r, list, err := h.Rooms().Room(t.Context(), balcony)
		if err != nil || !reflect.DeepEqual(*r, want) || !reflect.DeepEqual(list, members) {
			t.Errorf("got %+v, %+v, %v", r, list, err)
		}
	}
	check()
	h.restart()
	check()
	card, err := h.Rooms().VCard(t.Context(), balcony)
	if err != nil || string(card) != "<vCard/>" {
		t.Errorf("vCard %q, %v", card, err)
	}

	// A change leaves what it does not name.
	h.write(balcony, muc.Change{Members: []muc.Member{{JID: romeo, Affiliation: muc.None}, {JID: nurse, Affiliation: muc.MemberOf}}})
	members = append(members[:2], muc.Member{JID: nurse, Affiliation: muc.MemberOf})
	check()
	want.Subject, want.Creator = muc.Subject{}, jid.JID{}
	h.write(balcony, muc.Change{Record: &want, VCard: []byte{}})
	check()
	if card, err = h.Rooms().VCard(t.Context(), balcony); card != nil || err != nil {
		t.Errorf("removed vCard %q, %v", card, err)
	}
	// What is for a room that is gone does not come to be half of one.
	gone := outcome(h.Rooms().Write(jid.MustParse("garden@"+service), muc.Change{Members: members}))
	if conditionOf(gone) != stanza.ItemNotFound {
		t.Errorf("members of no room: %v", gone)
	}
}

func TestRoomLists(t *testing.T) {
	h := newHouse(t)
	at := func(name string) jid.JID { return jid.MustParse(name + "@" + service) }
	for i := range 7 {
		name := fmt.Sprintf("r%d", i)
		h.write(at(name), muc.Change{Record: room(strings.ToUpper(name), muc.Settings{Public: i%2 == 0, Persistent: i > 2})})
	}
	h.write(jid.MustParse("r9@conference.capulet.li"), muc.Change{Record: room("X", muc.Settings{Public: true})})
	h.write(jid.MustParse("r9@conference.capulet.lit.x"), muc.Change{Record: room("Y", muc.Settings{Public: true})})
	names := func(after string, limit int, all bool) string {
		t.Helper()
		list, err := h.Rooms().List(t.Context(), service, after, limit, all)
		must(t, err)
		var text []string
		for _, l := range list {
			text = append(text, l.JID.Local()+l.Name)
		}
		return strings.Join(text, " ")
	}
	look := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	look(names("", 9, false), "r0R0 r2R2 r4R4 r6R6")
	look(names("r0", 2, false), "r2R2 r4R4")
	look(names("r1", 9, false), "r2R2 r4R4 r6R6")
	look(names("", 3, true), "r0R0 r1R1 r2R2")
	look(names("r2", 9, true), "r3R3 r4R4 r5R5 r6R6")
	look(names("", 0, true), "")
	temporary := func() string {
		t.Helper()
		list, err := h.Rooms().Temporary(t.Context(), service)
		must(t, err)
		return fmt.Sprint(list)
	}
	look(temporary(), fmt.Sprint([]jid.JID{at("r0"), at("r1"), at("r2")}))
	count := func(who jid.JID, want int) {
		t.Helper()
		if n, err := h.Rooms().Count(t.Context(), service, who); n != want || err != nil {
			t.Errorf("%s: counted %d, %v; want %d", who, n, err, want)
		}
	}
	count(juliet, 7)
	count(jid.MustParse("juliet@capulet.li"), 0)

	// Another name, another list, another creator.
	other := room("New", muc.Settings{Persistent: true, Public: true})
	other.Creator = romeo
	h.write(at("r0"), muc.Change{Record: other})
	h.write(at("r2"), muc.Change{Record: room("R2", muc.Settings{Persistent: true})})
	look(names("", 9, false), "r0New r4R4 r6R6")
	look(temporary(), fmt.Sprint([]jid.JID{at("r1")}))
	count(juliet, 6)
	count(romeo, 1)
	must(t, outcome(h.Rooms().Remove(at("r0"))))
	must(t, outcome(h.Rooms().Remove(at("r1"))))
	h.restart()
	look(names("", 9, false), "r4R4 r6R6")
	look(names("", 2, true), "r2R2 r3R3")
	look(temporary(), "[]")
	count(juliet, 5)
	count(romeo, 0)
}

// What is too much for one step is refused as a whole, and told so.
func TestRoomChangeTooLarge(t *testing.T) {
	h := newHouse(t)
	h.write(balcony, muc.Change{Record: room("Balcony", muc.Settings{})})
	crowd := func(n int) (list []muc.Member) {
		for i := range n {
			list = append(list, muc.Member{JID: jid.MustParse(fmt.Sprintf("page%05d@capulet.lit", i)), Affiliation: muc.MemberOf})
		}
		return list
	}
	if err := outcome(h.Rooms().Write(balcony, muc.Change{Members: crowd(4000)})); conditionOf(err) != stanza.PolicyViolation {
		t.Errorf("4000 at once: %v", err)
	}
	if got := h.people(balcony); got != "" {
		t.Errorf("some of them: %q", got)
	}
	h.write(balcony, muc.Change{Members: crowd(2000)})
	if _, members, err := h.Rooms().Room(t.Context(), balcony); len(members) != 2000 || err != nil {
		t.Errorf("%d members, %v", len(members), err)
	}
}

// A room that was removed is gone with everything, at once and after a restart; a new one of its name has nothing of
// it, however much is left.
func TestRoomRemoved(t *testing.T) {
	for _, folded := range []bool{false, true} {
		t.Run(fmt.Sprint("folded ", folded), func(t *testing.T) { roomRemoved(t, folded) })
	}
}

func roomRemoved(t *testing.T, folded bool) {
	h := newHouse(t)
	said := func(from archive.ID, n int) {
		t.Helper()
		for id := from; id < from+archive.ID(n); id++ {
			e := archived(balcony, id, jid.MustParse(fmt.Sprintf("%s/n%d", balcony, id%3)))
			e.XML = append(e.XML, "secret"...)
			must(t, outcome(h.Archive().Append(e)))
		}
	}
	look := func(when, people string, ids ...archive.ID) {
		t.Helper()
		page, err := h.Archive().Page(t.Context(), balcony, archive.Query{Max: 500})
		must(t, err)
		if got := archivedIDs(page); !slices.Equal(got, ids) || page.More {
			t.Errorf("%s: the archive has %v, more %v; want %v", when, got, page.More, ids)
		}
		last, err := h.Archive().Page(t.Context(), balcony, archive.Query{Backward: true, Max: 1, With: balcony})
		must(t, err)
		n, err := h.Archive().Count(t.Context(), balcony, archive.Query{}, 500)
		must(t, err)
		first, end, err := h.Archive().Ends(t.Context(), balcony)
		must(t, err)
		want := [4]archive.ID{0, 0, archive.ID(len(ids)), archive.ID(min(1, len(ids)))}
		if len(ids) > 0 {
			want[0], want[1] = ids[0], ids[len(ids)-1]
		}
		if got := [4]archive.ID{first, end, archive.ID(n), archive.ID(len(last.Entries))}; got != want {
			t.Errorf("%s: ends, count and last page are %v, want %v", when, got, want)
		}
		if got := h.people(balcony); got != people {
			t.Errorf("%s: members are %q, want %q", when, got, people)
		}
		want2 := "[]"
		if people != "" {
			want2 = fmt.Sprint([]jid.JID{balcony})
		}
		if got := h.memberships(romeo); got != want2 {
			t.Errorf("%s: romeo is known to %s, want %s", when, got, want2)
		}
	}
	make1 := func() {
		t.Helper()
		h.write(balcony, muc.Change{
			Record: room("Balcony", muc.Settings{Public: true}), VCard: []byte("<vCard/>"),
			Members: []muc.Member{{JID: romeo, Affiliation: muc.Owner}, {JID: nurse, Affiliation: muc.MemberOf}},
		})
	}
	make1()
	said(1, 300)
	if folded {
		must(t, h.Archive().Fold(t.Context()))
	}
	said(301, 20)
	// Nobody clears away until the store is opened again.
	h.Rooms().StopClearing()
	must(t, outcome(h.Rooms().Remove(balcony)))
	must(t, outcome(h.Rooms().Remove(balcony)))
	if card, err := h.Rooms().VCard(t.Context(), balcony); card != nil || err != nil {
		t.Errorf("vCard %q, %v", card, err)
	}
	look("removed", "")
	// The members of the old room are known to nobody; the new one has one of them.
	h.write(balcony, muc.Change{Record: room("New", muc.Settings{}), Members: []muc.Member{{JID: romeo, Affiliation: muc.MemberOf}}})
	if got := h.memberships(nurse); got != "[]" {
		t.Errorf("nurse is known to %s", got)
	}
	look("made again", "romeo@montague.lit=member")
	if err := outcome(h.Archive().Append(archived(balcony, 320, balcony))); err == nil {
		t.Error("an entry below the floor was taken")
	}
	said(400, 3)
	edited := false
	must(t, outcome(h.Archive().Edit(balcony, 310, func(archive.Entry) []byte { edited = true; return nil })))
	if edited {
		t.Error("an entry of the old room was edited")
	}
	look("with something said", "romeo@montague.lit=member", 400, 401, 402)
	if folded {
		must(t, h.Archive().Fold(t.Context())) // one leaf has entries of both
	}
	h.restart()
	look("opened again", "romeo@montague.lit=member", 400, 401, 402)
	must(t, h.Rooms().Clear(t.Context()))
	look("cleared away", "romeo@montague.lit=member", 400, 401, 402)
	if left := h.Contains(t, "nurse@capulet.lit"); left != 0 {
		t.Errorf("%d records still have a member of the old room", left)
	}
	must(t, h.Archive().Fold(t.Context()))
	look("folded", "romeo@montague.lit=member", 400, 401, 402)
	if left := h.Contains(t, "secret"); left != 3 {
		t.Errorf("%d records still have what was said, want the three of the new room", left)
	}
	must(t, outcome(h.Rooms().Remove(balcony)))
	look("removed again", "")
	must(t, h.Rooms().Clear(t.Context()))
	if said, keys := h.Contains(t, "secret"), h.Keys(t, "balcony"); said+keys != 0 {
		t.Errorf("%d records are left of what was said, %d of the room", said, keys)
	}
	h.restart()
	look("at last", "")
}

// A room with more members than one step can delete goes in one step.
func TestLargeRoomRemoved(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 20,000 members")
	}
	h := newHouse(t)
	change := muc.Change{Record: room("Feast", muc.Settings{Persistent: true})}
	for i := range 20_000 {
		change.Members = append(change.Members, muc.Member{JID: jid.MustParse(fmt.Sprintf("guest%05d@capulet.lit", i)), Affiliation: muc.MemberOf})
		if len(change.Members) == 2000 {
			h.write(balcony, change)
			change = muc.Change{}
		}
	}
	began := time.Now()
	_, members, err := h.Rooms().Room(t.Context(), balcony)
	if len(members) != 20_000 || err != nil {
		t.Fatalf("%d members, %v", len(members), err)
	}
	t.Logf("read in %v", time.Since(began))
	must(t, outcome(h.Rooms().Remove(balcony)))
	h.write(balcony, muc.Change{Record: room("Wedding", muc.Settings{}), Members: []muc.Member{{JID: members[7].JID, Affiliation: muc.Admin}}})
	if got := h.people(balcony); got != "guest00007@capulet.lit=admin" {
		t.Errorf("the new room has %q", got)
	}
	must(t, h.Rooms().Clear(t.Context()))
	if got := h.memberships(members[7].JID); got != fmt.Sprint([]jid.JID{balcony}) {
		t.Errorf("the guest of both is known to %s", got)
	}
	if left := h.Contains(t, "guest"); left != 2 {
		t.Errorf("%d records have guests, want 2", left)
	}
}

// Who has no account any more is no member either, and stays banned.
func TestRoomsForget(t *testing.T) {
	h := newHouse(t)
	const rooms = 700 // more than one step deletes
	for i := range rooms {
		a := muc.MemberOf
		if i%100 == 0 {
			a = muc.Outcast
		}
		h.Rooms().Write(jid.MustParse(fmt.Sprintf("r%d@%s", i, service)), muc.Change{Record: room("", muc.Settings{}), Members: []muc.Member{
			{JID: romeo, Affiliation: a, Nick: "R", Reason: "why"}, {JID: jid.MustParse("romeo@montague.li"), Affiliation: muc.Owner},
		}})
	}
	must(t, h.Rooms().Forget(t.Context(), romeo))
	must(t, h.Rooms().Forget(t.Context(), romeo))
	list, err := h.Rooms().Memberships(t.Context(), romeo)
	if len(list) != rooms/100 || err != nil {
		t.Errorf("known to %d rooms, %v", len(list), err)
	}
	if got := h.people(jid.MustParse("r1@" + service)); got != "romeo@montague.li=owner" {
		t.Errorf("members are %q", got)
	}
	_, members, err := h.Rooms().Room(t.Context(), list[0])
	if want := (muc.Member{JID: romeo, Affiliation: muc.Outcast, Reason: "why"}); err != nil || len(members) != 2 || !reflect.DeepEqual(members[1], want) {
		t.Errorf("got %+v, %v; want %+v", members, err, want)
	}
}

// Where the disk is nearly full nothing is added; what frees space goes on.
func TestRoomsOnFullDisk(t *testing.T) {
	h := newHouse(t)
	h.write(balcony, muc.Change{Record: room("Balcony", muc.Settings{}), Members: []muc.Member{{JID: romeo, Affiliation: muc.MemberOf}}})
	must(t, h.Close())
	h.openWith(badger.Options{Dir: h.dir, FreeSpace: func(string) (uint64, error) { return 100 << 20, nil }})
	err := outcome(h.Rooms().Write(balcony, muc.Change{Members: []muc.Member{{JID: nurse, Affiliation: muc.MemberOf}}}))
	if conditionOf(err) != stanza.ResourceConstraint {
		t.Errorf("a new member: %v", err)
	}
	h.write(balcony, muc.Change{Members: []muc.Member{{JID: romeo, Affiliation: muc.None}}})
	must(t, outcome(h.Rooms().Remove(balcony)))
	if r, _, err := h.Rooms().Room(t.Context(), balcony); r != nil || err != nil {
		t.Errorf("removed: %v, %v", r, err)
	}
}
