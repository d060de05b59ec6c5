package plugchat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A world is a server with one room, as far as the bridge sees it: lobby@conference of each
// host, in which an XMPP client called James is.
type world struct {
	mu      sync.Mutex
	lines   map[jid.JID]bridge.Exit
	nicks   map[string]jid.JID
	private map[jid.JID]string // what was stored last
	cards   map[jid.JID]string
	people  map[jid.JID]time.Time
	sent    []string      // all that guests have sent
	counted int           // how often the host was asked for the count
	closed  bool          // the room lets nobody in
	stopped bool          // the host is
	slow    time.Duration // how long the room takes to send on
	left    []jid.JID
}

func newWorld() *world {
	return &world{
		lines: make(map[jid.JID]bridge.Exit), nicks: map[string]jid.JID{"James": jid.MustParse("james@montague.lit/orchard")},
		private: make(map[jid.JID]string), cards: make(map[jid.JID]string), people: make(map[jid.JID]time.Time),
	}
}

// A mouth is the session of one line.
type mouth struct {
	w    *world
	full jid.JID
}

func (w *world) Bind(_ context.Context, full jid.JID, exit bridge.Exit) (bridge.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return nil, stream.SystemShutdown.Err("the host is stopped")
	}
	w.lines[full] = exit
	return mouth{w, full}, nil
}

func (m mouth) Route(_ context.Context, st *stanza.Stanza) (bridge.Ticket, error) {
	m.w.mu.Lock()
	m.w.sent = append(m.w.sent, string(st.AppendTo(nil)))
	exit, room, slow := m.w.lines[m.full], strings.HasPrefix(st.To.Domain(), "conference."), m.w.slow
	m.w.mu.Unlock()
	switch {
	case room && st.Kind == stanza.Presence:
		m.w.enter(m.full, exit, st)
	case room && st.Type == stanza.Groupchat && slow > 0:
		time.AfterFunc(slow, func() { m.w.reflect(m.full, st) })
	case room && st.Type == stanza.Groupchat:
		m.w.reflect(m.full, st)
	}
	return nil, nil
}

// enter has somebody enter the room, or change the nick.
func (w *world) enter(who jid.JID, exit bridge.Exit, st *stanza.Stanza) {
	nick := st.To.Resource()
	w.mu.Lock()
	old := ""
	for n, j := range w.nicks {
		if j == who {
			old = n
		}
	}
	holder, taken := w.nicks[nick]
	var fault *stanza.Error
	switch {
	case w.closed:
		fault = stanza.RegistrationRequired.Err("")
	case st.Type == stanza.Unavailable:
		delete(w.nicks, old)
		w.left = append(w.left, who)
	case taken && holder != who:
		fault = stanza.Conflict.Err("")
	default:
		delete(w.nicks, old)
		w.nicks[nick] = who
	}
	others := map[string]jid.JID{}
	for n, j := range w.nicks {
		others[n] = j
	}
	w.mu.Unlock()
	if fault != nil {
		exit.Deliver(st.ErrorReply(fault))
		return
	}
	if st.Type == stanza.Unavailable {
		return
	}
	for n := range others {
		codes := ""
		if n == nick {
			codes = "<status code='110'/>"
		}
		from, _ := st.To.Bare().WithResource(n)
		exit.Deliver(stanza.New(stanza.Presence, stanza.Available, "", from, who, []byte("<x xmlns='"+nsRoomUser+"'>"+codes+"</x>")))
	}
}

// reflect sends a message to all lines.
func (w *world) reflect(who jid.JID, st *stanza.Stanza) {
	w.mu.Lock()
	nick := ""
	for n, j := range w.nicks {
		if j == who {
			nick = n
		}
	}
	var exits []bridge.Exit
	for _, e := range w.lines {
		exits = append(exits, e)
	}
	w.mu.Unlock()
	from, _ := st.To.WithResource(nick)
	for _, e := range exits {
		out := *st
		out.From = from
		e.Deliver(&out)
	}
}

func (m mouth) Close(context.Context) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	delete(m.w.lines, m.full)
	for n, j := range m.w.nicks {
		if j == m.full {
			delete(m.w.nicks, n)
		}
	}
}

func (w *world) Ask(_ context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, _ := iq.Payload()
	payload := string(iq.ChildBytes(c))
	switch {
	case iq.PayloadIs(nsCommands, "command"):
		w.counted++
		return iq.Result([]byte(fmt.Sprintf("<command xmlns='%s'><x xmlns='jabber:x:data' type='result'><field var='onlineusersnum'><value>%d</value></field></x></command>",
			nsCommands, len(w.lines)+1))), nil
	case iq.PayloadIs(nsVCard, "vCard"):
		w.cards[iq.To] = payload
	case iq.Type == stanza.Set:
		w.private[iq.To] = payload
	default:
		if got := w.private[iq.To]; got != "" {
			payload = got
		}
		return iq.Result([]byte(payload)), nil
	}
	return iq.Result(), nil
}

func (w *world) Emit(context.Context, *stanza.Stanza) (bridge.Ticket, error) { return nil, nil }
func (w *world) Elsewhere(jid.JID) (time.Time, bool)                         { return time.Time{}, false }

func (w *world) Ensure(_ context.Context, j jid.JID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.people[j]; !known {
		w.people[j] = time.Now()
	}
	return nil
}

func (w *world) Since(_ context.Context, j jid.JID) (time.Time, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.people[j]
	return t, ok, nil
}

