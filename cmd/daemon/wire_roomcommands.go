package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"causeway/muc"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Commands of ours about the rooms of a host, for its administrators.
const (
	nodeRooms      = "urn:causeway:admin#rooms"
	nodeRoomShow   = "urn:causeway:admin#room-show"
	nodeRoomAdd    = "urn:causeway:admin#room-add"
	nodeRoomEdit   = "urn:causeway:admin#room-edit"
	nodeRoomDelete = "urn:causeway:admin#room-delete"
	nodeRoomKick   = "urn:causeway:admin#room-kick"
)

// Settings in the words of XEP-0045 #registrar-formtype-owner.
const (
	roomName        = "muc#roomconfig_roomname"
	roomDescription = "muc#roomconfig_roomdesc"
	roomPersistent  = "muc#roomconfig_persistentroom"
	roomPublic      = "muc#roomconfig_publicroom"
	roomMembersOnly = "muc#roomconfig_membersonly"
	roomModerated   = "muc#roomconfig_moderatedroom"
	roomWhois       = "muc#roomconfig_whois"
	roomArchived    = "muc#roomconfig_enablelogging"
	roomProtected   = "muc#roomconfig_passwordprotectedroom"
	roomSecret      = "muc#roomconfig_roomsecret"
)

// roomSettings are those that can be given to a command, in the order in which people
// see them.
var roomSettings = [...]struct{ name, label, kind string }{
	{roomName, "Name", form.TextSingle},
	{roomDescription, "Description", form.TextSingle},
	{roomPersistent, "Keep the room when everybody has left?", form.Boolean},
	{roomPublic, "List the room publicly?", form.Boolean},
	{roomMembersOnly, "Only for members?", form.Boolean},
	{roomModerated, "Only who has been given voice may speak?", form.Boolean},
	{roomWhois, "Who sees real addresses?", whoisModerators},
	{roomArchived, "Keep what is said, for those who may enter?", form.Boolean},
	{roomProtected, "Ask for a password?", form.Boolean},
	{roomSecret, "Password", form.TextPrivate},
}

// Settings that programs give, and no form of a command asks for; roomOurs is what those of
// ours begin with.
var roomMore = []string{"muc#roomconfig_maxusers", "muc#roomconfig_roomadmins", "muc#roomconfig_allowinvites"}

const roomOurs = "{urn:causeway:rooms}"

// roomLists are the lists of people that can be given to a command.
var roomLists = [...]struct {
	name, label string
	affiliation muc.Affiliation
}{
	{"owners", "These become owners", muc.Owner},
	{"admins", "These become admins", muc.Admin},
	{"members", "These become members", muc.MemberOf},
	{"outcasts", "These are banned", muc.Outcast},
	{"none", "These are none of these any more", muc.None},
}

// roomCommands gives them all.
func (h *house) roomCommands() []command.Command {
	named := func(node, name string, ask, run commandStep) command.Command {
		c := command.Command{Node: node, Name: name, Allowed: h.accounts.IsAdmin, Run: run}
		if ask != nil {
			c.Forms = []commandStep{ask}
		}
		return c
	}
	return []command.Command{
		named(nodeRooms, "List the rooms", nil, h.listRooms),
		named(nodeRoomShow, "Show a room", askRoom(nodeRoomShow), h.showRoom),
		named(nodeRoomAdd, "Add a room", h.askNewRoom, h.addRoom),
		named(nodeRoomEdit, "Change a room", askRoomChange, h.editRoom),
		named(nodeRoomDelete, "Remove a room", askRoom(nodeRoomDelete,
			form.Field{Var: "reason", Type: form.TextSingle, Label: "What those who are in it are told"},
			form.Field{Var: "alternate", Type: form.JIDSingle, Label: "The room where they may go instead"}), h.deleteRoom),
		named(nodeRoomKick, "Have somebody leave a room", askRoom(nodeRoomKick,
			form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "Who is to leave", Required: true},
			form.Field{Var: "reason", Type: form.TextSingle, Label: "What they are told"}), h.kickFromRoom),
	}
}

