package flash

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"causeway/conformance/run"
)

var figures = regexp.MustCompile(`^([0-9]+)\|([0-9]+)\|([0-9]+)\s*$`)

// numbers gives those of online.txt: connections, people who have logged in, rooms.
func (p *play) numbers() (n [3]int) {
	text, err := os.ReadFile(filepath.Join(p.site.Files, "online.txt"))
	p.t.True(err == nil, "online.txt: %v", err)
	m := figures.FindStringSubmatch(string(text))
	p.t.True(m != nil, "online.txt is %.100q", text)
	for i := range n {
		number, err := strconv.Atoi(m[i+1])
		p.t.True(err == nil, "online.txt is %.100q", text)
		n[i] = number
	}
	return n
}

// calm gives the numbers once they change no more: those of before may be on their way.
func (p *play) calm() [3]int {
	last, since := p.numbers(), time.Now()
	p.until("an online.txt that stays as it is", func() bool {
		if n := p.numbers(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > min(1200*time.Millisecond, p.t.Patience/2)
	})
	return last
}

// people gives those of a room, and whether it has a file.
func (p *play) people(id string) ([]string, bool) {
	text, err := os.ReadFile(filepath.Join(p.site.Files, "room_"+id+".txt"))
	if err != nil {
		return nil, false
	}
	return strings.FieldsFunc(string(text), func(c rune) bool { return c == '\n' || c == '\r' }), true
}

func fileRows() []row {
	return []row{
		{ID: "online/format", Level: run.Must, Text: "online.txt has the numbers of connections, of people who have logged in, and of rooms, with bars between", Needs: []string{Files}, Run: func(p *play) { p.numbers() }},
		{ID: "online/rooms", Level: run.Must, Text: "the number of rooms follows add_room", Needs: []string{Files}, Alone: true, Run: func(p *play) {
			before := p.calm()[2]
			p.room()
			p.until("one room more in online.txt", func() bool { return p.numbers()[2] > before })
		}},
		{ID: "online/people", Level: run.Must, Text: "the number of people who have logged in follows a log-in", Needs: []string{Files, XMPP}, Alone: true, Run: func(p *play) {
			p.t.Account("romeo") // whoever makes the account may log in for that
			before := p.calm()[1]
			p.t.Online("romeo")
			p.until("one person more in online.txt", func() bool { return p.numbers()[1] > before })
		}},
		{ID: "room-files/there", Level: run.Must, Text: "a room has its room_N.txt, which is empty when nobody is in it", Needs: []string{Files}, Run: func(p *play) {
			id := p.room()
			p.until("room_"+id+".txt", func() bool { _, ok := p.people(id); return ok })
			list, _ := p.people(id)
			p.t.True(len(list) == 0, "%v are in a new room", list)
		}},
		{ID: "room-files/gone", Level: run.Should, Text: "the file goes with its room", Needs: []string{Files}, Run: func(p *play) {
			id := p.room()
			p.until("room_"+id+".txt", func() bool { _, ok := p.people(id); return ok })
			p.ok(p.command("del_room", "room_id", id))
			p.until("the end of room_"+id+".txt", func() bool { _, ok := p.people(id); return !ok })
		}},
		{ID: "room-files/people", Level: run.Must, Text: "the file has the names of those in the room", Needs: []string{Files, XMPP}, Run: func(p *play) {
			name := word()
			id := p.added(p.command("add_room", "name", name, "member", "1"))
			c := p.t.Online("romeo")
			item := p.listed(c, name)
			p.t.True(item != nil, "no room is called %s", name)
			c.Send("<presence to='%s/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>", item.Attr("jid"))
			c.Want("<presence from='%s/romeo' type='!'/>", item.Attr("jid"))
			user := p.t.Account("romeo").User
			p.until(user+" in room_"+id+".txt", func() bool { list, _ := p.people(id); return slices.Contains(list, user) })
			c.Leave()
			p.until("the end of "+user+" in room_"+id+".txt", func() bool { list, _ := p.people(id); return !slices.Contains(list, user) })
		}},
		{ID: "room-files/only", Level: run.Should, Text: "no other file begins with room_: readers take every one for a room", Needs: []string{Files}, Run: func(p *play) {
			p.room()
			entries, err := os.ReadDir(p.site.Files)
			p.t.Errored("folder", err)
			good := regexp.MustCompile(`^room_[0-9]+\.txt$`)
			for _, e := range entries {
				p.t.True(!strings.HasPrefix(e.Name(), "room_") || good.MatchString(e.Name()), "there is %s", e.Name())
			}
		}},
	}
}
