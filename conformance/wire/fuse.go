package wire

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A Cut is a way in which a connection ends.
type Cut uint8

const (
	// Reset ends it as a dead process does: RST, and what was on its way is lost.
	Reset Cut = iota
	// Finish ends it with FIN: what was on its way arrives.
	Finish
	// Vanish is the network that goes away: nothing more is sent or heard, and the
	// server is not told.
	Vanish
)

// ErrCut is what reading and writing give once a Fuse has blown.
var ErrCut = errors.New("the connection is cut")

// A Fuse is a connection that breaks after a number of bytes, in the middle of
// whatever is under way. It may be used by one reader and one writer.
type Fuse struct {
	net.Conn
	how Cut

	mu    sync.Mutex
	in    int // bytes until it blows while reading
	out   int // bytes until it blows while writing
	armed bool
	blown bool
}

// NewFuse gives a Fuse over a TCP connection. It does not blow before Arm.
func NewFuse(nc net.Conn) *Fuse { return &Fuse{Conn: nc} }

// Arm has the connection break after so many bytes read or so many written,
// whichever comes first.
func (f *Fuse) Arm(in, out int, how Cut) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.in, f.out, f.how, f.armed = in, out, how, true
}

// Blow breaks the connection now.
func (f *Fuse) Blow() {
	f.mu.Lock()
	first := !f.blown
	f.blown = true
	how := f.how
	f.mu.Unlock()
	if !first {
		return
	}
	tcp, isTCP := f.Conn.(*net.TCPConn)
	switch {
	case how == Vanish:
	case how == Finish && isTCP:
		_ = tcp.CloseWrite()
	default:
		if isTCP {
			_ = tcp.SetLinger(0)
		}
		_ = f.Close()
	}
	_ = f.SetReadDeadline(time.Unix(1, 0)) // wakes whoever reads
}

// Blown reports whether the connection is broken.
func (f *Fuse) Blown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blown
}

// share gives how many of n bytes the fuse lets through, and whether it blows by
// them. It counts them off left.
func (f *Fuse) share(left *int, n int) (through int, blows bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.blown:
		return 0, true
	case !f.armed:
		return n, false
	}
	through = min(n, *left)
	*left -= through
	return through, *left <= 0
}

// Read reads until the fuse blows.
func (f *Fuse) Read(p []byte) (int, error) {
	if f.Blown() {
		return 0, ErrCut
	}
	n, err := f.Conn.Read(p)
	through, blows := f.share(&f.in, n)
	if !blows {
		return n, err
	}
	f.Blow()
	if through == 0 {
		return 0, ErrCut
	}
	return through, nil
}

// Write writes until the fuse blows.
func (f *Fuse) Write(p []byte) (int, error) {
	through, blows := f.share(&f.out, len(p))
	if !blows {
		return f.Conn.Write(p)
	}
	n := 0
	if through > 0 {
		n, _ = f.Conn.Write(p[:through]) // it is about to break anyway
	}
	f.Blow()
	return n, ErrCut
}
