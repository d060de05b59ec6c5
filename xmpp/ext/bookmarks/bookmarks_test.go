package bookmarks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var juliet = jid.MustParse("juliet@capulet.lit")

// A world is the nodes and the private storage of one account. As in the server, who
// publishes is called with the news of it.
type world struct {
	t       *testing.T
	service *Service
	nodes   map[string][]Item
	access  map[string]string
	stored  []byte
	refuse  error
	news    []string // what subscribers are told, oldest first
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, nodes: make(map[string][]Item), access: make(map[string]string)}
	w.service = New(w, w, slog.New(slog.DiscardHandler))
	return w
}

func (w *world) Items(_ context.Context, _ jid.JID, node string) ([]Item, error) {
	return slices.Clone(w.nodes[node]), nil
}

func (w *world) Publish(ctx context.Context, owner jid.JID, node string, item Item, options *form.Form) error {
	if options != nil {
		want := options.Value("pubsub#access_model")
		if w.access[node] == "" {
			w.access[node] = want
		} else if w.access[node] != want {
			return stanza.Conflict.Err("precondition")
		}
	}
	w.put(ctx, owner, node, item)
	return nil
}

func (w *world) put(ctx context.Context, owner jid.JID, node string, item Item) {
	list := slices.DeleteFunc(w.nodes[node], func(i Item) bool { return i.ID == item.ID })
	w.nodes[node] = append(list, item)
	w.news = append(w.news, "+"+item.ID)
	w.service.NodeChanged(ctx, owner, node, []Item{item})
}

func (w *world) Retract(ctx context.Context, owner jid.JID, node, id string) error {
	left := slices.DeleteFunc(slices.Clone(w.nodes[node]), func(i Item) bool { return i.ID == id })
	if len(left) == len(w.nodes[node]) {
		return stanza.ItemNotFound.Err("")
	}
	w.nodes[node] = left
	w.news = append(w.news, "-"+id)
	w.service.NodeChanged(ctx, owner, node, nil)
	return nil
}

func (w *world) Configure(_ context.Context, _ jid.JID, node string, changes *form.Form) error {
	w.access[node] = changes.Value("pubsub#access_model")
	return nil
}

func (w *world) Stored(context.Context, jid.JID) ([]byte, error) { return w.stored, nil }

func (w *world) Store(_ context.Context, _ jid.JID, xml []byte) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.stored = xml
	return nil
}

// publishes is a client that publishes.
func (w *world) publishes(node, id, payload string) {
	w.put(w.t.Context(), juliet, node, Item{ID: id, Payload: []byte(payload), Client: true})
}

// sets is an old client that sets a list in private storage.
func (w *world) sets(inside string) {
	w.t.Helper()
	if err := w.service.Set(w.t.Context(), juliet, []byte(storage(inside))); err != nil {
		w.t.Errorf("set: %v", err)
	}
}

func storage(inside string) string {
	return "<storage xmlns='storage:bookmarks'>" + inside + "</storage>"
}

func conference(attributes, inside string) string {
	return "<conference xmlns='urn:xmpp:bookmarks:1'" + attributes + ">" + inside + "</conference>"
}

// expect checks all that anybody sees: items by "id payload", the list in private
// storage and in the old node, and what was told since last time.
func (w *world) expect(why, list, news string, items ...string) {
	w.t.Helper()
	var got []string
	for _, i := range w.nodes[Node] {
		got = append(got, i.ID+" "+string(i.Payload))
	}
	if !slices.Equal(got, items) {
		w.t.Errorf("%s: items\ngot  %s\nwant %s", why, strings.Join(got, "\n     "), strings.Join(items, "\n     "))
	}
	xml, err := w.service.Get(w.t.Context(), juliet)
	if err != nil || string(xml) != list {
		w.t.Errorf("%s: private storage %v\ngot  %s\nwant %s", why, err, xml, list)
	}
	for _, shown := range w.nodes[NodeOld] {
		got, want := readList(shown.Payload), readList([]byte(list))
		if !got.equal(&want) {
			w.t.Errorf("%s: old node %s", why, shown.Payload)
		}
	}
	if got := strings.Join(w.news, " "); got != news {
		w.t.Errorf("%s: told %q, want %q", why, got, news)
	}
	w.news = nil
	if len(w.service.turns.held) != 0 {
		w.t.Errorf("%s: a turn is not given back", why)
	}
}

const (
	play    = "theplay@conference.shakespeare.lit"
	orchard = "orchard@conference.shakespeare.lit"
)

