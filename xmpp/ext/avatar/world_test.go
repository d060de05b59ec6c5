package avatar

import (
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit")
	rose   = []byte("\x89PNG\r\n\x1a\n of a rose")
	moon   = []byte("GIF89a of the moon")
)

// A world is one account with its card and its nodes. What happens in it happens at
// once, as in the server where nobody else is at work.
type world struct {
	t        *testing.T
	service  *Service
	router   *router.Router
	typ      string
	image    []byte
	nodes    map[string][]Item
	access   map[string]string
	writes   int // of the service, to either side
	refuse   error
	presence []string // what was broadcast
}

func newWorld(t *testing.T) *world {
	log := slog.New(slog.DiscardHandler)
	w := &world{t: t, nodes: make(map[string][]Item), access: make(map[string]string)}
	w.router = router.New(router.Config{Hosts: []string{"capulet.lit"}, Accounts: w, Logger: log})
	w.service = New(Config{Cards: w, Nodes: w, Presence: w, Sessions: w.router, Logger: log})
	return w
}

func (w *world) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (w *world) Active(context.Context, jid.JID) (bool, error) { return true, nil }

func (w *world) Photo(context.Context, jid.JID) (string, []byte, error) { return w.typ, w.image, nil }

func (w *world) PhotoHash(context.Context, jid.JID) (string, error) {
	if w.image == nil {
		return "", nil
	}
	return hashOf(w.image), nil
}

func (w *world) SetPhoto(_ context.Context, _ jid.JID, mediaType string, image []byte) error {
	w.typ, w.image = mediaType, image
	w.writes++
	return w.refuse
}

func (w *world) Items(_ context.Context, _ jid.JID, node string) ([]Item, error) {
	return w.nodes[node], nil
}

func (w *world) Access(_ context.Context, _ jid.JID, node string) (string, error) {
	return w.access[node], nil
}

func (w *world) Publish(ctx context.Context, owner jid.JID, node string, item Item, options *form.Form) error {
	if w.refuse != nil {
		return w.refuse
	}
	if options != nil {
		want := options.Value("pubsub#access_model")
		if w.access[node] == "" {
			w.access[node] = want
		} else if w.access[node] != want {
			return stanza.Conflict.Err("precondition")
		}
	}
	w.writes++
	w.nodes[node] = []Item{item}
	w.service.NodeChanged(ctx, owner, node)
	return nil
}

// publishes is a client that publishes: with the access model of a node that is new.
func (w *world) publishes(access, node, id, payload string) {
	if w.access[node] == "" {
		w.access[node] = access
	}
	w.nodes[node] = []Item{{ID: id, Payload: []byte(payload)}}
	w.service.NodeChanged(w.t.Context(), juliet, node)
}

// shows is a client that publishes an avatar.
func (w *world) shows(access, mediaType string, image []byte) {
	hash := hashOf(image)
	w.publishes(access, NodeData, hash, "<data xmlns='urn:xmpp:avatar:data'>\n"+base64.StdEncoding.EncodeToString(image)+"\n</data>")
	w.publishes(access, NodeMetadata, hash, "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='1' id='"+hash+"' type='"+mediaType+"'/></metadata>")
}

// setsCard is a client that sets a card with that photo.
func (w *world) setsCard(mediaType string, image []byte) {
	before, _ := w.PhotoHash(w.t.Context(), juliet)
	w.typ, w.image = mediaType, image
	w.service.CardChanged(w.t.Context(), juliet, before)
}

// Broadcast is the end of the line for presence.
func (w *world) Broadcast(_ context.Context, s *router.Session, st *stanza.Stanza) error {
	w.presence = append(w.presence, string(st.AppendTo(nil)))
	if st.Type == stanza.Unavailable {
		s.SetUnavailable("")
	} else {
		s.SetAvailable(st.Clone(), 0)
	}
	return nil
}

func (w *world) login(resource string) *router.Session {
	w.t.Helper()
	s, err := w.router.Bind(w.t.Context(), jid.MustParse(juliet.String()+"/"+resource), nothing{})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// says is a client that broadcasts; what leaves the server comes back.
func (w *world) says(s *router.Session, presence string) string {
	w.t.Helper()
	if err := w.service.Broadcast(w.t.Context(), s, parse(w.t, s, presence)); err != nil {
		w.t.Error(err)
	}
	return w.sent()
}

// sent gives what was broadcast since it was last asked.
func (w *world) sent() string {
	all := strings.Join(w.presence, "\n")
	w.presence = nil
	return all
}

func parse(t *testing.T, s *router.Session, presence string) *stanza.Stanza {
	t.Helper()
	st, err := stanza.Parse([]byte(presence))
	if err != nil {
		t.Fatal(err)
	}
	st.From = s.JID()
	return st
}

type nothing struct{}

func (nothing) Deliver(*stanza.Stanza) (router.Ticket, bool) { return nil, true }
func (nothing) End(*stream.Error)                            {}
