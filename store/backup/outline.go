package backup

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
)

// A file is an open backup whose header has been read and whose checksum has not been checked yet.
type file struct {
	*os.File
	path   string
	size   int64
	header header
	sum    digest // as it stands at the end
	begin  int64  // of the frame after the header
	prefix []byte // all before that
}

// open reads the two ends of a backup.
func open(path string) (*file, error) {
	osFile, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &file{File: osFile, path: path}
	if err := f.ends(); err != nil {
		return nil, errors.Join(f.about(err), f.Close())
	}
	return f, nil
}

// about says which file an error is about, once.
func (f *file) about(err error) error {
	if err == nil || strings.HasPrefix(err.Error(), f.path) {
		return err
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

func (f *file) ends() error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return ErrNotBackup
	}
	f.size = info.Size()
	start := make([]byte, len(magic))
	n, err := f.ReadAt(start, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case n < len(magicName) || string(start[:len(magicName)]) != magicName:
		return ErrNotBackup
	case n < len(magic):
		return damaged(0, "cut off")
	case string(start) != magic:
		return ErrNewer
	}
	limit := f.size - int64(len(f.sum))
	head, err := readFrame(f, int64(len(magic)), limit, make([]byte, headRoom))
	if err != nil {
		return err
	}
	if head.kind != kindHeader || head.size > 0 {
		return damaged(head.offset, "no header")
	}
	if f.header, err = decodeHeader(head.head); err != nil {
		return damaged(head.offset, err.Error())
	}
	f.begin = head.end()
	f.prefix = make([]byte, f.begin)
	if err := readAt(f, f.prefix, 0); err != nil {
		return err
	}
	return readAt(f, f.sum[:], limit)
}

// trailer reads what stands before the checksum.
func (f *file) trailer() (trailer, error) {
	limit := f.size - int64(len(f.sum))
	last, err := readFrame(f, limit-trailerLen-prefixLen, limit, make([]byte, headRoom))
	if err != nil {
		return trailer{}, err
	}
	t, err := decodeTrailer(last.head)
	if err != nil || last.kind != kindTrailer {
		return trailer{}, damaged(last.offset, "no trailer")
	}
	return t, nil
}

// number is the place of the file in its chain; 0 is the full backup.
func (f *file) number() int { return len(f.header.earlier) }

// headRoom is how much is read at once, more than most heads have.
const headRoom = 512

// An outline reads what a file lists, and checks on the way that it is a backup and that its checksum fits.
// Bodies are passed over.
type outline struct {
	file  *file
	at    int64
	sum   hash.Hash
	buf   []byte
	stage kind   // of the last frame, with references taken for what they stand for
	last  []byte // key or name of the last entry
	found trailer
	due   int64 // bytes that chunks still have to bring
}

func (f *file) outline() *outline {
	o := &outline{file: f, at: f.begin, sum: sha256.New(), buf: make([]byte, headRoom), stage: kindHeader}
	o.sum.Write(f.prefix)
	return o
}

// An entry is what one frame says: a segment, an upload, a chunk or the trailer.
type entry struct {
	frame
	segment segment // of kindSegment, kindSegmentRef
	upload  upload  // of kindUpload, kindUploadRef
	chunk   digest  // of kindChunk
}

// next gives the next entry, which is valid until the one after it. At the end, io.EOF says that all was well.
func (o *outline) next() (entry, error) {
	limit := o.file.size - int64(len(digest{}))
	if o.stage == kindTrailer {
		switch {
		case o.at != limit:
			return entry{}, damaged(o.at, "something follows the trailer")
		case digest(o.sum.Sum(nil)) != o.file.sum:
			return entry{}, damaged(o.at, "checksum of the file does not fit")
		}
		return entry{}, io.EOF
	}
	f, err := readFrame(o.file, o.at, limit, o.buf)
	if err != nil {
		return entry{}, err
	}
	o.sum.Write(f.prefix())
	o.sum.Write(f.head)
	o.at = f.end()
	e, err := o.decode(f)
	if err != nil {
		return entry{}, damaged(f.offset, err.Error())
	}
	return e, nil
}

var errOrder = errors.New("frame in the wrong place")

// decode reads a head and checks that it may come here.
func (o *outline) decode(f frame) (e entry, err error) {
	e.frame = f
	if f.kind != kindSegment && f.kind != kindChunk && f.size > 0 || f.kind != kindChunk && o.due > 0 {
		return e, errOrder
	}
	switch f.kind {
	case kindSegment, kindSegmentRef:
		if e.segment, err = decodeSegment(f, o.file.number()); err != nil {
			return e, err
		}
		o.found.records += e.segment.count
		return e, o.enter(kindSegment, kindHeader, e.segment.first)
	case kindUpload, kindUploadRef:
		if e.upload, err = decodeUpload(f, o.file.number()); err != nil {
			return e, err
		}
		o.found.uploads++
		if f.kind == kindUpload {
			o.due = e.upload.size
		}
		return e, o.enter(kindUpload, kindSegment, []byte(e.upload.name))
	case kindChunk:
		d := decoder{rest: f.head}
		e.chunk = d.digest()
		if o.due -= int64(f.size); o.due < 0 || f.size == 0 {
			return e, errOrder
		}
		return e, d.end()
	case kindTrailer:
		t, err := decodeTrailer(f.head)
		if err == nil && t != o.found {
			err = errors.New("numbers of the trailer do not fit")
		}
		o.stage = kindTrailer
		return e, err
	}
	return e, errOrder
}

// enter notes an entry of stage to, which may come after one of its own stage, of stage from or of the header. Within a stage names go
// up.
func (o *outline) enter(to, from kind, name []byte) error {
	switch {
	case o.stage != to && o.stage != from && o.stage != kindHeader:
		return errOrder
	case o.stage == to && bytes.Compare(name, o.last) <= 0:
		return errOrder
	}
	o.stage, o.last = to, append(o.last[:0], name...)
	return nil
}
