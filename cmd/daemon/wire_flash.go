package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"causeway/bridge"
	"causeway/bridge/flash"
	"causeway/muc"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// openFlash makes what answers commands and tells sites how the server is, if either is
// wanted.
func (h *house) openFlash(ctx context.Context, apps bridge.Apps) error {
	cfg := &h.cfg.Flash
	folders, _ := h.cfg.folders() // the configuration was checked
	if len(cfg.Listen) == 0 && len(folders) == 0 && !cfg.Publish {
		return nil
	}
	allow, open, err := cfg.prefixes()
	if err != nil {
		return err
	}
	if open && len(cfg.Listen) > 0 {
		h.log.Warn("flash.allow: commands may come from anywhere, and their passwords go in the clear")
	}
	h.flash = flash.New(flash.Config{
		Port: h.port, Apps: apps, Hosts: flashHosts{h}, People: roomPeople{h.accounts, h.router}, Rooms: flashRooms{h},
		Label: h.cfg.Rooms.Service, Allow: allow, Policy: cfg.Policy, Semantics: flash.Semantics(cfg.Semantics),
		Limits: flash.Limits{Connections: cfg.Connections, PerAddress: cfg.PerAddress}, Logger: h.log,
	})
	if err := h.noDocumentedPassword(ctx); err != nil {
		return err
	}
	if cfg.Publish {
		web := h.flash.Web()
		h.web.HandleExactly("flash", flash.OnlinePath, web)
		h.web.HandleExactly("flash", flash.RoomsPath, web)
		h.web.HandleExactly("flash", flash.UsersPath, web)
		h.web.Handle("flash", flash.FilesPath, web)
	}
	return nil
}

// noDocumentedPassword refuses to start with a password that stands in the manuals, unless
// commands come from this machine only.
func (h *house) noDocumentedPassword(ctx context.Context) error {
	for _, name := range h.router.Hosts() {
		host, err := jid.New("", name, "")
		if err != nil {
			return err
		}
		list, err := h.store.Apps().List(ctx, host, "", "", mostGroups)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Kind != bridge.Flash {
				continue
			}
			switch p, err := h.flash.DocumentedPassword(ctx, list[i].ID); {
			case err != nil:
				return err
			case p != "":
				return hinted(fmt.Errorf("the password of the group %s of %s stands in the manuals, and flash.allow lets in others than this machine", list[i].ID, name),
					"causeway app rotate flash "+list[i].ID)
			}
		}
	}
	return nil
}

// mostGroups is how many apps of a host are looked at.
const mostGroups = 10_000

// commandAddrs is where commands are listened for.
func (h *house) commandAddrs() []string {
	if h.flash == nil {
		return nil
	}
	return h.cfg.Flash.Listen
}

// statusFiles keeps the files of all hosts that have a folder, until ctx ends.
func (h *house) statusFiles(ctx context.Context) {
	folders, _ := h.cfg.folders()
	for host, folder := range folders {
		go func() { // ends with ctx
			if err := h.flash.Files(ctx, host, folder); err != nil {
				h.log.Error("there are no status files", slog.String("host", host), slog.Any("err", err))
			}
		}()
	}
}

// flashHosts is how hosts are, for package flash.
type flashHosts struct{ house *house }

// Stopped implements flash.Hosts.
func (f flashHosts) Stopped(host string) bool { return f.house.router.Stopped(host) }

// Count implements flash.Hosts. Which host a connection is for is not known before it has
// logged in; so those are counted where there is only one.
func (f flashHosts) Count(host string) (connections, people int) {
	h := f.house
	last := jid.JID{}
	for s := range h.router.All { // the sessions of one account come one after the other
		j := s.JID()
		if j.Domain() != host {
			continue
		}
		connections++
		if bare := j.Bare(); bare != last {
			people, last = people+1, bare
		}
	}
	if h.clients != nil && len(h.router.Hosts()) == 1 && !h.router.Stopped(host) {
		connections += h.clients.LoggingIn()
	}
	return connections, people
}

// flashRooms is the rooms by their numbers, for package flash.
type flashRooms struct{ house *house }

// Next implements flash.Rooms.
func (f flashRooms) Next(ctx context.Context, host string) (int, error) {
	return f.house.store.Rooms().NextNumber(ctx, f.house.rooms.Domain(host))
}

// Find implements flash.Rooms.
func (f flashRooms) Find(ctx context.Context, host string, number int) (jid.JID, bool, error) {
	return f.house.store.Rooms().RoomOf(ctx, f.house.rooms.Domain(host), number)
}

// List implements flash.Rooms.
func (f flashRooms) List(ctx context.Context, host string) ([]flash.Numbered, error) {
	if f.house.rooms == nil {
		return nil, nil
	}
	all, err := f.house.store.Rooms().NumberAll(ctx, f.house.rooms.Domain(host))
	list := make([]flash.Numbered, len(all))
	for i, n := range all {
		list[i] = flash.Numbered(n)
	}
	return list, err
}

// Show implements flash.Rooms.
func (f flashRooms) Show(ctx context.Context, room jid.JID) (flash.Room, bool, error) {
	report, err := f.house.rooms.Show(ctx, room)
	if isNoRoom(err) {
		return flash.Room{}, false, nil
	}
	if err != nil {
		return flash.Room{}, false, fmt.Errorf("room %s: %w", room, err)
	}
	s := &report.Record.Settings
	r := flash.Room{
		Number: report.Record.Number, Name: s.Name, Description: s.Description, Max: s.MaxUsers, Welcome: s.Welcome,
		Guests: !s.NoGuests, Moderated: s.Moderated, Password: s.Password != "", Open: !s.Closed, Public: s.Public, Display: s.Display,
	}
	for i := range report.Members {
		switch m := &report.Members[i]; m.Affiliation {
		case muc.Admin, muc.Owner:
			r.Owners = append(r.Owners, m.JID)
		case muc.MemberOf:
			r.Speakers = append(r.Speakers, m.JID)
		}
	}
	for _, o := range report.Occupants {
		r.Occupants = append(r.Occupants, flash.Occupant{JID: o.JID.Bare(), Nick: o.Nick})
	}
	return r, true, nil
}

// Changed implements flash.Rooms.
func (f flashRooms) Changed(host string) (rooms []jid.JID, all bool) {
	if f.house.rooms == nil {
		return nil, false
	}
	return f.house.rooms.Touched(f.house.rooms.Domain(host))
}

// Within implements flash.Rooms.
func (f flashRooms) Within(_ context.Context, room jid.JID) ([]jid.JID, error) {
	return f.house.rooms.Within(room), nil
}

// isNoRoom reports whether an error says that there is no such room.
func isNoRoom(err error) bool {
	var told *stanza.Error
	return errors.As(err, &told) && told.Condition == stanza.ItemNotFound
}

// flashRecipe is a line to paste: everybody who is online gets a message.
func flashRecipe(apps []tryApp, addr net.Addr) string {
	for i := range apps {
		if a := &apps[i]; a.Kind == bridge.Flash {
			host, port, _ := net.SplitHostPort(addr.String())
			return fmt.Sprintf("  %-12s printf '<Command group=\"%s\" api_pwd=\"%s\" type=\"broadcast\" userid=\"nurse\" msg=\"to the ball!\"/>\\0' | nc %s %s\n",
				"", a.ID, a.secret, host, port)
		}
	}
	return ""
}
