package flash

import (
	"bytes"
	"errors"
	"io"
	"time"
)

const (
	maxDocument = 64 << 10 // bytes of one document, its zero byte not counted
	readSize    = 4 << 10  // what is read at once
	blank       = " \t\r\n"
)

// policyRequest is what a Flash player asks before it connects (wire §5).
const policyRequest = "<policy-file-request/>"

// Errors of a framer.
var (
	errForeign  = errors.New("another protocol") // a browser, TLS
	errTooLarge = errors.New("too large")
	errCut      = errors.New("ended within a document")
)

// A framer cuts what comes in at its zero bytes (wire §1.10).
type framer struct {
	in  io.Reader
	buf []byte // what has come and was not taken
}

// next gives the next document, without its zero byte; it may be used until the next call.
// Those that are empty are passed over. At the end of the input the error is io.EOF, or
// errCut if something came after the last zero byte.
func (f *framer) next() ([]byte, error) {
	seen := 0 // buf[:seen] has no zero byte
	for {
		if i := bytes.IndexByte(f.buf[seen:], 0); i >= 0 {
			doc := f.buf[:seen+i]
			f.buf, seen = f.buf[seen+i+1:], 0
			if len(doc) > maxDocument {
				return nil, errTooLarge
			}
			if doc = trim(doc); len(doc) > 0 {
				if doc[0] != '<' {
					return nil, errForeign
				}
				return doc, nil
			}
			continue
		}
		seen = len(f.buf)
		if head := trim(f.buf); len(head) > 0 && head[0] != '<' && !partOfMark(f.buf) {
			return nil, errForeign
		}
		if seen > maxDocument {
			return nil, errTooLarge
		}
		switch err := f.more(); {
		case errors.Is(err, io.EOF) && len(trim(f.buf)) > 0:
			return nil, errCut
		case err != nil:
			return nil, err
		}
	}
}

// waiting reports whether a whole document has come already, be it read or not.
func (f *framer) waiting() bool {
	for {
		for rest := f.buf; ; {
			doc, after, ok := bytes.Cut(rest, []byte{0})
			if !ok {
				break
			}
			if len(trim(doc)) > 0 {
				return true
			}
			rest = after
		}
		if len(f.buf) > maxDocument {
			return true // which is answered, too
		}
		n := arrived(f.in, f.room())
		if n == 0 {
			return false
		}
		f.buf = f.buf[:len(f.buf)+n]
	}
}

// room makes room for what is read next.
func (f *framer) room() []byte {
	if cap(f.buf)-len(f.buf) < readSize {
		grown := make([]byte, len(f.buf), min(2*len(f.buf)+readSize, maxDocument+2*readSize))
		copy(grown, f.buf)
		f.buf = grown
	}
	return f.buf[len(f.buf):min(cap(f.buf), len(f.buf)+readSize)]
}

// more reads once.
func (f *framer) more() error {
	n, err := f.in.Read(f.room())
	f.buf = f.buf[:len(f.buf)+n]
	if n > 0 {
		return nil
	}
	return err
}

// byteOrderMark may stand in front of a document.
const byteOrderMark = "\ufeff"

// trim takes white space off both ends, and a byte order mark off the beginning.
func trim(doc []byte) []byte {
	doc = bytes.TrimLeft(doc, blank)
	doc = bytes.TrimPrefix(doc, []byte(byteOrderMark))
	return bytes.Trim(doc, blank)
}

// partOfMark reports whether what has come may be the beginning of a byte order mark.
func partOfMark(buf []byte) bool {
	buf = bytes.TrimLeft(buf, blank)
	return len(buf) < len(byteOrderMark) && bytes.HasPrefix([]byte(byteOrderMark), buf)
}

// The times within which a client has to act (wire §1.10).
const (
	documentTime = 10 * time.Second // from the connection to the end of the first document
	idleTime     = 30 * time.Second // between two documents of a connection that is kept
	writeTime    = 5 * time.Second  // for one reply
	lingerTime   = time.Second      // that the client has to close, when we have
	lingerBytes  = 64 << 10         // which are thrown away meanwhile
)
