package carbons

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// everybody exists.
type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

// A device is a client that writes down what it is given.
type device struct{ got []string }

func (d *device) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	d.got = append(d.got, string(st.AppendTo(nil)))
	return nil, true
}

func (d *device) End(*stream.Error) {}

// stamps is a Keeper that numbers messages as an archive does.
type stamps struct{}

func (stamps) Keep(_ context.Context, p *router.Passing) (router.Ticket, error) {
	p.Extra = append(p.Extra, "<id of='recipient'/>"...)
	p.Sent = append(p.Sent, "<id of='sender'/>"...)
	return nil, nil
}

// A world is romeo with two devices, juliet with three, and a neighbour that is
// not ours.
type world struct {
	t       *testing.T
	router  *router.Router
	service *Service
	devices map[string]*device
}

func newWorld(t *testing.T) *world {
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: slog.New(slog.DiscardHandler)})
	w := &world{t: t, router: r, service: New(r), devices: make(map[string]*device)}
	r.HandleIQ(router.AtAccount, NS, w.service)
	r.AddKeeper(stamps{})
	r.AddFollower(w.service)
	r.SetRemote(nowhere{})
	for full, priority := range map[string]int8{
		"romeo@montague.lit/orchard": 0, "romeo@montague.lit/home": 0,
		"juliet@capulet.lit/balcony": 0, "juliet@capulet.lit/chamber": -1, "juliet@capulet.lit/tomb": 5,
	} {
		w.devices[full] = &device{}
		s, err := r.Bind(t.Context(), jid.MustParse(full), w.devices[full])
		if err != nil {
			t.Fatal(err)
		}
		s.SetAvailable(stanza.New(stanza.Presence, stanza.Available, "", jid.JID{}, jid.JID{}), priority)
		if err := s.Backlog(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.ask(full, "", "<enable xmlns='urn:xmpp:carbons:2'/>")
	}
	for _, d := range w.devices {
		d.got = nil
	}
	return w
}

// nowhere takes everything.
type nowhere struct{}

func (nowhere) Accept(context.Context, *stanza.Stanza) (router.Ticket, error) { return nil, nil }

func (w *world) route(from, xml string) {
	w.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		w.t.Fatal(err)
	}
	st.From = jid.MustParse(from)
	if _, err := w.router.Emit(w.t.Context(), st); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ask(from, to, payload string) {
	w.t.Helper()
	if to == "" {
		to = jid.MustParse(from).Bare().String()
	}
	w.route(from, "<iq type='set' id='c' to='"+to+"'>"+payload+"</iq>")
}

