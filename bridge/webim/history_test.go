package webim

import (
	"fmt"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A room elsewhere may send pages as long as it likes: what is kept of them is bounded,
// and a page that was cut short goes on where it ended.
func TestLongPage(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	room, long := jid.MustParse("ball@chat.lit"), strings.Repeat("x", 100<<10)
	o.answer = func(st *stanza.Stanza) *stanza.Stanza {
		c, _ := st.Child(nsArchive, "query")
		query := stanza.Element{XML: st.ChildBytes(c)}
		for i := range historyPage {
			o.exit.Deliver(stanza.New(stanza.Message, stanza.Normal, "", room, juliet, fmt.Appendf(nil,
				"<result xmlns='%s' queryid='%s' id='%d'><forwarded xmlns='%s'><message xmlns='jabber:client'><body>%s</body></message></forwarded></result>",
				nsArchive, query.Attr("queryid"), i, nsForward, long)))
		}
		return stanza.New(stanza.IQ, stanza.Result, st.ID(), room, juliet, []byte("<fin xmlns='"+nsArchive+"' complete='true'/>"))
	}
	for backward, want := range map[bool]string{false: "0 9 false", true: "20 29 true"} {
		list, complete, err := p.archive(t.Context(), room, archiveQuery{max: historyPage, backward: backward})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(list[0].id, " ", list[len(list)-1].id, " ", complete); got != want {
			t.Errorf("backward %t: %s, want %s", backward, got, want)
		}
	}
}

// An answer has the end of a history that is too long for it, and at least one message.
func TestEnding(t *testing.T) {
	for _, tt := range []struct{ count, size, want int }{{30, 10, 30}, {30, 100 << 10, 10}, {3, 2 << 20, 1}, {0, 0, 0}} {
		list := make([]logItem, tt.count)
		for i := range list {
			list[i] = logItem{Body: strings.Repeat("x", tt.size), Timestamp: int64(i)}
		}
		if got := ending(list); len(got) != tt.want || tt.want > 0 && got[len(got)-1].Timestamp != int64(tt.count-1) {
			t.Errorf("%d of %d bytes: %d", tt.count, tt.size, len(got))
		}
	}
}
