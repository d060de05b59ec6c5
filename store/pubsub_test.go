package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/store"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
)

const someNode = "urn:verona:node"

// publishItem publishes one item, as the service does.
func publishItem(t *testing.T, h *house, owner jid.JID, id string, s pep.Step) ([]string, error) {
	t.Helper()
	return h.PubSub().Change(t.Context(), owner, someNode, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
		step := s
		step.Node = old
		if old == nil {
			step.Node = &pep.Node{Name: someNode, Config: pep.DefaultConfig()}
		}
		step.Put = &pep.Item{ID: id, Payload: []byte("<a n='" + id + "'/>"), Publisher: owner}
		return &step, nil
	})
}

// changeNode does something to the node, which is there.
func changeNode(t *testing.T, h *house, owner jid.JID, s pep.Step) {
	t.Helper()
	_, err := h.PubSub().Change(t.Context(), owner, someNode, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
		if s.Node == nil {
			s.Node = old
		}
		return &s, nil
	})
	must(t, err)
}

func dropNode(t *testing.T, h *house, owner jid.JID) {
	t.Helper()
	_, err := h.PubSub().Change(t.Context(), owner, someNode, func(*pep.Node, pep.Usage) (*pep.Step, error) { return new(pep.Step), nil })
	must(t, err)
}

var errLook = errors.New("only looking")

func itemIDs(items []pep.Item) string {
	var list []string
	for _, it := range items {
		list = append(list, it.ID)
	}
	return strings.Join(list, " ")
}

// holds checks what is kept, and that the counts say so.
func holds(t *testing.T, h *house, owner jid.JID, want string) {
	t.Helper()
	items, more, err := h.PubSub().Page(t.Context(), owner, someNode, pep.Page{})
	if err != nil || more || itemIDs(items) != want {
		t.Errorf("got %q, %v, %v; want %q", itemIDs(items), more, err, want)
	}
	size := 0
	for _, it := range items {
		size += len(it.ID) + len(it.Payload)
	}
	nodes, err := h.PubSub().Nodes(t.Context(), owner)
	must(t, err)
	var all pep.Usage
	_, err = h.PubSub().Change(t.Context(), owner, "other", func(_ *pep.Node, u pep.Usage) (*pep.Step, error) {
		all = u
		return nil, errLook
	})
	if !errors.Is(err, errLook) || all != (pep.Usage{Nodes: len(nodes), Items: len(items), Bytes: size}) {
		t.Errorf("all counts are %+v, %v; want %d nodes, %d items, %d bytes", all, err, len(nodes), len(items), size)
	}
	for _, n := range nodes {
		if wanted := (pep.Usage{Nodes: 1, Items: len(items), Bytes: size}); n.Usage != wanted {
			t.Errorf("counts are %+v, want %+v", n.Usage, wanted)
		}
	}
}

func TestNodeRoundTrip(t *testing.T) {
	h := newHouse(t)
	n := pep.Node{
		Name: someNode, Created: time.Now().UTC(), Usage: pep.Usage{Nodes: 1},
		Config: pep.Config{
			Title: "t", Description: "d", Language: "en", Type: "x", Access: pep.Roster, Groups: []string{"Friends", ""},
			PublishModel: "open", Subscribe: true, Persist: true, MaxItems: 7, Expire: time.Hour, MaxPayload: 99, Full: "reject",
			Deliver: true, Payloads: true, NotifyConfig: true, NotifyDelete: true, NotifyRetract: true, NotifySub: true,
			SendLast: "never", EventType: "normal", ItemReply: "publisher",
		},
		Affiliations:  []pep.Affiliation{{JID: juliet, Role: pep.Publisher}, {JID: nurse, Role: pep.Outcast}},
		Subscriptions: []pep.Subscription{{JID: juliet, Pending: true}, {JID: jid.MustParse("nurse@capulet.lit/kitchen")}},
	}
	changeNode(t, h, romeo, pep.Step{Node: &n})
	other := pep.Node{Name: "a", Usage: pep.Usage{Nodes: 1}}
	_, err := h.PubSub().Change(t.Context(), romeo, "a", func(old *pep.Node, all pep.Usage) (*pep.Step, error) {
		if old != nil || all != (pep.Usage{Nodes: 1}) {
			t.Errorf("a new node: %v, %+v", old, all)
		}
		return &pep.Step{Node: &other}, nil
	})
	must(t, err)
	h.restart()
	nodes, err := h.PubSub().Nodes(t.Context(), romeo)
	if err != nil || !reflect.DeepEqual(nodes, []pep.Node{other, n}) {
		t.Errorf("got %+v, %v", nodes, err)
	}
	dropNode(t, h, romeo)
	dropNode(t, h, romeo)
	if nodes, err = h.PubSub().Nodes(t.Context(), romeo); err != nil || len(nodes) != 1 {
		t.Errorf("after removal: %+v, %v", nodes, err)
	}
	errOwn := errors.New("own error")
	_, err = h.PubSub().Change(t.Context(), romeo, "a", func(*pep.Node, pep.Usage) (*pep.Step, error) { return nil, errOwn })
	if err != errOwn { //nolint:errorlint // pep.Store promises it as it is
		t.Errorf("got %v", err)
	}
}

