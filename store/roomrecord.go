package store

import (
	"bytes"
	"encoding/binary"

	"causeway/muc"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// A roomRecord is a room as it is kept.
type roomRecord struct {
	muc.Record
	life uint64 // which of those under its name
}

// The flags of a room.
const (
	roomIsPersistent = 1 << iota
	roomIsPublic
	roomMembersOnly
	roomModerated
	roomInvites
	roomArchives
	roomHasSubject
)

// encodeRoom writes the name first, for lists.
func encodeRoom(r *roomRecord) []byte {
	s := &r.Settings
	b := append(make([]byte, 0, 256), recordVersion)
	b = appendBytes(b, s.Name)
	b = binary.AppendUvarint(b, r.life)
	b = append(b, flag(s.Persistent, roomIsPersistent)|flag(s.Public, roomIsPublic)|flag(s.MembersOnly, roomMembersOnly)|
		flag(s.Moderated, roomModerated)|flag(s.Invites, roomInvites)|flag(s.Archive, roomArchives)|flag(r.Subject.XML != nil, roomHasSubject),
		byte(s.Whois), byte(s.PrivateFrom), byte(s.Subject), byte(s.MemberList), byte(s.Broadcast))
	for _, text := range []string{s.Description, s.Lang, s.PubSub, s.Password} {
		b = appendBytes(b, text)
	}
	b = binary.AppendVarint(b, int64(s.MaxUsers))
	b = binary.AppendVarint(b, int64(s.HistoryLength))
	b = appendBytes(b, r.Subject.XML)
	b = appendTime(appendBytes(b, r.Subject.From.String()), r.Subject.At)
	b = appendTime(appendBytes(b, r.Creator.String()), r.Created)
	b = appendBytes(b, r.Avatar)
	b = binary.AppendUvarint(b, uint64(len(r.Hats)))
	for _, h := range r.Hats {
		b = appendBytes(appendBytes(appendBytes(b, h.URI), h.Title), h.Hue)
	}
	return appendRoomOurs(b, r)
}

// The flags of what XEP-0045 has no word for.
const (
	roomIsClosed = 1 << iota
	roomNoGuests
	roomHasAudio
	roomHasVideo
	roomHasWhiteboard
)

// appendRoomOurs writes what came later: rooms that have none of it are as they were before.
func appendRoomOurs(b []byte, r *roomRecord) []byte {
	s := &r.Settings
	flags := flag(s.Closed, roomIsClosed) | flag(s.NoGuests, roomNoGuests) | flag(s.Audio, roomHasAudio) |
		flag(s.Video, roomHasVideo) | flag(s.Whiteboard, roomHasWhiteboard)
	if flags == 0 && s.Hours == "" && s.Welcome == "" && s.Display == 0 && r.Number == 0 {
		return b
	}
	b = binary.AppendUvarint(append(b, flags), uint64(r.Number))
	b = appendBytes(appendBytes(b, s.Hours), s.Welcome)
	return binary.AppendVarint(b, int64(s.Display))
}

func (d *decoder) roomOurs(r *roomRecord) {
	if len(d.rest) == 0 {
		return
	}
	s := &r.Settings
	flags := d.byte()
	s.Closed, s.NoGuests = flags&roomIsClosed != 0, flags&roomNoGuests != 0
	s.Audio, s.Video, s.Whiteboard = flags&roomHasAudio != 0, flags&roomHasVideo != 0, flags&roomHasWhiteboard != 0
	r.Number = int(d.uvarint())
	s.Hours, s.Welcome = d.string(), d.string()
	s.Display = int(d.varint())
}

func decodeRoom(val []byte) (*roomRecord, error) {
	d := decode(val)
	r := new(roomRecord)
	s := &r.Settings
	s.Name = d.string()
	r.life = d.uvarint()
	flags := d.byte()
	s.Persistent, s.Public = flags&roomIsPersistent != 0, flags&roomIsPublic != 0
	s.MembersOnly, s.Moderated = flags&roomMembersOnly != 0, flags&roomModerated != 0
	s.Invites, s.Archive = flags&roomInvites != 0, flags&roomArchives != 0
	s.Whois, s.PrivateFrom, s.Subject = muc.Whois(d.byte()), muc.Role(d.byte()), muc.Role(d.byte())
	s.MemberList, s.Broadcast = muc.Role(d.byte()), muc.Roles(d.byte())
	s.Description, s.Lang, s.PubSub, s.Password = d.string(), d.string(), d.string(), d.string()
	s.MaxUsers, s.HistoryLength = int(d.varint()), int(d.varint())
	if xml := d.bytes(); flags&roomHasSubject != 0 {
		r.Subject.XML = bytes.Clone(xml)
	}
	r.Subject.From, r.Subject.At = d.anyJID(), d.time()
	r.Creator, r.Created = d.anyJID(), d.time()
	r.Avatar = d.string()
	for range d.count() {
		r.Hats = append(r.Hats, muc.Hat{URI: d.string(), Title: d.string(), Hue: d.string()})
	}
	d.roomOurs(r)
	if err := d.end(); err != nil {
		return nil, err
	}
	return r, nil
}

// anyJID is an address, or none.
func (d *decoder) anyJID() jid.JID {
	text := d.string()
	if text == "" {
		return jid.JID{}
	}
	j, err := jid.Parse(text)
	if err != nil {
		d.fail()
	}
	return j
}

// decodeRoomName reads only the name of a room.
func decodeRoomName(val []byte) (string, error) {
	d := decode(val)
	name := d.string()
	return name, d.err
}

// decodeName reads an entry of the index of public rooms.
func decodeName(val []byte) (string, error) {
	d := decode(val)
	name := d.string()
	return name, d.end()
}

func encodeMember(m *muc.Member) []byte {
	b := append(make([]byte, 0, 32+len(m.Nick)+len(m.Reason)), recordVersion, byte(m.Affiliation))
	b = appendBytes(appendBytes(b, m.Nick), m.Reason)
	b = binary.AppendUvarint(b, uint64(len(m.Hats)))
	for _, h := range m.Hats {
		b = appendBytes(b, h)
	}
	return b
}

func decodeMember(person string, val []byte) (muc.Member, error) {
	j, err := jid.Parse(person)
	if err != nil {
		return muc.Member{}, errRecord
	}
	d := decode(val)
	m := muc.Member{JID: j, Affiliation: muc.Affiliation(d.byte())}
	if m.Affiliation > muc.Owner {
		d.fail()
	}
	m.Nick, m.Reason = d.string(), d.string()
	for range d.count() {
		m.Hats = append(m.Hats, d.string())
	}
	return m, d.end()
}

// encodeLife writes the value of the index of memberships.
func encodeLife(life uint64) []byte { return binary.AppendUvarint([]byte{recordVersion}, life) }

func decodeLife(val []byte) (uint64, error) {
	d := decode(val)
	life := d.uvarint()
	return life, d.end()
}

// A removal tells what of a room that was removed may still lie about: all of its lives up to one, and of its
// archive the entries up to an ID.
type removal struct {
	life  uint64
	floor archive.ID
}

func encodeRemoval(r removal) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, r.life)
	return binary.AppendUvarint(b, uint64(r.floor))
}

func decodeRemoval(val []byte) (r removal, err error) {
	d := decode(val)
	r.life, r.floor = d.uvarint(), archive.ID(d.uvarint())
	return r, d.end()
}
