package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"causeway/store/badger"
)

// segmentBytes is when a segment is full. A change to one record writes one segment anew.
const segmentBytes = 64 << 10

// earlier gives the segments and uploads of the file before, one of them ahead.
type earlier struct {
	outline *outline // nil for a full backup
	entry   entry    // valid if kind is not 0
}

// step goes on to the next segment or upload.
func (e *earlier) step() error {
	for e.outline != nil {
		next, err := e.outline.next()
		if err != nil {
			return e.outline.file.about(err) // there is a trailer before io.EOF
		}
		switch next.kind {
		case kindChunk:
			continue
		case kindTrailer:
			if _, err := e.outline.next(); !errors.Is(err, io.EOF) {
				return e.outline.file.about(err)
			}
			e.outline = nil
		default:
			next.segment.first = bytes.Clone(next.segment.first)
			e.entry = next
			return nil
		}
	}
	e.entry = entry{}
	return nil
}

// segmenter turns records into segments, each either written or referred to. The range of a segment of the file before
// goes from its first key up to the first key of the next.
type segmenter struct {
	out     *writer
	earlier *earlier
	ranged  segment // the earlier segment of the range that is being walked
	changed bool    // the range is not what it was, or there was none
	first   []byte  // key of the first record in buf
	buf     []byte  // encoded records
	count   uint64  // of them
	records uint64  // in all
}

// record takes the next record of the snapshot.
func (s *segmenter) record(r badger.Record) error {
	for s.earlier.entry.isSegment() && bytes.Compare(r.Key, s.earlier.entry.segment.first) >= 0 {
		if err := s.leave(); err != nil {
			return err
		}
		s.ranged, s.changed = s.earlier.entry.segment, false
		if err := s.earlier.step(); err != nil {
			return err
		}
	}
	if s.count == 0 {
		s.first = append(s.first[:0], r.Key...)
	}
	s.buf = appendRecord(s.buf, r)
	s.count++
	s.records++
	s.changed = s.changed || len(s.buf) > s.ranged.size
	if s.changed && len(s.buf) >= segmentBytes {
		return s.write()
	}
	return nil
}

// end takes what is left. The segments that the file before has and nobody has asked for are gone.
func (s *segmenter) end() error {
	if err := s.leave(); err != nil {
		return err
	}
	for s.earlier.entry.isSegment() {
		if err := s.earlier.step(); err != nil {
			return err
		}
	}
	return nil
}

// leave ends a range.
func (s *segmenter) leave() error {
	if s.count == 0 {
		return nil
	}
	if s.changed || s.count != s.ranged.count || sha256.Sum256(s.buf) != s.ranged.digest {
		return s.write()
	}
	err := s.out.frame(kindSegmentRef, s.ranged.encode(true), nil)
	s.buf, s.count = s.buf[:0], 0
	return err
}

// write writes what was collected.
func (s *segmenter) write() error {
	seg := segment{first: s.first, count: s.count, digest: sha256.Sum256(s.buf)}
	err := s.out.frame(kindSegment, seg.encode(false), s.buf)
	s.buf, s.count = s.buf[:0], 0
	return err
}

func (e entry) isSegment() bool { return e.kind == kindSegment || e.kind == kindSegmentRef }

func appendRecord(b []byte, r badger.Record) []byte {
	b = appendBytes(b, r.Key)
	b = appendBytes(b, r.Val)
	return binary.AppendUvarint(b, uint64(r.Expires))
}

// decode reads the body of a segment. The records are parts of it.
func (s segment) decode(body []byte) ([]badger.Record, error) {
	d := decoder{rest: body}
	if s.count > uint64(len(body)/3) { // a record has three bytes at the least
		return nil, errHead
	}
	list := make([]badger.Record, s.count)
	for i := range list {
		list[i] = badger.Record{Key: d.bytes(), Val: d.bytes(), Expires: int64(d.uvarint())}
	}
	if d.err == nil && (len(list) == 0 || !bytes.Equal(list[0].Key, s.first)) {
		d.fail()
	}
	return list, d.end()
}