// roomField asks which room.
func roomField() form.Field {
	return form.Field{Var: "room", Type: form.JIDSingle, Label: "Address of the room", Required: true}
}

// askRoom asks which room, and more.
func askRoom(node string, more ...form.Field) commandStep {
	return func(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) {
		return form.New(form.Ask, node, append([]form.Field{roomField()}, more...)...), nil
	}
}

// askNewRoom asks what a new room is to be like, with what new ones are like.
func (h *house) askNewRoom(_ context.Context, who, _ jid.JID, _ *form.Form) (*form.Form, error) {
	d := &h.cfg.Rooms
	defaults := map[string]string{
		roomPersistent: "1", roomPublic: oneOrZero(d.Public), roomMembersOnly: oneOrZero(d.MembersOnly),
		roomModerated: oneOrZero(d.Moderated), roomWhois: d.Whois, roomArchived: oneOrZero(d.Archive), roomProtected: "0",
	}
	f := form.New(form.Ask, nodeRoomAdd, roomField(),
		form.Field{Var: "owner", Type: form.JIDSingle, Label: "Owner", Required: true, Values: []string{who.Bare().String()}})
	for _, s := range roomSettings {
		field := form.Field{Var: s.name, Type: s.kind, Label: s.label}
		if v := defaults[s.name]; v != "" {
			field.Values = []string{v}
		}
		if s.name == roomWhois {
			field.Type, field.Options = form.ListSingle, whoisOptions()
		}
		f.Fields = append(f.Fields, field)
	}
	return f, nil
}

// askRoomChange asks what is to change. What is not filled in stays; so yes and no are two
// of three choices.
func askRoomChange(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) {
	f := form.New(form.Ask, nodeRoomEdit, roomField())
	f.Instructions = []string{"What is left empty stays as it is."}
	asItIs := form.Option{Label: "As it is"}
	for _, s := range roomSettings {
		field := form.Field{Var: s.name, Type: s.kind, Label: s.label}
		switch {
		case s.name == roomWhois:
			field.Type, field.Options = form.ListSingle, append(whoisOptions(), asItIs)
		case s.kind == form.Boolean:
			field.Type, field.Options = form.ListSingle, []form.Option{{Label: "Yes", Value: "1"}, {Label: "No", Value: "0"}, asItIs}
		}
		if field.Options != nil {
			field.Values = []string{""}
		}
		f.Fields = append(f.Fields, field)
	}
	for _, l := range roomLists {
		f.Fields = append(f.Fields, form.Field{Var: l.name, Type: form.JIDMulti, Label: l.label})
	}
	return f, nil
}

func whoisOptions() []form.Option {
	return []form.Option{{Label: "Moderators", Value: whoisModerators}, {Label: "Anyone", Value: whoisAnyone}}
}

func oneOrZero(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// roomAt reads which room of a host a command is about.
func (h *house) roomAt(host jid.JID, given *form.Form) (jid.JID, error) {
	room, err := given.JID("room")
	at := h.rooms.Domain(host.Domain())
	if err != nil || room.Local() == "" || room.IsFull() || room.Domain() != at {
		return jid.JID{}, stanza.NotAcceptable.Err(fmt.Sprintf("this is no address of a room; those of %s are at %s", host, at))
	}
	return room, nil
}

// mostRooms is how many rooms one list has.
const mostRooms = 500

// listRooms gives the rooms of a host, a page at a time: x-after is the localpart of the
// last one before it.
func (h *house) listRooms(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	list, err := h.rooms.Rooms(ctx, h.rooms.Domain(host.Domain()), given.Value("x-after"), mostRooms)
	if err != nil {
		return nil, err
	}
	f := form.New(form.Result, nodeRooms)
	f.Reported = []form.Field{{Var: "room", Type: form.JIDSingle, Label: "room"}, {Var: "name", Type: form.TextSingle, Label: "name"}}
	for _, l := range list {
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			{Var: "room", Values: []string{l.JID.String()}}, {Var: "name", Values: []string{l.Name}},
		}})
	}
	return f, nil
}

