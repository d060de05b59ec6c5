package daemon

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"causeway/bridge/plugchat"
	"causeway/bridge/webim"
	"causeway/muc"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/disco"
	"causeway/xmpp/ext/entitytime"
	"causeway/xmpp/ext/ping"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/ext/version"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// gathering makes the rooms of all hosts. What people are to rooms is forgotten with their
// accounts, also while rooms are turned off.
func (h *house) gathering(ctx context.Context) error {
	cfg := &h.cfg.Rooms
	if cfg.Service == "" {
		h.accounts.OnRemove(h.store.Rooms().Forget)
		return nil
	}
	var err error
	h.rooms, err = muc.New(ctx, muc.Config{
		Store: h.store.Rooms(), Archive: roomArchive{h.archive}, Router: h.router,
		People: roomPeople{h.accounts, h.router}, Waker: roomWaker{h.push, h.router},
		Secret: func(ctx context.Context) ([]byte, error) {
			return h.store.Accounts().Secret(ctx, "occupant ids")
		},
		Label: cfg.Service, Creators: muc.Creators(cfg.Creators), Defaults: cfg.settings(), Limits: cfg.limits(), Zone: cfg.zone(), Logger: h.log,
	})
	if err != nil {
		return err
	}
	h.rooms.Handle(ping.NS, ping.New(), ping.NS)
	h.rooms.Handle(version.NS, version.New("Causeway", release, runtime.GOOS), version.NS)
	h.rooms.Handle(entitytime.NS, entitytime.New(time.Local), entitytime.NS)
	for _, host := range h.router.Hosts() {
		h.router.SetGate(h.rooms.Domain(host), h.rooms)
	}
	h.hostItems = append(h.hostItems, h.roomItems)
	for _, c := range h.roomCommands() {
		h.commands.Add(c)
	}
	// The rooms first, which tell those who are in them; and then what they do not know of.
	h.accounts.OnRemove(h.rooms.Forget)
	h.accounts.OnRemove(h.store.Rooms().Forget)
	return nil
}

// roomItems shows where the rooms of a host are (XEP-0045 #disco-service).
func (h *house) roomItems(host jid.JID) []disco.Item {
	at, err := jid.New("", h.rooms.Domain(host.Domain()), "")
	if err != nil {
		return nil // the name of the host leaves no room for another label
	}
	return []disco.Item{{JID: at, Name: "Rooms"}}
}

// settings are those of a new room.
func (c *RoomsConfig) settings() muc.Settings {
	s := muc.DefaultSettings()
	s.Persistent, s.Public, s.MembersOnly, s.Moderated, s.Archive = c.Persistent, c.Public, c.MembersOnly, c.Moderated, c.Archive
	if c.Whois == whoisAnyone {
		s.Whois = muc.ToAnyone
	}
	s.HistoryLength = min(s.HistoryLength, c.History)
	return s
}

// zone is that of opening hours; the configuration was checked.
func (c *RoomsConfig) zone() *time.Location {
	if c.TimeZone == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.Local
	}
	return zone
}

func (c *RoomsConfig) limits() muc.Limits {
	return muc.Limits{
		Rooms: c.PerPerson, Occupants: c.Occupants, Members: c.Members, History: c.History,
		NickBytes: c.NickBytes, TextBytes: c.TextBytes, VCardBytes: c.VCardBytes, Hats: c.Hats,
		Rate: c.Rate, Burst: c.Burst, JoinRate: c.JoinRate, JoinBurst: c.JoinBurst,
	}
}

// sweepAfter is how long those who were in a temporary room when the server ended have to
// come back.
const sweepAfter = 5 * time.Minute

// sweepRooms removes the temporary rooms to which nobody has come back, once, unless ctx
// ends before.
func (h *house) sweepRooms(ctx context.Context) {
	if h.rooms == nil {
		return
	}
	select {
	case <-time.After(sweepAfter):
	case <-ctx.Done():
		return
	}
	for _, host := range h.router.Hosts() {
		if err := h.rooms.Sweep(ctx, host); err != nil && !errors.Is(err, context.Canceled) {
			h.log.Error("temporary rooms were not swept", slog.String("host", host), slog.Any("err", err))
		}
	}
}

// roomPeople tells rooms of accounts.
type roomPeople struct {
	accounts *account.Service
	router   *router.Router
}

// IsAdmin implements muc.People.
func (p roomPeople) IsAdmin(bare jid.JID, host string) bool {
	at, err := jid.New("", host, "")
	return err == nil && p.accounts.IsAdmin(context.Background(), bare, at) // which looks at the configuration only
}

// IsGuest implements muc.People.
func (p roomPeople) IsGuest(bare jid.JID) bool {
	return p.router.IsHost(bare.Domain()) && (webim.IsVisitor(bare) || plugchat.IsGuest(bare))
}

// Exists implements muc.People.
func (p roomPeople) Exists(ctx context.Context, bare jid.JID) (bool, error) {
	if !p.router.IsHost(bare.Domain()) {
		return true, nil
	}
	return p.accounts.Exists(ctx, bare)
}

// roomWaker wakes nobody for a room that he does not want to hear.
type roomWaker struct {
	push   *push.Service
	router *router.Router
}

// Wake implements muc.Waker.
func (w roomWaker) Wake(ctx context.Context, owner jid.JID, st *stanza.Stanza) {
	if !w.router.Blocks(ctx, owner, st.From) {
		w.push.Wake(ctx, owner, st)
	}
}

// roomArchive is the archive as rooms see it.
type roomArchive struct{ *archive.Service }

// Last implements muc.Archive.
func (a roomArchive) Last(ctx context.Context, room jid.JID, limit int) ([]muc.Saying, error) {
	entries, err := a.Service.Last(ctx, room, limit)
	list := make([]muc.Saying, len(entries))
	for i := range entries {
		list[i] = saying(&entries[i])
	}
	return list, err
}

// Get implements muc.Archive.
func (a roomArchive) Get(ctx context.Context, room jid.JID, id string) (muc.Saying, bool, error) {
	e, ok, err := a.Service.Get(ctx, room, id)
	return saying(&e), ok, err
}

func saying(e *archive.Entry) muc.Saying {
	return muc.Saying{ID: e.ID.String(), At: e.ID.Time(), XML: e.XML}
}

var (
	_ muc.Archive = roomArchive{}
	_ muc.People  = roomPeople{}
	_ router.Gate = (*muc.Service)(nil)
)
