package backup

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	nsArchive = "urn:xmpp:mam:2"
	nsPages   = "http://jabber.org/protocol/rsm"
	pageSize  = 50
)

// An order is one of the two ways through an archive (XEP-0059 #forwards, #backwards).
type order string

const (
	forward  order = "after"
	backward order = "before"
)

// archive pages through somebody's archive and gives what comes, results and ends of pages, as it came.
func (p *person) archive(t testing.TB, s *process.Server, way order) (messages []string) {
	t.Helper()
	messages, _ = p.pages(t, s, way)
	return messages
}

func (p *person) pages(t testing.TB, s *process.Server, way order) (messages, ends []string) {
	t.Helper()
	c := p.enter(t, s)
	defer c.Close()
	at := ""
	for page := 0; ; page++ {
		mark := ""
		if at != "" || way == backward {
			mark = fmt.Sprintf("<%s>%s</%s>", way, at, way)
		}
		c.MustSend(t, fmt.Sprintf("<iq type='set' id='p%d'><query xmlns='%s' queryid='q'><set xmlns='%s'><max>%d</max>%s</set></query></iq>",
			page, nsArchive, nsPages, pageSize, mark))
		got, fin := readPage(t, c)
		if way == forward {
			messages = append(messages, got...)
		} else {
			messages = append(got, messages...)
		}
		ends = append(ends, fin.String())
		end := fin.Child(nsArchive, "fin")
		set := end.Child(nsPages, "set")
		if end.Attr("complete") == "true" || set == nil {
			return messages, ends
		}
		name := "last"
		if way == backward {
			name = "first"
		}
		edge := set.Child(nsPages, name)
		if edge == nil || edge.Text == at {
			t.Fatalf("%s: paging does not come on: %v", p.name, fin)
		}
		at = edge.Text
	}
}

func readPage(t testing.TB, c *wire.Conn) (messages []string, fin *wire.Element) {
	t.Helper()
	for {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%v\n%.2000s", err, c.Transcript())
		}
		switch {
		case e.Is("iq") && e.Attr("type") == "result":
			return messages, e
		case e.Is("iq"):
			t.Fatalf("no page: %v", e)
		case e.Is("message") && e.Child(nsArchive, "result") != nil:
			messages = append(messages, e.String())
		}
	}
}

// compareArchives holds somebody's archive on the copy against the original, which may have more by now unless they
// have to be equal.
func compareArchives(t testing.TB, original, copied *process.Server, p *person, equal bool, at point) {
	t.Helper()
	was, wasEnds := p.pages(t, original, forward)
	is, isEnds := p.pages(t, copied, forward)
	if len(is) > len(was) || equal && len(is) != len(was) {
		t.Errorf("%s: %s has %d messages, the original %d", at.file, p.name, len(is), len(was))
		return
	}
	for i := range is {
		if is[i] != was[i] {
			t.Errorf("%s: message %d of %s is\n%s\nand was\n%s", at.file, i, p.name, is[i], was[i])
			return
		}
	}
	own := 0
	for _, m := range is {
		own += strings.Count(m, " id='"+p.name+"-")
	}
	if own < at.acked[p.name] {
		t.Errorf("%s: of %d acknowledged messages of %s there are %d", at.file, at.acked[p.name], p.name, own)
	}
	t.Logf("%s: %s has %d of %d messages, %d of its own, %d were acknowledged before", at.file, p.name, len(is), len(was), own, at.acked[p.name])
	back, backEnds := p.pages(t, copied, backward)
	if strings.Join(back, "\n") != strings.Join(is, "\n") {
		t.Errorf("%s: the archive of %s is another one backwards, %d and %d messages", at.file, p.name, len(back), len(is))
	}
	if !equal {
		return
	}
	wasBack, wasBackEnds := p.pages(t, original, backward)
	for what, same := range map[string]bool{
		"forward ends":   strings.Join(wasEnds, strconv.Quote("|")) == strings.Join(isEnds, strconv.Quote("|")),
		"backward pages": strings.Join(wasBack, "\n") == strings.Join(back, "\n"),
		"backward ends":  strings.Join(wasBackEnds, "|") == strings.Join(backEnds, "|"),
	} {
		if !same {
			t.Errorf("%s: %s of %s differ", at.file, what, p.name)
		}
	}
}