// got tells what each device got: m for a message, s and r for a copy of one that
// was sent or received.
func (w *world) got() string {
	var list []string
	for full, d := range w.devices {
		var marks string
		for _, xml := range d.got {
			switch {
			case strings.Contains(xml, "<sent xmlns='urn:xmpp:carbons:2'>"):
				marks += "s"
			case strings.Contains(xml, "<received xmlns='urn:xmpp:carbons:2'>"):
				marks += "r"
			default:
				marks += "m"
			}
		}
		if marks != "" {
			list = append(list, full[strings.IndexByte(full, '/')+1:]+" "+marks)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestCopies(t *testing.T) {
	const room = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
	for _, c := range []struct{ name, from, message, want string }{
		{
			"to a full JID (XEP-0280 #inbound)", "romeo@montague.lit/orchard",
			"<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body></message>", "balcony m, chamber r, home s, tomb r",
		},
		{
			"to the bare JID: who got it has no copy", "romeo@montague.lit/orchard",
			"<message type='chat' to='juliet@capulet.lit'><body>a</body></message>", "balcony m, chamber r, home s, tomb m",
		},
		{
			"to another server (XEP-0280 #outbound)", "romeo@montague.lit/orchard",
			"<message type='chat' to='nurse@verona.lit'><body>a</body></message>", "home s",
		},
		{
			"private (XEP-0280 #avoiding)", "romeo@montague.lit/orchard",
			"<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body><private xmlns='urn:xmpp:carbons:2'/></message>", "balcony m",
		},
		{
			"no-copy (XEP-0334 #no-copy)", "romeo@montague.lit/orchard",
			"<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body><no-copy xmlns='urn:xmpp:hints'/></message>", "balcony m",
		},
		{
			"normal with a body", "romeo@montague.lit/orchard",
			"<message to='juliet@capulet.lit/balcony'><body>a</body></message>", "balcony m, chamber r, home s, tomb r",
		},
		{
			"normal without", "romeo@montague.lit/orchard",
			"<message to='juliet@capulet.lit/balcony'><a xmlns='b'/></message>", "balcony m",
		},
		{
			"a receipt", "romeo@montague.lit/orchard",
			"<message to='juliet@capulet.lit/balcony'><received xmlns='urn:xmpp:receipts' id='1'/></message>", "balcony m, chamber r, home s, tomb r",
		},
		{
			"a headline", "romeo@montague.lit/orchard",
			"<message type='headline' to='juliet@capulet.lit/balcony'><body>a</body></message>", "balcony m",
		},
		{
			"a private message of an occupant (XEP-0280 #recommended-rules)", "room@verona.lit/nurse",
			"<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body>" + room + "</message>", "balcony m",
		},
		{
			"one of ours that only looks so", "romeo@montague.lit/orchard",
			"<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body>" + room + "</message>", "balcony m, chamber r, home s, tomb r",
		},
		{
			"an invitation of the room", "room@verona.lit",
			"<message to='juliet@capulet.lit/balcony'>" + room + "</message>", "balcony m, chamber r, tomb r",
		},
		{
			"to oneself", "juliet@capulet.lit/balcony",
			"<message type='chat' to='juliet@capulet.lit'><body>a</body></message>", "balcony m, chamber s, tomb m",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.route(c.from, c.message)
			if got := w.got(); got != c.want {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestCopy holds the shape of a copy against XEP-0280 #inbound and #outbound.
func TestCopy(t *testing.T) {
	w := newWorld(t)
	w.route("romeo@montague.lit/orchard", "<message type='chat' id='1' to='juliet@capulet.lit/balcony'><body>a</body></message>")
	const inside = "<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='1'><body>a</body>"
	for full, want := range map[string]string{
		"juliet@capulet.lit/tomb": "<message from='juliet@capulet.lit' to='juliet@capulet.lit/tomb' type='chat'>" +
			"<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" + inside + "<id of='recipient'/></message></forwarded></received></message>",
		"romeo@montague.lit/home": "<message from='romeo@montague.lit' to='romeo@montague.lit/home' type='chat'>" +
			"<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" + inside + "<id of='sender'/></message></forwarded></sent></message>",
	} {
		if got := strings.Join(w.devices[full].got, ""); got != want {
			t.Errorf("%s got\n%s\nwant\n%s", full, got, want)
		}
	}
}

// TestDisabled: no device of juliet asks for copies any more but one.
func TestDisabled(t *testing.T) {
	w := newWorld(t)
	w.ask("juliet@capulet.lit/tomb", "", "<disable xmlns='urn:xmpp:carbons:2'/>")
	w.ask("juliet@capulet.lit/tomb", "", "<disable xmlns='urn:xmpp:carbons:2'/>") // XEP-0280 #bizrules-multi
	w.devices["juliet@capulet.lit/tomb"].got = nil
	w.route("romeo@montague.lit/orchard", "<message type='chat' to='juliet@capulet.lit/balcony'><body>a</body></message>")
	if got, want := w.got(), "balcony m, chamber r, home s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNotAllowed(t *testing.T) {
	w := newWorld(t)
	w.ask("romeo@montague.lit/home", "juliet@capulet.lit", "<enable xmlns='urn:xmpp:carbons:2'/>")
	w.ask("romeo@montague.lit/home", "", "<encourage xmlns='urn:xmpp:carbons:2'/>")
	got := strings.Join(w.devices["romeo@montague.lit/home"].got, "")
	if !strings.Contains(got, "<not-allowed") || !strings.Contains(got, "<bad-request") {
		t.Errorf("got %s", got)
	}
}
