//go:build bench

package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// roomIdle measures what rooms cost in which nobody is: memory, and time at the start.
func (r *run) roomIdle(t *testing.T) {
	s := newServerWith(t, 1, append(roomSettings, unarchived, "rooms.per_person = 1000000", "rooms.persistent = true")...)
	var megabytes, seconds [2][]float64
	for with := range 2 {
		if with == 1 {
			start(t, s)
			r.makeRooms(t, s, r.size.rooms)
			s.Stop(t)
		}
		for range r.size.rounds {
			took := start(t, s)
			<-time.After(r.size.rest)
			megabytes[with] = append(megabytes[with], memoryNow(t, s.Pid()).Resident/megabyte)
			seconds[with] = append(seconds[with], took.Seconds())
			s.Stop(t)
		}
	}
	r.report(t, figure{
		name: fmt.Sprintf("%d rooms in which nobody is", r.size.rooms), unit: "MB RSS more",
		value: median(megabytes[1]) - median(megabytes[0]), target: 20, beside: number(median(megabytes[1])) + " in all",
	})
	r.report(t, figure{
		name: fmt.Sprintf("start with %d rooms", r.size.rooms), unit: "s more until ready",
		value: median(seconds[1]) - median(seconds[0]), target: 1, beside: number(median(seconds[1])) + " in all",
	})
}

// makeRooms has one person make rooms that stay, and leave them.
func (r *run) makeRooms(t *testing.T, s *process.Server, n int) {
	t.Helper()
	c, err := r.door(s, false).Login(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	const portion = 50
	for first := 0; first < n; first += portion {
		var out strings.Builder
		for i := first; i < min(first+portion, n); i++ {
			room := fmt.Sprintf("balcony%d@conference.%s", i, domain)
			fmt.Fprintf(&out, "<presence to='%s/Juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>"+
				"<iq type='set' id='open' to='%s'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>"+
				"<presence type='unavailable' to='%s/Juliet'/>", room, room, room)
		}
		if _, err := c.Ask(out.String()+"<iq type='get' id='made"+fmt.Sprint(first)+"'><ping xmlns='urn:xmpp:ping'/></iq>", "id='made"+fmt.Sprint(first)+"'"); err != nil {
			t.Fatal(err)
		}
	}
	// The last one is there, and is as it was made.
	got, err := c.Ask(fmt.Sprintf("<iq type='get' id='info' to='balcony%d@conference.%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", n-1, domain), "</iq>")
	for err == nil && !strings.Contains(got, "id='info'") {
		got, err = c.Await("</iq>")
	}
	if err != nil || !strings.Contains(got, "muc_persistent") {
		t.Fatalf("the last room: %v %s", err, got[max(0, len(got)-1000):])
	}
	if err := c.Conn.Close(); err != nil {
		t.Fatal(err)
	}
}
