package store

import (
	"encoding/binary"

	"causeway/roster"
	"causeway/xmpp/jid"
)

// contactRecord is what a roster knows of one contact. When the contact is not listed but the version is
// set, it was listed until that version: the record is then a tombstone too, or nothing else.
type contactRecord struct {
	item    *roster.Item   // nil: there is none
	version roster.Version // of the last change a client could see; 0 when there was none
}

func (rec contactRecord) listed() bool { return rec.item != nil && rec.item.Listed }

func (rec contactRecord) tombstone() bool { return rec.version != 0 && !rec.listed() }

func (rec contactRecord) empty() bool { return rec.item == nil && rec.version == 0 }

// rosterHead is what a roster knows of itself.
type rosterHead struct {
	version    roster.Version // of the last change
	floor      roster.Version // changes since an older version than this cannot be told
	tombstones int
}

// The flags of a contact's record; the subscription lies above them.
const (
	contactItem = 1 << iota
	contactListed
	contactAsk
	contactApproved
	contactRequest
	contactFlags = iota
)

func encodeContact(rec contactRecord) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(rec.version))
	it := rec.item
	if it == nil {
		return append(b, 0)
	}
	flags := byte(contactItem) | byte(it.Subscription&roster.Both)<<contactFlags
	flags |= flag(it.Listed, contactListed) | flag(it.Ask, contactAsk) |
		flag(it.Approved, contactApproved) | flag(it.Request != nil, contactRequest)
	b = appendBytes(append(b, flags), it.Name)
	b = binary.AppendUvarint(b, uint64(len(it.Groups)))
	for _, g := range it.Groups {
		b = appendBytes(b, g)
	}
	return append(b, it.Request...) // the last field needs no length
}

// decodeContact reads what encodeContact wrote. The item keeps nothing of val.
func decodeContact(contact jid.JID, val []byte) (contactRecord, error) {
	d := decode(val)
	rec := contactRecord{version: roster.Version(d.uvarint())}
	flags := d.byte()
	if flags&contactItem == 0 {
		return rec, d.end()
	}
	it := &roster.Item{
		JID:          contact,
		Subscription: roster.Subscription(flags>>contactFlags) & roster.Both,
		Listed:       flags&contactListed != 0,
		Ask:          flags&contactAsk != 0,
		Approved:     flags&contactApproved != 0,
		Name:         d.string(),
	}
	for range d.count() {
		it.Groups = append(it.Groups, d.string())
	}
	if flags&contactRequest != 0 && d.err == nil {
		it.Request = append([]byte{}, d.rest...) // never nil: that would mean that there is no request
		d.rest = nil
	}
	rec.item = it
	return rec, d.end()
}

func encodeHead(h rosterHead) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(h.version))
	b = binary.AppendUvarint(b, uint64(h.floor))
	return binary.AppendUvarint(b, uint64(h.tombstones))
}

func decodeHead(val []byte) (rosterHead, error) {
	d := decode(val)
	h := rosterHead{version: roster.Version(d.uvarint()), floor: roster.Version(d.uvarint()), tombstones: int(d.uvarint())}
	return h, d.end()
}
