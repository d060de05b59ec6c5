package backup

import (
	"encoding/binary"
	"errors"
	"path"
	"strings"
	"time"
)

// header says what a file is about.
type header struct {
	schema  uint64
	version uint64 // of the store when the backup was taken
	taken   time.Time
	hosts   []string
	earlier []digest // checksums of the files before it, oldest first; none: a full backup
}

// A place is where a body lies: the number of the file in the chain and the offset of the frame in it.
type place struct {
	file   int
	offset int64
}

// segment is a run of records in the order of keys.
type segment struct {
	first  []byte // key
	count  uint64 // of records
	size   int    // of the body
	digest digest
	place
}

// upload is an uploaded file.
type upload struct {
	name string // a path below the folder of uploads, with slashes
	size int64
	place
}

// trailer has the numbers for the whole state, whichever files have it. It has a fixed length, so that it can be found from the
// end.
type trailer struct{ records, uploads uint64 }

const trailerLen = 8 + 8

func (h header) encode() []byte {
	b := binary.AppendUvarint(nil, h.schema)
	b = binary.AppendUvarint(b, h.version)
	b = binary.AppendVarint(b, h.taken.UnixNano())
	b = binary.AppendUvarint(b, uint64(len(h.hosts)))
	for _, host := range h.hosts {
		b = appendBytes(b, host)
	}
	b = binary.AppendUvarint(b, uint64(len(h.earlier)))
	for _, d := range h.earlier {
		b = append(b, d[:]...)
	}
	return b
}

func decodeHeader(head []byte) (header, error) {
	d := decoder{rest: head}
	h := header{schema: d.uvarint(), version: d.uvarint(), taken: time.Unix(0, d.varint()).UTC()}
	for range d.count(1) {
		h.hosts = append(h.hosts, string(d.bytes()))
	}
	n := d.count(len(digest{}))
	if n > maxChain {
		d.fail()
	}
	for range n {
		h.earlier = append(h.earlier, d.digest())
	}
	return h, d.end()
}

// encode gives the head of a segment that is here, or of a reference to one that is not.
func (s segment) encode(reference bool) []byte {
	b := appendBytes(nil, s.first)
	b = binary.AppendUvarint(b, s.count)
	b = append(b, s.digest[:]...)
	if reference {
		b = binary.AppendUvarint(b, uint64(s.size))
		b = s.appendPlace(b)
	}
	return b
}

func decodeSegment(f frame, here int) (segment, error) {
	d := decoder{rest: f.head}
	s := segment{first: d.bytes(), count: d.uvarint(), digest: d.digest(), size: f.size, place: place{here, f.offset}}
	if f.kind == kindSegmentRef {
		s.size = int(d.uvarint() & (1<<31 - 1))
		s.place = d.place(here)
	}
	return s, d.end()
}

func (u upload) encode(reference bool) []byte {
	b := appendBytes(nil, u.name)
	b = binary.AppendUvarint(b, uint64(u.size))
	if reference {
		b = u.appendPlace(b)
	}
	return b
}

func decodeUpload(f frame, here int) (upload, error) {
	d := decoder{rest: f.head}
	u := upload{name: string(d.bytes()), size: int64(d.uvarint() & (1<<63 - 1)), place: place{here, f.offset}}
	if f.kind == kindUploadRef {
		u.place = d.place(here)
	}
	if !validName(u.name) {
		d.fail()
	}
	return u, d.end()
}

// validName says whether a file of that name stays in the folder of uploads on every system.
func validName(name string) bool {
	return name != "" && name != "." && path.Clean(name) == name && !path.IsAbs(name) &&
		name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\\:\x00")
}

func (t trailer) encode() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.records), t.uploads)
}

func decodeTrailer(head []byte) (trailer, error) {
	if len(head) != trailerLen {
		return trailer{}, errHead
	}
	return trailer{binary.BigEndian.Uint64(head), binary.BigEndian.Uint64(head[8:])}, nil
}

func (p place) appendPlace(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(p.file))
	return binary.AppendUvarint(b, uint64(p.offset))
}

func appendBytes[T string | []byte](b []byte, v T) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

var errHead = errors.New("fields do not fit")

// decoder takes fields in order. After the first that does not fit it gives zero values and err is set.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail() { d.rest, d.err = nil, errHead }

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
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

// count is the length of a list whose elements have at least so many bytes.
func (d *decoder) count(least int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/least) {
		d.fail()
		return 0
	}
	return int(n)
}

// bytes gives a part of what is decoded.
func (d *decoder) bytes() []byte {
	n := d.count(1)
	v := d.rest[:n:n]
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) digest() (v digest) {
	if len(d.rest) < len(v) {
		d.fail()
		return v
	}
	d.rest = d.rest[copy(v[:], d.rest):]
	return v
}

// place is one in a file before the one of number here.
func (d *decoder) place(here int) place {
	file, offset := d.uvarint(), d.uvarint()
	if file >= uint64(here) || offset > 1<<62 {
		d.fail()
		return place{}
	}
	return place{int(file), int64(offset)}
}

func (d *decoder) end() error {
	if d.err == nil && len(d.rest) > 0 {
		d.fail()
	}
	return d.err
}
