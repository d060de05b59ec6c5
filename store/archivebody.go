package store

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// A body is one stanza in the log of the archives, with the copies that were made of it at the same moment: that
// of the sender and that of the recipient share their XML. Its encoding is
//
//	length of the rest, uvarint
//	version, byte
//	number of copies, byte, and the flags of each, a byte
//	owner of each, string
//	of each copy: ID, expiry and peer, see appendCopy
//	XML, up to the end
//
// Nothing ever moves inside of a body: a copy that is given up gets a flag, and with the last one the XML is
// overwritten.
type body struct {
	copies []bodyCopy
	flags  []byte // of the copies; a part of the value that was decoded, as XML is
	xml    []byte
}

type bodyCopy struct {
	owner   []byte
	id      archive.ID
	expires int64 // nanoseconds since 1970; 0: never
	// The peer is what they are together: the owner of one of the copies, or nothing, and the rest.
	peer, peerRest []byte
}

const (
	copySent byte = 1 << iota // the owner sent the stanza
	copyGone                  // given up by its owner
)

// maxCopies is how many copies may share one body.
const maxCopies = 255

// never is the day of what does not expire.
const never = math.MaxUint32

// dayOf is the day at whose end, at the latest, an entry has expired, counted from 1970. What is of one day lies
// together in the log, so that it can go together.
func dayOf(expires time.Time) uint32 {
	if expires.IsZero() {
		return never
	}
	days := expires.Unix() / int64(24*time.Hour/time.Second)
	return uint32(min(max(days, 0), never-1))
}

// shared is how many of entries, from the first on, can share one body.
func shared(entries []archive.Entry) int {
	first := &entries[0]
	n := 1
	for n < min(len(entries), maxCopies) && dayOf(entries[n].Expires) == dayOf(first.Expires) &&
		bytes.Equal(entries[n].XML, first.XML) {
		n++
	}
	return n
}

// bodyHead makes the body of entries that share it, but for the XML, which follows it; in room, if there is enough.
func bodyHead(room []byte, entries []archive.Entry) []byte {
	var length [binary.MaxVarintLen32]byte
	b := append(append(room[:0], length[:]...), recordVersion, byte(len(entries)))
	for i := range entries {
		b = append(b, flag(entries[i].Sent, copySent))
	}
	for i := range entries {
		b = appendBytes(b, entries[i].Owner.String())
	}
	for i := range entries {
		b = appendCopy(b, entries, i)
	}
	// The length stands before all, without a gap.
	n := binary.PutUvarint(length[:], uint64(len(b)-len(length)+len(entries[0].XML)))
	copy(b[len(length)-n:], length[:n])
	return b[len(length)-n:]
}

// appendCopy appends copy i: how much its ID and its expiry are above those of the copy before, varints, and the
// peer: which owner it begins with, counted from 1, or 0, a byte, and the rest, a string.
func appendCopy(b []byte, entries []archive.Entry, i int) []byte {
	e := &entries[i]
	id, expires := int64(e.ID), nanos(e.Expires)
	if i > 0 {
		id, expires = id-int64(entries[i-1].ID), expires-nanos(entries[i-1].Expires)
	}
	b = binary.AppendVarint(b, id)
	b = binary.AppendVarint(b, expires)
	for j := range entries {
		if entries[j].Owner == e.Peer.Bare() {
			b = append(b, byte(j+1))
			return appendBytes(b, e.Peer.String()[len(entries[j].Owner.String()):])
		}
	}
	return appendBytes(append(b, 0), e.Peer.String())
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// decodeBody reads the body at the start of val; rest is what follows it.
func decodeBody(val []byte) (b body, rest []byte, err error) {
	outer := &decoder{rest: val}
	d := &decoder{rest: outer.bytes()}
	rest = outer.rest
	if outer.err != nil || d.byte() != recordVersion {
		return body{}, nil, errRecord
	}
	n := int(d.byte())
	if n > len(d.rest) {
		return body{}, nil, errRecord
	}
	b.flags, d.rest = d.rest[:n:n], d.rest[n:]
	b.copies = make([]bodyCopy, n)
	for i := range b.copies {
		b.copies[i].owner = d.bytes()
	}
	var id, expires int64
	for i := range b.copies {
		c := &b.copies[i]
		id, expires = id+d.varint(), expires+d.varint()
		c.id, c.expires = archive.ID(id), expires
		if ref := int(d.byte()); ref > n {
			d.fail()
		} else if ref > 0 {
			c.peer = b.copies[ref-1].owner
		}
		c.peerRest = d.bytes()
	}
	b.xml = d.rest
	return b, rest, d.err
}

// find gives the number of the copy that owner has under id, gone or not, or -1.
func (b *body) find(owner string, id archive.ID) int {
	for i := range b.copies {
		if b.copies[i].id == id && string(b.copies[i].owner) == owner {
			return i
		}
	}
	return -1
}

// gone says whether copy i was given up.
func (b *body) gone(i int) bool { return b.flags[i]&copyGone != 0 }

// entry makes an Entry of copy i. Its XML is still a part of what was decoded.
func (b *body) entry(owner jid.JID, i int) (archive.Entry, error) {
	c := &b.copies[i]
	peer, err := jid.Parse(c.peerText())
	if err != nil {
		return archive.Entry{}, errRecord
	}
	e := archive.Entry{Owner: owner, ID: c.id, Peer: peer, Sent: b.flags[i]&copySent != 0, XML: b.xml}
	if c.expires != 0 {
		e.Expires = time.Unix(0, c.expires).UTC()
	}
	return e, nil
}

// peerText is the address of the peer.
func (c *bodyCopy) peerText() string { return string(c.peer) + string(c.peerRest) }

func (c *bodyCopy) expired(now time.Time) bool {
	return c.expires != 0 && c.expires <= now.UnixNano()
}

// giveUp marks copy i as gone in the value that was decoded. The last one takes the XML with it.
func (b *body) giveUp(i int) {
	b.flags[i] |= copyGone
	for j := range b.flags {
		if !b.gone(j) {
			return
		}
	}
	clear(b.xml)
}
