//go:build unix

package c2s

import (
	"errors"
	"io"
	"syscall"
)

// A socketSource waits on a socket. Its read is tried before the goroutine is
// parked and again when there is input, and takes a buffer for the time of the
// try only.
type socketSource struct {
	link *link
	raw  syscall.RawConn
	try  func(fd uintptr) bool // attempt, made once
	r    *reader
	n    int
	err  error
}

// rawSource gives a source for sockets, nil for other transports.
func rawSource(k *link) source {
	raw := k.wire.socket()
	if raw == nil {
		return nil
	}
	s := &socketSource{link: k, raw: raw}
	s.try = s.attempt
	return s
}

func (s *socketSource) next(r *reader) (*reader, error) {
	s.r, s.n, s.err = r, 0, nil
	err := s.raw.Read(s.try)
	r, s.r = s.r, nil
	switch {
	case err != nil:
		return r, err
	case s.err != nil:
		return r, s.err
	case s.n == 0:
		return r, io.EOF
	}
	r.framer.Advance(s.n)
	s.link.hear(s.n)
	return r, nil
}

// attempt reads without blocking. It is false if there was nothing to read; then
// it is called again when there is.
func (s *socketSource) attempt(fd uintptr) bool {
	if s.r == nil {
		s.r = s.link.getReader()
	}
	for {
		s.n, s.err = syscall.Read(int(fd), s.r.framer.Buffer())
		switch {
		case errors.Is(s.err, syscall.EINTR):
			continue
		case errors.Is(s.err, syscall.EAGAIN):
			s.r = s.link.putReader(s.r)
			return false
		}
		return true
	}
}