func TestItems(t *testing.T) {
	h := newHouse(t)
	holds(t, h, romeo, "")
	for _, id := range []string{"1", "2", "3", "2"} {
		_, err := publishItem(t, h, romeo, id, pep.Step{})
		must(t, err)
	}
	holds(t, h, romeo, "1 3 2")
	h.restart()
	holds(t, h, romeo, "1 3 2")
	holds(t, h, juliet, "")

	evicted, err := publishItem(t, h, romeo, "4", pep.Step{Keep: 2})
	if err != nil || !slices.Equal(evicted, []string{"1", "3"}) {
		t.Errorf("evicted %v, %v", evicted, err)
	}
	holds(t, h, romeo, "2 4")
	if _, err = publishItem(t, h, romeo, "5", pep.Step{Keep: 2, Refuse: true}); !errors.Is(err, pep.ErrNodeFull) {
		t.Errorf("full: %v", err)
	}
	if _, err = publishItem(t, h, romeo, "2", pep.Step{Keep: 2, Refuse: true}); err != nil {
		t.Errorf("the same id: %v", err)
	}
	holds(t, h, romeo, "4 2")
	changeNode(t, h, romeo, pep.Step{Retract: []string{"4", "x"}})
	holds(t, h, romeo, "2")
	found, err := h.PubSub().Find(t.Context(), romeo, someNode, []string{"x", "2", "4"}, 0)
	if err != nil || itemIDs(found) != "2" || string(found[0].Payload) != "<a n='2'/>" || found[0].Publisher != romeo {
		t.Errorf("found %+v, %v", found, err)
	}
	changeNode(t, h, romeo, pep.Step{Purge: true})
	holds(t, h, romeo, "")
	_, err = publishItem(t, h, romeo, "2", pep.Step{})
	must(t, err)
	holds(t, h, romeo, "2")
}

func TestItemPages(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		_, err := publishItem(t, h, romeo, id, pep.Step{})
		must(t, err)
	}
	for _, tt := range []struct {
		page pep.Page
		want string
		more bool
	}{
		{pep.Page{Max: 2}, "1 2", true},
		{pep.Page{Max: 5}, "1 2 3 4 5", false},
		{pep.Page{Max: 2, Backward: true}, "4 5", true},
		{pep.Page{Max: 2, After: "2"}, "3 4", true},
		{pep.Page{Max: 9, After: "5"}, "", false},
		{pep.Page{Max: 2, Before: "3", Backward: true}, "1 2", false},
		{pep.Page{Max: 2, Before: "5", Backward: true}, "3 4", true},
		{pep.Page{After: "1", Before: "4"}, "2 3", false},
		{pep.Page{Bytes: 25}, "1 2", true},
		{pep.Page{Bytes: 1}, "1", true},
		{pep.Page{Bytes: 1, Backward: true}, "5", true},
	} {
		items, more, err := h.PubSub().Page(t.Context(), romeo, someNode, tt.page)
		if err != nil || more != tt.more || itemIDs(items) != tt.want {
			t.Errorf("%+v: got %q, %v, %v", tt.page, itemIDs(items), more, err)
		}
	}
	if _, _, err := h.PubSub().Page(t.Context(), romeo, someNode, pep.Page{After: "x"}); !errors.Is(err, pep.ErrNoItem) {
		t.Errorf("no such item: %v", err)
	}
}

