package crash

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	nsArchive   = "urn:xmpp:mam:2"
	nsResults   = "http://jabber.org/protocol/rsm"
	nsForward   = "urn:xmpp:forward:0"
	nsStanzaIDs = "urn:xmpp:sid:0"
)

// Messages for people who are there, acknowledged, and the server killed: the
// archives of both sides have every acknowledged message once, agree with each
// other, and have the order in which the messages were delivered (XEP-0313
// #archive_order, XEP-0198 #acking).
func TestKillWhileArchiving(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	s := process.New(t, domain, settings...)
	var senders []*sender
	var listeners []*listener
	var recipients []*recipient
	for i := range 3 {
		r := &recipient{name: fmt.Sprintf("juliet%d", i), came: map[string]int{}}
		recipients = append(recipients, r)
		listeners = append(listeners, &listener{recipient: r})
		s.AddUsers(t, r.name)
	}
	for i := range 4 {
		senders = append(senders, newSender(fmt.Sprintf("romeo%d", i), recipients))
		s.AddUsers(t, senders[i].name)
	}
	for range rounds {
		s.Start(t)
		var all sync.WaitGroup
		for _, l := range listeners {
			c := l.enter(t, s)
			all.Go(func() { l.listen(c) })
		}
		killWhile(t, s, senders)
		all.Wait()
	}
	s.Start(t)
	a := archives{}
	for _, l := range listeners {
		if l.fault != nil {
			t.Fatalf("%s: %v", l.name, l.fault)
		}
		a[l.name] = fetch(t, s, l.name)
	}
	for _, from := range senders {
		a[from.name] = fetch(t, s, from.name)
	}
	s.Stop(t)
	a.check(t, senders, listeners, rounds)
}

// A listener is connected all the time and writes down what comes.
type listener struct {
	*recipient
	got   []archived // what came, with the id of the archive
	fault error
}

// archived is a message with its place in an archive.
type archived struct{ message, place string }

// listen takes messages and acknowledges them until the connection is lost.
func (l *listener) listen(c *wire.Conn) {
	defer c.Close()
	for handled := 0; ; {
		e, err := c.Next(wire.Patience)
		switch {
		case err != nil:
			if !wire.Gone(err) {
				l.fault = err
			}
			return
		case e.Name.Space == wire.NSManagement:
			if c.Send(acknowledgement(handled)) != nil {
				return
			}
			continue
		}
		handled++
		if !e.Is("message") {
			continue
		}
		id := e.Child(nsStanzaIDs, "stanza-id")
		if id == nil {
			l.fault = fmt.Errorf("a message without the id of the archive: %v", e)
			return
		}
		l.got = append(l.got, archived{e.Attr("id"), id.Attr("id")})
	}
}

// archives are what people have at the end, by name.
type archives map[string][]archived

// fetch pages through the whole archive of somebody.
func fetch(t *testing.T, s *process.Server, name string) (all []archived) {
	t.Helper()
	c, err := wire.Login(target(s, name, true))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for after := ""; ; {
		c.MustSend(t, "<iq type='set' id='page'><query xmlns='"+nsArchive+"'><set xmlns='"+nsResults+"'><max>100</max>"+after+"</set></query></iq>")
		for {
			e, err := c.Next(wire.Patience)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, c.Transcript())
			}
			if e.Is("message") {
				result := e.Child(nsArchive, "result")
				inside := result.Child(nsForward, "forwarded").Child(wire.NSClient, "message")
				all = append(all, archived{inside.Attr("id"), result.Attr("id")})
				continue
			}
			fin := e.Child(nsArchive, "fin")
			if fin == nil {
				t.Fatalf("%s: %v", name, e)
			}
			if fin.Attr("complete") == "true" {
				return all
			}
			after = "<after>" + all[len(all)-1].place + "</after>"
			break
		}
	}
}

// check holds the archives against what was acknowledged and delivered.
func (a archives) check(t *testing.T, senders []*sender, listeners []*listener, rounds int) {
	t.Helper()
	var sent, acknowledged, missing, doubled int
	places := map[string]map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		places[name] = index(a[name])
		seen := map[string]bool{}
		for _, m := range a[name] {
			if seen[m.message] {
				doubled++
				t.Errorf("%s is in the archive of %s twice", m.message, name)
			}
			seen[m.message] = true
		}
	}
	for _, from := range senders {
		sent += len(from.sent)
		acknowledged += len(from.acknowledged)
		mine := places[from.name]
		for _, n := range from.acknowledged {
			id := from.id(n)
			_, here := mine[id]
			_, there := places[from.sent[n].name][id]
			if !here || !there {
				missing++
			}
		}
	}
	for _, l := range listeners {
		for _, from := range senders {
			theirs := only(a[from.name], func(id string) bool { return from.isTo(id, l.recipient) })
			ours := only(a[l.name], func(id string) bool { return strings.HasPrefix(id, from.name+"-") })
			if !slices.Equal(theirs, ours) {
				t.Errorf("the archives of %s and %s differ: %d and %d messages", from.name, l.name, len(theirs), len(ours))
			}
		}
		l.inOrder(t, a[l.name])
	}
	t.Logf("crash with archives: %d rounds, %d sent, %d acknowledged, %d missing, %d doubled", rounds, sent, acknowledged, missing, doubled)
	if missing > 0 || acknowledged == 0 {
		t.Errorf("%d of %d acknowledged messages are missing", missing, acknowledged)
	}
}

// inOrder checks that what was delivered has the place in the archive that its id
// said, and that the order of delivery was that of the archive. A message that was
// on its way to the disk when the server died may have been delivered and be in no
// archive: nobody had acknowledged it.
func (l *listener) inOrder(t *testing.T, archive []archived) {
	t.Helper()
	at := index(archive)
	last, lost := -1, 0
	for _, m := range l.got {
		i, ok := at[m.message]
		switch {
		case !ok:
			lost++
		case archive[i].place != m.place:
			t.Errorf("%s was delivered with the id %s and is archived as %s", m.message, m.place, archive[i].place)
		case i <= last:
			t.Errorf("%s was delivered after %s, but is archived before it", m.message, archive[last].message)
		default:
			last = i
		}
	}
	for i := 1; i < len(archive); i++ {
		before, err1 := strconv.ParseUint(archive[i-1].place, 10, 64)
		place, err2 := strconv.ParseUint(archive[i].place, 10, 64)
		if err1 != nil || err2 != nil || place <= before {
			t.Errorf("%s: the ids of the archive do not grow: %s, %s", l.name, archive[i-1].place, archive[i].place)
		}
	}
	t.Logf("%s: %d delivered, %d of them in no archive", l.name, len(l.got), lost)
}

// isTo reports whether the message with that id is one that s sent to r.
func (s *sender) isTo(id string, r *recipient) bool {
	digits, ok := strings.CutPrefix(id, s.name+"-")
	n, err := strconv.Atoi(digits)
	return ok && err == nil && n < len(s.sent) && s.sent[n] == r
}

// index tells where in an archive each message is.
func index(archive []archived) map[string]int {
	at := make(map[string]int, len(archive))
	for i, m := range archive {
		at[m.message] = i
	}
	return at
}

// only gives the messages that belong, in order.
func only(archive []archived, belongs func(id string) bool) (ids []string) {
	for _, m := range archive {
		if belongs(m.message) {
			ids = append(ids, m.message)
		}
	}
	return ids
}
