package offline

import (
	"errors"
	"testing"

	"causeway/xmpp/stanza"
)

func TestJudge(t *testing.T) {
	const (
		body   = "<body>Hist!</body>"
		typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
		hint   = " xmlns='urn:xmpp:hints'/>"
	)
	tests := []struct {
		name, typ, payload string
		want               judgment
	}{
		{"XEP-0160 #types: normal", "normal", body, keep},
		{"XEP-0160 #types: no type", "", body, keep},
		{"nothing in it", "chat", "", drop},
		{"XEP-0160 #types: chat", "chat", body, keep},
		{"XEP-0160 #types: only a chat state", "chat", typing, drop},
		{"XEP-0085 #bizrules-syntax: a chat state with its thread", "chat", typing + "<thread>1</thread>", drop},
		{"XEP-0160 #types: a chat state with a body", "chat", body + typing, keep},
		{"XEP-0160 #types: a receipt", "chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", keep},
		{"XEP-0160 #types: groupchat", "groupchat", body, refuse},
		{"XEP-0160 #types: headline", "headline", body, drop},
		{"XEP-0160 #types: error", "error", body, drop},
		{"XEP-0334 #no-store", "chat", body + "<no-store" + hint, refuse},
		{"XEP-0334 #no-store: nothing to read", "chat", "<x xmlns='y'/><no-store" + hint, drop},
		{"XEP-0334 #no-permanent-store", "chat", body + "<no-permanent-store" + hint, keep},
		{"XEP-0334 #hints: store", "chat", typing + "<store" + hint, keep},
		{"XEP-0334 #rules: hints of an error count for nothing", "error", body + "<store" + hint, drop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ := ""
			if tt.typ != "" {
				typ = " type='" + tt.typ + "'"
			}
			st := parse(t, "<message"+typ+" to='juliet@capulet.lit' from='romeo@montague.lit/orchard'>"+tt.payload+"</message>")
			if got := judge(st); got != tt.want {
				t.Fatalf("got %d, want %d", got, tt.want)
			}
			d := newDisk()
			ticket, _, err := service(d).Store(t.Context(), st, nil)
			if kept := tt.want == keep; (ticket != nil) != kept || (d.waiting(juliet) == 1) != kept {
				t.Errorf("ticket %v, %d messages on the disk", ticket, d.waiting(juliet))
			}
			if refused := isUnavailable(err); refused != (tt.want == refuse) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func isUnavailable(err error) bool {
	var told *stanza.Error
	return errors.As(err, &told) && told.Condition == stanza.ServiceUnavailable
}
