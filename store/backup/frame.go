package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Errors of reading backups; test for them with errors.Is.
var (
	// ErrNotBackup says that a file is something else.
	ErrNotBackup = errors.New("not a backup")
	// ErrNewer says that a file has a format, or a store a schema, that this version of the program does not know.
	ErrNewer = errors.New("backup was written by a newer version of this program")
	// ErrDamaged says that a file is not what was written.
	ErrDamaged = errors.New("backup is damaged")
)

const (
	magicName = "causeway backup "
	magic     = magicName + "1\n"

	prefixLen = 1 + 4 + 4 // of a frame: kind, length of the head, length of the body

	// maxHead and maxBody bound what a damaged file can make us reserve. A head has at the most one key, or maxChain
	// checksums and the hosts; a body at the most a segment's bytes and one record above them.
	maxHead = 1 << 20
	maxBody = 1 << 20

	// maxChain is how many files a chain has at the most.
	maxChain = 1000
)

// A kind tells frames apart.
type kind byte

const (
	kindHeader     kind = 'h'
	kindSegment    kind = 's'
	kindSegmentRef kind = 'r'
	kindUpload     kind = 'f'
	kindChunk      kind = 'c'
	kindUploadRef  kind = 'g'
	kindTrailer    kind = 'z'
)

// digest is a SHA-256.
type digest [sha256.Size]byte

// frame is a frame without its body. Head is valid until the next one is read.
type frame struct {
	kind   kind
	offset int64 // of the frame in its file
	head   []byte
	size   int // of the body
}

func (f frame) bodyOffset() int64 { return f.offset + prefixLen + int64(len(f.head)) }
func (f frame) end() int64        { return f.bodyOffset() + int64(f.size) }

// prefix is what stands before the head.
func (f frame) prefix() []byte {
	b := append(make([]byte, 0, prefixLen), byte(f.kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.head)))
	return binary.BigEndian.AppendUint32(b, uint32(f.size))
}

// readFrame reads the frame at offset. Nothing of it may lie behind limit. It uses buf, which has
// room for a prefix at least, if the head fits.
func readFrame(r io.ReaderAt, offset, limit int64, buf []byte) (frame, error) {
	if limit-offset < prefixLen {
		return frame{}, damaged(offset, "cut off")
	}
	buf = buf[:min(int64(cap(buf)), limit-offset)]
	if err := readAt(r, buf, offset); err != nil {
		return frame{}, err
	}
	f := frame{kind: kind(buf[0]), offset: offset}
	head, size := binary.BigEndian.Uint32(buf[1:]), binary.BigEndian.Uint32(buf[5:])
	if head > maxHead || size > maxBody || int64(head)+int64(size) > limit-offset-prefixLen {
		return frame{}, damaged(offset, "what is announced there is longer than the rest; the file may be cut off")
	}
	f.size = int(size)
	if have := buf[prefixLen:]; len(have) >= int(head) {
		f.head = have[:head]
		return f, nil
	}
	f.head = make([]byte, head)
	if err := readAt(r, f.head, offset+prefixLen); err != nil {
		return frame{}, err
	}
	return f, nil
}

// readBody reads the body of a frame into buf, which it grows, and checks its digest.
func readBody(r io.ReaderAt, f frame, want digest, buf []byte) ([]byte, error) {
	if cap(buf) < f.size {
		buf = make([]byte, f.size)
	}
	buf = buf[:f.size]
	if err := readAt(r, buf, f.bodyOffset()); err != nil {
		return nil, err
	}
	if sha256.Sum256(buf) != want {
		return nil, damaged(f.offset, "checksum of the body does not fit")
	}
	return buf, nil
}

// readAt fills buf. A file that has become shorter is damaged.
func readAt(r io.ReaderAt, buf []byte, offset int64) error {
	_, err := r.ReadAt(buf, offset)
	if errors.Is(err, io.EOF) {
		return damaged(offset, "cut off")
	}
	return err
}

func damaged(offset int64, what string) error {
	return fmt.Errorf("%w at byte %d: %s", ErrDamaged, offset, what)
}
