package store

import (
	"bytes"
	"encoding/binary"
	"errors"

	"causeway/xmpp/jid"
)

// familyRooms has all that is kept of rooms, but their archives. The byte behind it is one of the kinds below; see
// doc.go for what follows.
const familyRooms = 'r'

// roomKind tells apart the records of rooms.
type roomKind byte

const (
	roomItself     roomKind = 'a'
	roomCreated    roomKind = 'c'
	roomRemoved    roomKind = 'd'
	roomMember     roomKind = 'm'
	roomMembership roomKind = 'o'
	roomPublic     roomKind = 'p'
	roomTemporary  roomKind = 't'
	roomVCard      roomKind = 'v'
	roomNumber     roomKind = 'n'
	roomCounter    roomKind = 'k'
)

// roomsPrefix covers the records of one kind of all rooms of a service.
func roomsPrefix(kind roomKind, service string) []byte {
	key := append([]byte{layout, familyRooms, byte(kind)}, service...)
	return append(key, 0)
}

// roomKey is that of a kind of which each room has one record, and covers those of which it has more.
func roomKey(kind roomKind, room jid.JID) []byte {
	return appendRoom([]byte{layout, familyRooms, byte(kind)}, room)
}

func appendRoom(key []byte, room jid.JID) []byte {
	key = append(append(key, room.Domain()...), 0)
	return append(append(key, room.Local()...), 0)
}

// membersPrefix covers the members of a room in one of its lives.
func membersPrefix(room jid.JID, life uint64) []byte {
	return binary.BigEndian.AppendUint64(roomKey(roomMember, room), life)
}

func memberKey(room jid.JID, life uint64, person jid.JID) []byte {
	return append(membersPrefix(room, life), person.String()...)
}

// createdPrefix covers the rooms of a service that somebody has created.
func createdPrefix(service string, creator jid.JID) []byte {
	return append(append(roomsPrefix(roomCreated, service), creator.String()...), 0)
}

func createdKey(room, creator jid.JID) []byte {
	return append(createdPrefix(room.Domain(), creator), room.Local()...)
}

// membershipsPrefix covers the rooms that know something of a person.
func membershipsPrefix(person jid.JID) []byte {
	key := append([]byte{layout, familyRooms, byte(roomMembership)}, person.String()...)
	return append(key, 0)
}

func membershipKey(person, room jid.JID) []byte {
	return appendRoom(membershipsPrefix(person), room)
}

// roomOf reads the address of a room back; rest is the key behind what stands before it.
func roomOf(rest []byte) (jid.JID, error) {
	domain, local, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return jid.JID{}, errors.New("key of a room has no end")
	}
	return accountOf(string(domain), local)
}

// membershipOf reads an entry of the index of memberships: which room, and which life of it.
func membershipOf(rest, val []byte) (room jid.JID, life uint64, err error) {
	if room, err = roomOf(rest); err != nil {
		return room, 0, err
	}
	life, err = decodeLife(val)
	return room, life, err
}
