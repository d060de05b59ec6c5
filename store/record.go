package store

import (
	"encoding/binary"
	"errors"
	"time"

	"causeway/xmpp/jid"
)

// A record is its version byte and then its fields: integers as varints, strings and bytes with their
// length before them, moments as nanoseconds since 1970 with 0 for the zero time.

// errRecord is in every error about a value that cannot be what we wrote.
var errRecord = errors.New("damaged record")

// recordVersion is the first byte of every record until one changes its shape.
const recordVersion = 1

func appendBytes[T string | []byte](b []byte, v T) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, t.UnixNano())
}

// flag gives bit when it is set.
func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// decoder takes the fields of a record in order. After the first that does not fit it gives zero values
// and err is set; only end needs to be asked.
type decoder struct {
	rest []byte
	err  error
}

// decode begins a record of our version.
func decode(record []byte) *decoder {
	d := &decoder{rest: record}
	if d.byte() != recordVersion {
		d.fail()
	}
	return d
}

func (d *decoder) fail() {
	d.rest, d.err = nil, errRecord
}

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		d.fail()
		return 0
	}
	v := d.rest[0]
	d.rest = d.rest[1:]
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count is the length of a list whose elements take at least one byte each: a damaged one cannot make
// us reserve more than the record's own size.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return int(n)
}

// bytes gives a part of the record itself; who keeps it longer than the record copies it.
func (d *decoder) bytes() []byte {
	n := d.count()
	v := d.rest[:n:n]
	d.rest = d.rest[n:]
	return v
}

// take gives the next n bytes, as bytes does.
func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.fail()
		return nil
	}
	v := d.rest[:n:n]
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) string() string { return string(d.bytes()) }

func (d *decoder) time() time.Time {
	v := d.varint()
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(0, v).UTC()
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) jid() jid.JID {
	j, err := jid.Parse(d.string())
	if err != nil {
		d.fail()
	}
	return j
}

// jids gives a list of addresses.
func (d *decoder) jids() (list []jid.JID) {
	for range d.count() {
		list = append(list, d.jid())
	}
	return list
}

// end says whether everything fitted and nothing is left over.
func (d *decoder) end() error {
	if d.err == nil && len(d.rest) > 0 {
		d.fail()
	}
	return d.err
}
