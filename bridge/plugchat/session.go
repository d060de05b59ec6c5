package plugchat

import (
	"context"
	"crypto/rand"
	"net/netip"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The values of the cookie plugChatUserStatus that we produce (plugchat #2.1): 2 and 3 are
// of networks that this server does not ask (wire §6.4).
const (
	guest  = 1
	member = 4 // of the site, which has said so
)

// A session is one guest of a site: one account, one line, and any number of pages of one
// browser.
type session struct {
	hall    *hall
	id      string
	app     string // publicKey of the site
	account jid.JID
	from    netip.Prefix
	issued  time.Time

	opened   chan struct{} // closed when begin is done
	fault    error         // why it failed; read after opened
	changing chan struct{} // has room for one: who changes the nick

	lineMu sync.RWMutex // guards line while the session begins
	line   *bridge.Line

	mu      sync.Mutex // guards the following; no call out is made with it
	gone    bool
	seen    time.Time // when a page last polled, or its poll ended
	waiting []*seat   // polls that wait
	status  int
	nick    string
	avatar  string
	room    room
	ring    ring
	known   map[jid.JID]bool // who has written, and may be answered
	said    []*word          // what pages have said lately
	pending bool             // a timer will tell of a change
}

func newSession(h *hall, k pass, from netip.Prefix) *session {
	return &session{
		hall: h, id: k.id, app: k.app, account: k.account, from: from, issued: k.issued,
		opened: make(chan struct{}), changing: make(chan struct{}, 1), seen: time.Now(),
		status: guest, nick: guestNick(k.account), known: make(map[jid.JID]bool),
		room: room{occupants: make(map[string]bool)}, ring: newRing(),
	}
}

// key gives what a page shows to be let in.
func (s *session) key() string {
	return pass{s.id, s.issued, s.account, s.app}.seal(s.hall.cfg.Sealer)
}

// begin makes the account, binds the line, and enters the room. It runs once.
func (s *session) begin(ctx context.Context) {
	defer close(s.opened)
	s.fault = s.open(ctx)
}

// resource is how the resource of a guest begins.
const resource = "bar-"

func (s *session) open(ctx context.Context) error {
	if err := s.hall.cfg.People.Ensure(ctx, s.account); err != nil {
		return err
	}
	full, err := s.account.WithResource(resource + rand.Text()[:10])
	if err != nil {
		return err
	}
	line, err := s.hall.cfg.Port.Bind(ctx, full, s.arrived)
	if err != nil {
		return err
	}
	s.lineMu.Lock()
	s.line = line
	s.lineMu.Unlock()
	if s.issued.Before(s.hall.started) {
		if err := s.recall(ctx); err != nil {
			return err
		}
	}
	if err := line.Send(ctx, stanza.New(stanza.Presence, stanza.Available, rand.Text(), jid.JID{}, jid.JID{}, s.nickElement())); err != nil {
		return err
	}
	s.enterRoom(ctx)
	return nil
}

// ready gives the session when it has begun, unless it has ended.
func (s *session) ready(ctx context.Context) (*session, error) {
	select {
	case <-s.opened:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.fault != nil {
		return nil, s.fault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return nil, errInvalid("key")
	}
	return s, nil
}

// over ends the session: false if it has ended already.
func (s *session) over(ctx context.Context) bool {
	<-s.opened
	s.mu.Lock()
	if s.gone {
		s.mu.Unlock()
		return false
	}
	s.gone = true
	s.wake()
	s.mu.Unlock()
	s.hideFace() // before the nick is free
	s.lineMu.RLock()
	line := s.line
	s.lineMu.RUnlock()
	if line != nil {
		line.Close(ctx)
	}
	return true
}

// stale reports whether nobody has polled for too long, or the line is lost.
func (s *session) stale(now time.Time, grace time.Duration) bool {
	select {
	case <-s.opened:
	default:
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line == nil || s.line.Ended() || len(s.waiting) == 0 && now.Sub(s.seen) > grace
}

// turn waits until nobody else changes the nick. Done ends it.
func (s *session) turn(ctx context.Context) error {
	select {
	case s.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *session) done() { <-s.changing }

// nickElement says what the guest is called (XEP-0172 #presence).
func (s *session) nickElement() []byte {
	s.mu.Lock()
	nick := s.nick
	s.mu.Unlock()
	return append(stanza.AppendText([]byte("<nick xmlns='"+nsNick+"'>"), nick), "</nick>"...)
}

// wake lets the polls that wait go on. The lock is held.
func (s *session) wake() {
	for _, p := range s.waiting {
		p.wake()
	}
}

// A state is what a page is told of the session, whenever something of it has changed.
type state struct {
	ID       string        `json:"id"`     // for the cookie plugChatUserSessionId
	Status   int           `json:"status"` // for the cookie plugChatUserStatus
	Nick     string        `json:"nick"`
	Avatar   string        `json:"avatar"`
	Room     *roomState    `json:"room"` // null if the site has none
	Contacts []contactInfo `json:"contacts"`
}

// A roomState is the room of the site as a page shows it.
type roomState struct {
	Name    string       `json:"name"`
	Address string       `json:"address"`
	Inside  bool         `json:"inside"`
	Why     string       `json:"why"` // the guest is not in it
	Count   int          `json:"count"`
	People  []personInfo `json:"people"` // some of them, if there are many
}

// A personInfo is somebody in the room.
type personInfo struct {
	Nick   string `json:"nick"`
	Avatar string `json:"avatar"`
	Me     bool   `json:"me"`
}

// A contactInfo is somebody to whom guests may write.
type contactInfo struct {
	To   string `json:"to"`
	Name string `json:"name"`
}

// state gives it. The lock is held.
func (s *session) state() *state {
	st := &state{ID: s.id, Status: s.status, Nick: s.nick, Avatar: s.avatar, Room: s.roomState(), Contacts: []contactInfo{}}
	for _, j := range s.hall.cfg.Contacts {
		if j.Domain() == s.account.Domain() {
			st.Contacts = append(st.Contacts, contactInfo{j.String(), jid.Unescape(j.Local())})
		}
	}
	return st
}

// stateDelay is how long changes in the room are gathered before pages are told; longer by as
// much for each hundred people there, since each page is told of all.
const stateDelay = time.Second

// changed notes that the state is another, and tells the pages: at once, or when the room
// has settled.
func (s *session) changed(atOnce bool) {
	s.ring.touch()
	switch {
	case atOnce:
		s.wake()
	case !s.pending:
		s.pending = true
		time.AfterFunc(stateDelay*time.Duration(1+len(s.room.occupants)/100), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pending = false
			s.wake()
		})
	}
}