// showRoom tells what is known of a room, but its password; and in a table, who is in it.
func (h *house) showRoom(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	room, err := h.roomAt(host, given)
	if err != nil {
		return nil, err
	}
	report, err := h.rooms.Show(ctx, room)
	if err != nil {
		return nil, err
	}
	s := &report.Record.Settings
	text := func(name, label, value string) form.Field {
		return form.Field{Var: name, Type: form.TextSingle, Label: label, Values: []string{value}}
	}
	yesNo := func(name, label string, is bool) form.Field {
		return form.Field{Var: name, Type: form.Boolean, Label: label, Values: []string{fmt.Sprint(is)}}
	}
	whois := whoisModerators
	if s.Whois == muc.ToAnyone {
		whois = whoisAnyone
	}
	f := form.New(form.Result, nodeRoomShow,
		text("room", "room", room.String()),
		text("name", "name", s.Name),
		text("description", "description", s.Description),
		text("subject", "subject", subjectOf(report.Record.Subject.XML)),
		text("creator", "created by", report.Record.Creator.String()),
		text("created", "created", report.Record.Created.UTC().Format(time.RFC3339)),
		yesNo("persistent", "persistent", s.Persistent),
		yesNo("public", "public", s.Public),
		yesNo("members_only", "members only", s.MembersOnly),
		yesNo("moderated", "moderated", s.Moderated),
		yesNo("password", "password", s.Password != ""),
		text("whois", "addresses seen by", whois),
		yesNo("archive", "archive", s.Archive),
		yesNo("invites", "members may invite", s.Invites),
		text("max_users", "most occupants", strconv.Itoa(s.MaxUsers)))
	for _, l := range roomLists[:4] {
		field := form.Field{Var: l.name, Type: form.JIDMulti, Label: l.name}
		for i := range report.Members {
			if report.Members[i].Affiliation == l.affiliation {
				field.Values = append(field.Values, report.Members[i].JID.String())
			}
		}
		f.Fields = append(f.Fields, field)
	}
	for _, name := range []string{"nick", "address", "role", "affiliation"} {
		f.Reported = append(f.Reported, form.Field{Var: name, Type: form.TextSingle, Label: name})
	}
	for _, o := range report.Occupants {
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			text("nick", "", o.Nick), text("address", "", o.JID.String()), text("role", "", o.Role.String()), text("affiliation", "", o.Affiliation.String()),
		}})
	}
	return f, nil
}

// subjectOf is the text of a subject: the first, if there are several in other languages.
func subjectOf(xml []byte) string {
	st, err := stanza.Parse([]byte("<message>" + string(xml) + "</message>"))
	if err != nil {
		return ""
	}
	var m struct {
		Subject string `xml:"subject"`
	}
	if err := st.Decode(&m); err != nil {
		return ""
	}
	return m.Subject
}

// addRoom makes a room.
func (h *house) addRoom(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	room, err := h.roomAt(host, given)
	if err != nil {
		return nil, err
	}
	var owner jid.JID
	if who != host || given.Value("owner") != "" { // the host itself needs none
		if owner, err = given.JID("owner"); err != nil || owner.Local() == "" {
			return nil, stanza.NotAcceptable.Err("the owner is no address of a person")
		}
		if known, err := (roomPeople{h.accounts, h.router}).Exists(ctx, owner.Bare()); err != nil || !known {
			return nil, errors.Join(err, stanza.ItemNotFound.Err(fmt.Sprintf("the owner %s has no account", owner.Bare())))
		}
	}
	if err := h.rooms.Create(ctx, room, owner.Bare(), settingsOf(given)); err != nil {
		return nil, err
	}
	return h.roomDone(ctx, "add room", who, nodeRoomAdd, room), nil
}