func TestItemQuota(t *testing.T) {
	h := newHouse(t)
	_, err := publishItem(t, h, romeo, "1", pep.Step{Quota: 30})
	must(t, err)
	_, err = publishItem(t, h, romeo, "2", pep.Step{Quota: 30})
	must(t, err)
	if _, err = publishItem(t, h, romeo, "3", pep.Step{Quota: 30}); !errors.Is(err, pep.ErrQuota) {
		t.Errorf("too much: %v", err)
	}
	holds(t, h, romeo, "1 2")
	// What makes room is no growth, even beyond a quota that has become smaller.
	_, err = publishItem(t, h, romeo, "3", pep.Step{Quota: 10, Keep: 2})
	must(t, err)
	holds(t, h, romeo, "2 3")
}

func TestItemExpiry(t *testing.T) {
	h := newHouse(t)
	_, err := publishItem(t, h, romeo, "old", pep.Step{Expires: time.Now().Add(-time.Second)})
	must(t, err)
	items, _, err := h.PubSub().Page(t.Context(), romeo, someNode, pep.Page{})
	if err != nil || len(items) != 0 {
		t.Errorf("what has expired is given: %v, %v", items, err)
	}
	if items, err = h.PubSub().Find(t.Context(), romeo, someNode, []string{"old"}, 0); err != nil || len(items) != 0 {
		t.Errorf("what has expired is found: %v, %v", items, err)
	}
	evicted, err := publishItem(t, h, romeo, "new", pep.Step{Keep: 1, Expires: time.Now().Add(time.Hour)})
	if err != nil || len(evicted) != 0 {
		t.Errorf("what has expired is evicted: %v, %v", evicted, err)
	}
	holds(t, h, romeo, "new")
}

// A node with more items than one step deletes is gone in one step all the same, and
// a new one of its name has none of them.
func TestManyItems(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("i", 1500)
	fill := func(n int) {
		t.Helper()
		for _, err := range together(n, func(i int) error {
			_, err := publishItem(t, h, romeo, fmt.Sprint(long, i), pep.Step{})
			return err
		}) {
			must(t, err)
		}
	}
	fill(200)
	_, err := publishItem(t, h, romeo, "last", pep.Step{Keep: 3})
	must(t, err)
	items, _, err := h.PubSub().Page(t.Context(), romeo, someNode, pep.Page{})
	if err != nil || len(items) != 3 || items[2].ID != "last" {
		t.Errorf("%d kept, %v", len(items), err)
	}
	fill(200)
	changeNode(t, h, romeo, pep.Step{Purge: true})
	holds(t, h, romeo, "")
	fill(200)
	dropNode(t, h, romeo)
	holds(t, h, romeo, "")
	_, err = publishItem(t, h, romeo, long+"7", pep.Step{})
	must(t, err)
	holds(t, h, romeo, long+"7")
	dropNode(t, h, romeo)
	must(t, h.Forget(t.Context(), romeo))
}

// What a purge that was interrupted has left behind does not come back with a new
// node of the same name.
func TestInterruptedPurge(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("i", 1500)
	for _, err := range together(200, func(i int) error {
		_, err := publishItem(t, h, romeo, fmt.Sprint(long, i), pep.Step{})
		return err
	}) {
		must(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := h.PubSub().Change(ctx, romeo, someNode, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
		cancel() // the step is done all the same; what would follow it is not
		return &pep.Step{Node: old, Purge: true}, nil
	})
	must(t, err)
	holds(t, h, romeo, "")
	dropNode(t, h, romeo)
	_, err = publishItem(t, h, romeo, "new", pep.Step{})
	must(t, err)
	holds(t, h, romeo, "new")
}

func TestConcurrentItems(t *testing.T) {
	h := newHouse(t)
	for _, err := range together(100, func(i int) error {
		_, err := publishItem(t, h, romeo, fmt.Sprint(i%10), pep.Step{Keep: 5})
		return err
	}) {
		must(t, err)
	}
	items, _, err := h.PubSub().Page(t.Context(), romeo, someNode, pep.Page{})
	if err != nil || len(items) != 5 {
		t.Errorf("%d kept, %v", len(items), err)
	}
	holds(t, h, romeo, itemIDs(items))
}

var _ pep.Store = store.PubSub{}