func TestNewClient(t *testing.T) {
	w := newWorld(t)
	w.expect("nothing", "", "")
	first := conference(` name='The Play&apos;s the Thing' autojoin="1"`, "<nick>JC</nick><extensions><state xmlns='urn:verona' minimized='true'/></extensions>")
	w.publishes(Node, play, first)
	list := "<conference jid='" + play + "' name='The Play&apos;s the Thing' autojoin='true'><nick>JC</nick><extensions><state xmlns='urn:verona' minimized='true'/></extensions></conference>"
	w.expect("XEP-0402 #publishing: the list", storage(list), "+"+play+" +current", play+" "+first)
	if w.access[NodeOld] != "whitelist" {
		t.Errorf("XEP-0402 #diff-0048: the old node is %s", w.access[NodeOld])
	}
	w.publishes(Node, orchard, conference("", ""))
	w.expect("another", storage(list+"<conference jid='"+orchard+"'></conference>"), "+"+orchard+" +current", play+" "+first, orchard+" "+conference("", ""))
	w.publishes(Node, "not an address@", conference("", ""))
	w.publishes(Node, "nurse@capulet.lit", "<other xmlns='urn:x'/>")
	w.news = nil
	w.sets(list)
	w.expect("what is no bookmark is left alone", storage(list), "-"+orchard+" +current",
		play+" "+first, "not an address@ "+conference("", ""), "nurse@capulet.lit <other xmlns='urn:x'/>")
}

func TestOldClient(t *testing.T) {
	w := newWorld(t)
	w.sets("<conference name='Play' autojoin='1' jid='" + play + "'><nick>JC</nick><password>dagger</password></conference><url name='W' url='http://verona.lit/'/>" +
		"<conference jid='Orchard@conference.shakespeare.lit'/><conference jid='@@'/>")
	others := "<url xmlns='storage:bookmarks' name='W' url='http://verona.lit/'/><conference xmlns='storage:bookmarks' jid='@@'/>"
	both := "<conference jid='" + play + "' name='Play' autojoin='true'><nick>JC</nick><password>dagger</password></conference><conference jid='" + orchard + "'></conference>"
	item := play + " " + conference(" name='Play' autojoin='true'", "<nick>JC</nick><password>dagger</password>")
	w.expect("XEP-0402 #publishing-legacy: new ones", storage(both+others), "+"+play+" +"+orchard+" +current", item, orchard+" "+conference("", ""))
	if w.access[Node] != "whitelist" || string(w.stored) != storage(others) {
		t.Errorf("XEP-0402 #diff-0048: the node is %s; beside it %s", w.access[Node], w.stored)
	}
	w.sets(both + others)
	w.expect("XEP-0402 #publishing-legacy: nobody is told of what is unchanged", storage(both+others), "", item, orchard+" "+conference("", ""))

	w.sets("<conference jid='" + orchard + "' name='Orchard'/>")
	w.expect("XEP-0402 #publishing-legacy: changed and missing ones", storage("<conference jid='"+orchard+"' name='Orchard'></conference>"),
		"+"+orchard+" -"+play+" +current", orchard+" "+conference(" name='Orchard'", ""))
	w.sets("")
	w.expect("none", "", "-"+orchard+" +current")
}

func TestExtensionsStay(t *testing.T) {
	w := newWorld(t)
	w.publishes(Node, play, conference("", "<extensions><a xmlns='urn:verona' b='1'/><c xmlns='urn:verona'/></extensions><more/>"))
	w.news = nil
	w.sets("<conference jid='" + play + "'><nick>J</nick><extensions><a xmlns='urn:verona' b='2'/></extensions><minimize xmlns='urn:old'/></conference>")
	body := "<nick>J</nick><extensions><a xmlns='urn:verona' b='2'/><c xmlns='urn:verona'/><minimize xmlns='urn:old'/></extensions>"
	w.expect("XEP-0402 #usage: what an old client does not know is kept", storage("<conference jid='"+play+"'>"+body+"</conference>"),
		"+"+play+" +current", play+" "+conference("", body+"<more xmlns='urn:xmpp:bookmarks:1'/>"))
}