// editRoom changes a room: its settings first, and then its lists.
func (h *house) editRoom(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	room, err := h.roomAt(host, given)
	if err != nil {
		return nil, err
	}
	people, err := peopleOf(given)
	if err != nil {
		return nil, err
	}
	if settings := settingsOf(given); len(settings.Fields) > 1 || len(people) == 0 {
		if err := h.rooms.Configure(ctx, room, settings); err != nil {
			return nil, err
		}
	}
	if len(people) > 0 {
		if err := h.rooms.Affiliate(ctx, room, people); err != nil {
			return nil, err
		}
	}
	return h.roomDone(ctx, "change room", who, nodeRoomEdit, room), nil
}

// peopleOf reads the lists that were filled in. Some clients give an empty line for an
// empty list.
func peopleOf(given *form.Form) (people []muc.Member, err error) {
	seen := make(map[jid.JID]bool)
	for _, l := range roomLists {
		for _, text := range given.Values(l.name) {
			if strings.TrimSpace(text) == "" {
				continue
			}
			j, err := jid.Parse(strings.TrimSpace(text))
			if err != nil {
				return nil, stanza.JIDMalformed.Err(l.name + " is a list of addresses")
			}
			j = j.Bare()
			switch {
			case j.IsHost() && l.affiliation > muc.None:
				return nil, stanza.NotAcceptable.Err(fmt.Sprintf("%s is a domain, which can only be banned", j)) // XEP-0045 #modifyban
			case seen[j]:
				return nil, stanza.BadRequest.Err(fmt.Sprintf("%s is there twice", j))
			}
			seen[j] = true
			people = append(people, muc.Member{JID: j, Affiliation: l.affiliation})
		}
	}
	return people, nil
}

// settingsOf gives the settings that were filled in, as the form of an owner has them. The
// field clear names those that are to be empty.
func settingsOf(given *form.Form) *form.Form {
	f := form.New(form.Submit, "http://jabber.org/protocol/muc#roomconfig")
	for _, s := range roomSettings {
		if v := given.Value(s.name); strings.TrimSpace(v) != "" {
			f.Fields = append(f.Fields, form.Field{Var: s.name, Values: []string{v}})
		}
	}
	for i := range given.Fields {
		if strings.HasPrefix(given.Fields[i].Var, roomOurs) || slices.Contains(roomMore, given.Fields[i].Var) {
			f.Fields = append(f.Fields, given.Fields[i])
		}
	}
	for _, name := range given.Values("clear") {
		if name == roomName || name == roomDescription {
			f.Fields = append(f.Fields, form.Field{Var: name})
		}
	}
	return f
}

// deleteRoom ends a room.
func (h *house) deleteRoom(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	room, err := h.roomAt(host, given)
	if err != nil {
		return nil, err
	}
	var alternate jid.JID
	if given.Value("alternate") != "" {
		if alternate, err = given.JID("alternate"); err != nil {
			return nil, stanza.JIDMalformed.Err("the other room is no address")
		}
	}
	if err := h.rooms.Destroy(ctx, room, alternate, given.Value("reason")); err != nil {
		return nil, err
	}
	return h.roomDone(ctx, "remove room", who, nodeRoomDelete, room), nil
}

// kickFromRoom has somebody leave a room.
func (h *house) kickFromRoom(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	room, err := h.roomAt(host, given)
	if err != nil {
		return nil, err
	}
	person, err := given.JID("accountjid")
	if err != nil || person.Local() == "" {
		return nil, stanza.NotAcceptable.Err("who is to leave is no address of a person")
	}
	if err := h.rooms.Expel(ctx, room, person, given.Value("reason")); err != nil {
		return nil, err
	}
	return h.roomDone(ctx, "kick from room", who, nodeRoomKick, room), nil
}

// roomDone logs what an administrator did, and gives the result.
func (h *house) roomDone(ctx context.Context, act string, who jid.JID, node string, room jid.JID) *form.Form {
	h.log.InfoContext(ctx, "administration", slog.String("act", act), slog.String("jid", room.String()), slog.String("by", who.String()))
	return form.New(form.Result, node, form.Field{Var: "room", Type: form.JIDSingle, Label: "room", Values: []string{room.String()}})
}
