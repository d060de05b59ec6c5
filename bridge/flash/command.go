package flash

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"causeway/xmpp/jid"
)

// commandTime is how long a command may take. Clients wait without end.
const commandTime = 20 * time.Second

// A command does what a document says.
type command struct {
	run     func(ctx context.Context, c *call) error
	stopped bool // it is done for a host that is stopped, too
	rooms   bool // it is about rooms
}

// A call is one command under way.
type call struct {
	*document
	host  jid.JID
	reply *reply
}

// table has the commands by the attribute type: seven of the document, and ours.
func (s *Server) table() map[string]command {
	return map[string]command{
		"add_room":        {run: s.addRoom, rooms: true},
		"edit_room":       {run: s.editRoom, rooms: true},
		"del_room":        {run: s.deleteRoom, rooms: true},
		"broadcast":       {run: s.broadcast},
		"private_message": {run: s.privateMessage},
		"start_group":     {run: s.startGroup, stopped: true},
		"stop_group":      {run: s.stopGroup, stopped: true},

		"list_rooms": {run: s.listRooms, rooms: true},
		"list_users": {run: s.listUsers},
		"kick":       {run: s.kick},
		"ban":        {run: s.ban},
		"unban":      {run: s.unban},
	}
}

// answer runs one document. The order of the checks is that of wire §4: address, size,
// well-formedness, root, password and group, type, parameters. Keep reports whether the
// client wants the connection to stay.
func (s *Server) answer(ctx context.Context, from netip.Addr, raw []byte) (answer *reply, keep bool) {
	answer = new(reply)
	d, host, err := s.admit(ctx, from, raw)
	if err == nil {
		keep = d.attrs["keep"] == "1"
		err = s.run(ctx, &call{document: d, host: host, reply: answer})
	}
	if err == nil {
		return answer, keep
	}
	f, known := faultOf(err)
	if !known {
		s.log.Error("a command failed", slog.String("type", answer.typ), slog.Any("err", err))
	}
	answer.fault, answer.result, answer.children = f, 0, nil
	return answer, keep
}

// admit finds out for which host a document may speak.
func (s *Server) admit(ctx context.Context, from netip.Addr, raw []byte) (*document, jid.JID, error) {
	if s.guesses.wait(from) {
		return nil, jid.JID{}, &fault{code: tooMany}
	}
	if !s.allowed(from) {
		return nil, jid.JID{}, s.refused(from, "", "", "address")
	}
	d, err := readDocument(raw)
	if err != nil {
		return nil, jid.JID{}, err
	}
	group := d.attrs["group"]
	if group == "" {
		group = defaultGroup
	}
	if !isGroup(group) {
		return nil, jid.JID{}, s.refused(from, "", d.attrs["type"], "group")
	}
	app, ok, err := s.cfg.Apps.Verify(ctx, kind, group, d.attrs["api_pwd"])
	if err != nil {
		return nil, jid.JID{}, err
	}
	if !ok || s.documentedPassword(d.attrs["api_pwd"]) {
		return nil, jid.JID{}, s.refused(from, group, d.attrs["type"], "password or group")
	}
	if s.guesses.judged(from, true) {
		return nil, jid.JID{}, &fault{code: tooMany}
	}
	return d, app.Host, nil
}

// refused counts and logs a failure, and says what it is answered. Only words that are ours
// or have a safe form are told.
func (s *Server) refused(from netip.Addr, group, typ, why string) error {
	if s.guesses.judged(from, false) {
		return &fault{code: tooMany}
	}
	if _, known := s.commands[typ]; !known {
		typ = ""
	}
	s.log.Warn("a command was refused", slog.String("addr", from.String()), slog.String("group", group),
		slog.String("type", typ), slog.String("why", why))
	return &fault{code: notAuthorised}
}

// documentedPasswords are those that editions of the manual show. Nobody but this machine
// gets in with them.
var documentedPasswords = [...]string{"3874-3459-9999-2199", "3874-3459-9293-2194", "3874-3459-9393-2194"}

// DocumentedPassword gives which of them is that of a group, "" if none is, or if commands
// come from this machine only: a server that has such a group does not start.
func (s *Server) DocumentedPassword(ctx context.Context, group string) (password string, err error) {
	if s.local() {
		return "", nil
	}
	for _, p := range documentedPasswords {
		if _, ok, err := s.cfg.Apps.Verify(ctx, kind, group, p); ok || err != nil {
			return p, err
		}
	}
	return "", nil
}

func (s *Server) documentedPassword(password string) bool {
	found := 0
	for _, p := range documentedPasswords {
		found |= subtle.ConstantTimeCompare([]byte(p), []byte(password))
	}
	return found == 1 && !s.local()
}

// local reports whether commands come from this machine only.
func (s *Server) local() bool {
	for _, p := range s.cfg.Allow {
		if p.Bits() == 0 || !p.Addr().IsLoopback() {
			return false
		}
	}
	return true
}

// run does what an admitted document says.
func (s *Server) run(ctx context.Context, c *call) error {
	typ := c.attrs["type"]
	command, known := s.commands[typ]
	if !known || command.rooms && s.cfg.Label == "" {
		return &fault{code: unknownType}
	}
	c.reply.typ = typ
	if !command.stopped && s.cfg.Hosts.Stopped(c.host.Domain()) {
		return &fault{code: groupStopped}
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	return command.run(ctx, c)
}

// isGroup reports whether a text can be the name of a group (wire §3.3).
func isGroup(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}