func TestOldNode(t *testing.T) {
	w := newWorld(t)
	w.access[NodeOld] = "presence" // an old client has made it so
	w.publishes(NodeOld, "current", storage("<conference jid='"+play+"'/>"))
	item := play + " " + conference("", "")
	w.expect("XEP-0048 #storage-pubsub-upload", storage("<conference jid='"+play+"'></conference>"), "+current +"+play, item)

	w.access[Node] = "presence"
	w.publishes(NodeOld, "current", storage("<url url='http://verona.lit/'/><conference jid='"+orchard+"'/>"))
	want := storage("<conference jid='" + orchard + "'></conference><url xmlns='storage:bookmarks' url='http://verona.lit/'/>")
	if got, err := w.service.Get(t.Context(), juliet); err != nil || string(got) != want {
		t.Errorf("another list: %s, %v", got, err)
	}
	if w.access[Node] != "whitelist" {
		t.Errorf("XEP-0411 #security: the node is %s", w.access[Node])
	}
	w.nodes[NodeOld], w.news = nil, nil
	w.publishes(NodeOld, "x", "<conference xmlns='storage:bookmarks' jid='"+play+"'/>")
	if len(w.nodes[Node]) != 1 {
		t.Error("what is no list was taken for an empty one")
	}
}

func TestMigrate(t *testing.T) {
	before := storage("<conference jid='" + play + "' autojoin='true'/><conference jid='" + orchard + "' name='old'/><url url='http://verona.lit/'/>")
	after := storage("<conference jid='" + orchard + "' name='new'></conference><conference jid='" + play + "' autojoin='true'></conference><url xmlns='storage:bookmarks' url='http://verona.lit/'/>")
	for name, touch := range map[string]func(w *world){
		"XEP-0411 #impl: somebody comes": func(w *world) { w.service.Touch(w.t.Context(), juliet) },
		"an old client asks":             func(*world) {},
		"a new client changes something": func(w *world) { w.publishes(Node, orchard, conference(" name='new'", "")) },
		"an old client sets what it sees": func(w *world) {
			w.sets(after[len("<storage xmlns='storage:bookmarks'>") : len(after)-len("</storage>")])
		},
	} {
		w := newWorld(t)
		w.nodes[Node] = []Item{{ID: orchard, Payload: []byte(conference(" name='new'", ""))}}
		w.stored = []byte(before)
		touch(w)
		if got, err := w.service.Get(t.Context(), juliet); err != nil || string(got) != after {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, after)
		}
		if strings.Contains(string(w.stored), "conference") || len(w.nodes[Node]) != 2 {
			t.Errorf("%s: left %s", name, w.stored)
		}
		w.news = nil
		w.service.Touch(t.Context(), juliet)
		if len(w.news) != 0 {
			t.Errorf("%s: twice: %s", name, w.news)
		}
	}
}

func TestRefusedList(t *testing.T) {
	w := newWorld(t)
	w.sets("<conference jid='" + play + "'/>")
	w.refuse = stanza.PolicyViolation.Err("too much")
	var told *stanza.Error
	if err := w.service.Set(t.Context(), juliet, []byte(storage("<url/>"))); !errors.As(err, &told) || told.Condition != stanza.PolicyViolation {
		t.Errorf("too much: %v", err)
	}
	if len(w.nodes[Node]) != 1 {
		t.Error("a list that is refused has changed something")
	}
}

func TestManyRooms(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "<conference jid='room%d@conference.shakespeare.lit'/>", i)
	}
	w.sets(b.String())
	if len(w.nodes[Node]) != 300 || len(w.news) != 301 {
		t.Errorf("%d items, %d times told", len(w.nodes[Node]), len(w.news))
	}
	for i := 300; i <= maxRooms; i++ {
		fmt.Fprintf(&b, "<conference jid='room%d@conference.shakespeare.lit'/>", i)
	}
	var told *stanza.Error
	if err := w.service.Set(t.Context(), juliet, []byte(storage(b.String()))); !errors.As(err, &told) || told.Condition != stanza.PolicyViolation || len(w.nodes[Node]) != 300 {
		t.Errorf("more rooms than anybody goes to: %v, %d items", err, len(w.nodes[Node]))
	}
}

// FuzzList: what is read of a list is written so that it reads the same.
func FuzzList(f *testing.F) {
	f.Add("<conference jid='a@b' name='&lt;' autojoin='1'><nick>x</nick><extensions><y xmlns='z'/></extensions></conference><url/>")
	f.Add("<p:conference xmlns:p='storage:bookmarks' jid='a'><p:nick/><q/></p:conference>text<conference/>")
	f.Fuzz(func(t *testing.T, inside string) {
		l := readList([]byte(storage(inside)))
		again := readList(l.payload())
		if !l.equal(&again) {
			t.Errorf("%q\nbecame %q\nand then %q", inside, l.payload(), again.payload())
		}
		for i := range l.rooms {
			r, ok := readItem(Item{ID: l.rooms[i].id, Payload: l.rooms[i].payload()})
			if !ok || !r.equal(&l.rooms[i]) {
				t.Errorf("%q\nbecame the item %q", inside, l.rooms[i].payload())
			}
		}
	})
}
