package archive

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var (
	hall  = jid.MustParse("hall@conference.capulet.lit")
	inher = jid.MustParse("hall@conference.capulet.lit/Juliet")
)

// hears appends a message to the archive of the hall.
func (w *world) hears(body string) string {
	w.t.Helper()
	xml := fmt.Sprintf("<message xmlns='jabber:client' type='groupchat' from='%s' id='%s'><body>%s</body></message>", inher, body, body)
	id, _, err := w.service.Append(w.t.Context(), hall, inher, []byte(xml))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// last gives the bodies of the last messages of the hall.
func (w *world) last(limit int) string {
	w.t.Helper()
	list, err := w.service.Last(w.t.Context(), hall, limit)
	if err != nil {
		w.t.Fatal(err)
	}
	var xml []string
	for _, e := range list {
		xml = append(xml, string(e.XML))
	}
	return bodiesOf(xml)
}

// TestRoom: a room finds again what it has appended, in order, by number and by ID.
func TestRoom(t *testing.T) {
	w := newWorld(t)
	w.want("of an empty archive", w.last(5), "")
	var ids []string
	for _, body := range []string{"a", "b", "c", "d"} {
		ids = append(ids, w.hears(body))
	}
	w.want("the last two", w.last(2), "c d")
	w.want("all", w.last(20), "a b c d")
	w.want("none", w.last(0), "")

	e, ok, err := w.service.Get(t.Context(), hall, ids[1])
	if err != nil || !ok || e.Peer != inher || e.ID.String() != ids[1] || bodiesOf([]string{string(e.XML)}) != "b" {
		t.Errorf("got %+v, %v, %v", e, ok, err)
	}
	for _, id := range []string{"", "x", "0", "1", ids[1] + "0", "0" + ids[1]} {
		if _, ok, err := w.service.Get(t.Context(), hall, id); ok || err != nil {
			t.Errorf("%q: %v, %v", id, ok, err)
		}
	}
	if _, ok, err := w.service.Get(t.Context(), jid.MustParse("garden@conference.capulet.lit"), ids[1]); ok || err != nil {
		t.Errorf("in another room: %v, %v", ok, err)
	}

	w.service.Replace(hall, ids[1], []byte("<message xmlns='jabber:client'><body>tombstone</body></message>"))
	w.service.Replace(hall, "x", []byte("<message/>"))
	w.want("with a tombstone", w.last(20), "a tombstone c d")

	// What is asked comes from the room.
	var got []string
	payload, err := w.service.Query(t.Context(), hall, parse(t, "<iq type='set' id='1' from='"+balcony+"'>"+query("")+"</iq>"),
		func(st *stanza.Stanza) bool { got = append(got, string(st.AppendTo(nil))); return true })
	if err != nil || !strings.Contains(string(payload), "complete='true'") {
		t.Errorf("%s, %v", payload, err)
	}
	w.want("by query", bodiesOf(got), "a tombstone c d")
	w.want("with the ids", fmt.Sprint(idsOf(got)), fmt.Sprint(ids))
	if !strings.Contains(got[0], "from='"+hall.String()+"'") {
		t.Errorf("got %s", got[0])
	}
}

// TestRoomWaits: what has been appended is read though the disk is slow, and so is what was
// replaced.
func TestRoomWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.disk.lazy = true
		id := w.hears("a")
		ticket := w.service.Replace(hall, id, []byte("<message><body>b</body></message>"))
		got := make(chan string)
		go func() { got <- w.last(1) }() // both end with the answer
		go func() {
			e, ok, err := w.service.Get(t.Context(), hall, id)
			got <- fmt.Sprintf("%s, %v, %v", bodiesOf([]string{string(e.XML)}), ok, err)
		}()
		synctest.Wait()
		select {
		case early := <-got:
			t.Fatalf("answered with %q", early)
		case <-ticket.Done():
			t.Fatal("the ticket is fulfilled")
		default:
		}
		w.disk.sync()
		answers := map[string]bool{<-got: true, <-got: true}
		if !answers["b"] || !answers["b, true, <nil>"] {
			t.Errorf("got %v", answers)
		}
		<-ticket.Done()
	})
}