func (w *world) Remove(_ context.Context, j jid.JID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.people, j)
	return nil
}

func (w *world) Visitors(_ context.Context, host, prefix, after string) (list []jid.JID, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for j := range w.people {
		if j.Domain() == host && strings.HasPrefix(j.Local(), prefix) && j.Local() > after {
			list = append(list, j)
		}
	}
	slices.SortFunc(list, jid.Compare)
	return list, nil
}

func (w *world) Open(context.Context, jid.JID) error { return nil }

// sites are the Apps: of each, the secret.
type sites map[string]bridge.App

func (s sites) App(_ context.Context, kind bridge.Kind, id string) (bridge.App, bool, error) {
	for _, a := range s {
		if a.Kind == kind && a.ID == id {
			return a, true, nil
		}
	}
	return bridge.App{}, false, nil
}

func (s sites) AppOfKey(context.Context, string) (a bridge.App, ok bool, err error) { return }

func (s sites) Verify(context.Context, bridge.Kind, string, string) (a bridge.App, ok bool, err error) {
	return
}

func (s sites) AppOfSecret(_ context.Context, kind bridge.Kind, secret string) (bridge.App, bool, error) {
	a, ok := s[secret]
	return a, ok && a.Kind == kind && !a.Disabled, nil
}

// A stage is a Handler in a world, with two sites and one that is shut.
type stage struct {
	*world
	h *Handler
	t *testing.T
}

const origin = "https://www.capulet.lit"

func newStage(t *testing.T, change func(*Config)) *stage {
	w := newWorld()
	host := jid.MustParse("capulet.lit")
	cfg := Config{
		Port: bridge.NewPort(bridge.PortConfig{Entrance: w, Logger: slog.New(slog.DiscardHandler)}),
		Apps: sites{
			"secret":  {Kind: bridge.Plugchat, ID: "globe", Host: host, Website: "www.capulet.lit http://dev.capulet.lit:8000/"},
			"secret2": {Kind: bridge.Plugchat, ID: "rose", Host: host, Website: "rose.lit"},
			"secret3": {Kind: bridge.Plugchat, ID: "shut", Host: host, Disabled: true},
			"rest":    {Kind: bridge.REST, ID: "rest", Host: host},
		},
		People: w, Rooms: w, Sealer: bridge.NewSealer(bytes.Repeat([]byte{1}, 32)), Hosts: []string{"capulet.lit"},
		Label: "conference", Room: "lobby", Contacts: []jid.JID{jid.MustParse("nurse@capulet.lit")},
		Poll: 5 * time.Second, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&cfg)
	}
	return &stage{w, New(cfg), t}
}

// A got is an answer as a client reads it.
type got struct {
	Code int             `json:"code"`
	Txt  string          `json:"txt"`
	Data json.RawMessage `json:"data"`
	head http.Header
	body string
}

// do makes a request, whose answer has the status 200 always.
func (s *stage) do(r *http.Request) got {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	g := got{head: w.Header(), body: w.Body.String()}
	if w.Code != http.StatusOK {
		s.t.Errorf("%s: status %d", r.URL, w.Code)
	}
	text := g.body
	if strings.HasPrefix(text, "/**/") {
		_, text, _ = strings.Cut(strings.TrimSuffix(text, ");"), "(")
	}
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		s.t.Errorf("%s: %v in %q", r.URL, err, g.body)
	}
	return g
}

// get is a call of a back end or of JSONP.
func (s *stage) get(query string) got {
	s.t.Helper()
	return s.do(httptest.NewRequest(http.MethodGet, "/plugchat/?"+query, nil))
}

// post is a call of the bar.
func (s *stage) post(name string, form url.Values) got {
	s.t.Helper()
	if !form.Has("publicKey") {
		form.Set("publicKey", "globe")
	}
	r := httptest.NewRequest(http.MethodPost, "/plugchat/"+name, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return s.do(r)
}

// A page is one page with the bar.
type page struct {
	*stage
	Key    string
	After  uint64 `json:"after,string"`
	State  *state
	Events []event
	Gap    bool
}

func (s *stage) open(form url.Values) *page {
	s.t.Helper()
	p := &page{stage: s}
	p.read(s.post("open", form))
	if p.Key == "" || p.State == nil {
		s.t.Fatalf("no session: %+v", p)
	}
	return p
}

func (p *page) read(g got) {
	p.t.Helper()
	p.State, p.Events = nil, nil
	if err := json.Unmarshal(g.Data, p); err != nil || g.Code != 200 {
		p.t.Fatalf("%v: %d %s %s", err, g.Code, g.Txt, g.Data)
	}
}

func (p *page) poll() {
	p.t.Helper()
	p.read(p.post("poll", url.Values{"key": {p.Key}, "after": {fmt.Sprint(p.After)}}))
}

func (p *page) say(to, text string) got {
	p.t.Helper()
	return p.post("say", url.Values{"key": {p.Key}, "to": {to}, "text": {text}})
}

// login is a call of the site's back end, with more parameters.
func (p *page) login(more string) got {
	p.t.Helper()
	return p.get("action=login&apiKey=secret&user=" + p.State.ID + "&" + more)
}

// counts gives how many accounts, occupants and lines there are.
func (w *world) counts() [3]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return [3]int{len(w.people), len(w.nicks), len(w.lines)}
}

// in reports whether somebody of that nick is in the room.
func (w *world) in(nick string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.nicks[nick]
	return ok
}
