package c2s

import "net"

// A source waits for input.
type source interface {
	// next waits for input and reads it into the framer of r. While it waits it
	// gives r back unless something is half read in it, and takes another when
	// there is input: an idle connection holds no buffer. r may be nil.
	next(r *reader) (*reader, error)
}

// sourceOf picks how to wait on a connection.
func sourceOf(k *link) source {
	if k.conn == net.Conn(k.wire) && k.wire.carrier == nil {
		if s := rawSource(k); s != nil {
			return s
		}
	}
	return &byteSource{link: k}
}

// A byteSource waits by reading one byte. It serves TLS, where the record that
// the byte came in is then there already, and transports that are no sockets.
type byteSource struct {
	link *link
	one  [1]byte
}

func (s *byteSource) next(r *reader) (*reader, error) {
	k := s.link
	if r != nil {
		r = k.putReader(r)
	}
	if r == nil {
		n, err := k.conn.Read(s.one[:])
		if n == 0 {
			if err == nil {
				return s.next(nil)
			}
			return nil, err
		}
		k.hear(n)
		r = k.getReader()
		r.framer.Feed(s.one[:])
		if isSpace(s.one[0]) {
			return r, nil // a keepalive most likely (RFC 6120 §4.6.1): nothing will follow soon
		}
	}
	n, err := k.conn.Read(r.framer.Buffer())
	r.framer.Advance(n)
	if n > 0 {
		k.hear(n)
		return r, nil
	}
	return r, err
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// hear notes that the client is there and has sent n bytes.
func (k *link) hear(n int) {
	now := k.client.srv.now.Load()
	k.heard.Store(now)
	if k.second != now {
		k.second, k.taken = now, 0
	}
	k.taken += n
	if k.asked.Load() != 0 {
		k.asked.Store(0)
	}
}
