package router

import (
	"os"
	"strings"
	"testing"

	"causeway/xmpp/stanza"
)

// The rows and columns of doc/routing.md.
var (
	targets = map[string]target{
		"host":          toHost,
		"bare, unknown": toBareUnknown, "bare, offline": toBareOffline, "bare, negative": toBareNegative, "bare, ready": toBareReady,
		"full, unknown": toFullUnknown, "full, match": toFullMatch, "full, offline": toFullOffline, "full, negative": toFullNegative, "full, ready": toFullReady,
		"gate": toGate, "remote": toRemote, "nowhere": toNowhere,
	}
	kinds = map[string]stanza.Kind{"message": stanza.Message, "presence": stanza.Presence, "iq": stanza.IQ}
	types = map[stanza.Kind]map[string]stanza.Type{
		stanza.Message: {
			"normal": stanza.Normal, "chat": stanza.Chat, "groupchat": stanza.Groupchat, "headline": stanza.Headline,
			"error": stanza.TypeError,
		},
		stanza.Presence: {
			"available": stanza.Available, "unavailable": stanza.Unavailable, "subscribe": stanza.Subscribe,
			"subscribed": stanza.Subscribed, "unsubscribe": stanza.Unsubscribe, "unsubscribed": stanza.Unsubscribed,
			"probe": stanza.Probe, "error": stanza.TypeError,
		},
		stanza.IQ: {"get": stanza.Get, "set": stanza.Set, "result": stanza.Result, "error": stanza.TypeError},
	}
)

// TestDecide reads the tables of doc/routing.md and holds every cell against decide.
func TestDecide(t *testing.T) {
	page, err := os.ReadFile("../../doc/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var columns []string
	for line := range strings.Lines(string(page)) {
		cells := tableCells(line)
		switch {
		case len(cells) == 0:
			columns = nil
		case kinds[cells[0]] != 0:
			columns = cells
		case columns != nil && !strings.HasPrefix(cells[0], "---"):
			seen += checkRow(t, columns, cells)
		}
	}
	want := len(targets) * (len(types[stanza.Message]) + len(types[stanza.Presence]) + len(types[stanza.IQ]))
	if seen != want {
		t.Errorf("the page decides %d cases, there are %d", seen, want)
	}
}

func checkRow(t *testing.T, columns, cells []string) int {
	t.Helper()
	kind := kinds[columns[0]]
	to, ok := targets[cells[0]]
	if !ok || len(cells) != len(columns) {
		t.Fatalf("the page has a row that is not understood: %q", cells)
	}
	for i, want := range cells[1:] {
		typ, ok := types[kind][columns[i+1]]
		if !ok {
			t.Fatalf("the page has a column that is not understood: %q", columns[i+1])
		}
		if got := decide(head{kind, typ}, to).String(); got != want {
			t.Errorf("%s %s to %s: page says %q, code %q", columns[0], columns[i+1], cells[0], want, got)
		}
	}
	return len(cells) - 1
}

func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// TestNoErrorForErrors: RFC 6120 §8.3.1, a stanza of type error is never
// answered, and §8.2.3, nor is a response.
func TestNoErrorForErrors(t *testing.T) {
	for name, to := range targets {
		for kind, list := range types {
			for typeName, typ := range list {
				if typ != stanza.TypeError && typ != stanza.Result {
					continue
				}
				if v := decide(head{kind, typ}, to); v.Action == Bounce || v.Action == Handle {
					t.Errorf("%v %s to %s: %v", kind, typeName, name, v)
				}
			}
		}
	}
}

// TestRequestsAreAnswered: RFC 6120 §8.2.3, every request gets an answer: from
// its recipient, from a service, from a gate, or as an error.
func TestRequestsAreAnswered(t *testing.T) {
	for name, to := range targets {
		for _, typ := range []stanza.Type{stanza.Get, stanza.Set} {
			switch v := decide(head{stanza.IQ, typ}, to); v.Action {
			case Bounce, Handle, Deliver, Forward:
			default:
				t.Errorf("request to %s: %v", name, v)
			}
		}
	}
}

// TestCopies: a message between people is never just dropped, and other devices
// want copies of it exactly when it goes anywhere.
func TestCopies(t *testing.T) {
	for name, to := range targets {
		for _, typ := range []stanza.Type{stanza.Chat, stanza.Normal} {
			v := decide(head{stanza.Message, typ}, to)
			if v.Action == Drop {
				t.Errorf("message to %s is dropped", name)
			}
			if v.Copies == (v.Action == Bounce) {
				t.Errorf("message to %s: %v, copies %v", name, v, v.Copies)
			}
		}
	}
}
