package run

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"causeway/conformance/oracle"
)

// A Raw is a stream at some step of a login, for checks of the stream itself.
type Raw struct {
	*oracle.Stream
	t *T
}

func (t *T) raw(s *oracle.Stream, doing string, err error) *Raw {
	t.errored(doing, err)
	t.later(s.Close)
	return &Raw{Stream: s, t: t}
}

// Dial opens a connection on which nothing has been said.
func (t *T) Dial() *Raw {
	s, err := t.Target.dial(t.Context, "c", t.log)
	return t.raw(s, "connect", err)
}

// Opened is a stream in the clear whose features have come.
func (t *T) Opened() *Raw {
	r := t.Dial()
	t.errored("open a stream", r.Open(t.Domain()))
	return r
}

// Secured is a stream inside TLS, before SASL.
func (t *T) Secured() *Raw {
	s, err := t.Target.secure(t.Context, "c", t.log)
	return t.raw(s, "open a stream inside TLS", err)
}

// Authenticated is a stream after SASL, with no resource bound.
func (t *T) Authenticated(name string) *Raw {
	s, err := t.Target.login(t.Context, t.Account(name), t.log)
	return t.raw(s, "log in", err)
}

// Over opens a stream over the WebSocket or BOSH address of the target; nothing has
// been said on it.
func (t *T) Over(name, way string) *Raw {
	var s *oracle.Stream
	var err error
	if way == "bosh" {
		s = oracle.DialBOSH(t.Context, t.Target.BOSH, t.Target.TLS(), t.Patience, t.log)
	} else {
		s, err = oracle.DialWebSocket(t.Context, t.Target.WebSocket, t.Target.TLS(), t.Patience, t.log)
	}
	if err == nil {
		s.Name = name
	}
	return t.raw(s, way, err)
}

// Poster posts bodies to the BOSH address of the target.
func (t *T) Poster() *oracle.Poster {
	p := oracle.NewPoster(t.Target.BOSH, t.Target.TLS(), t.Patience, t.log)
	t.later(p.Close)
	return p
}

// Sendf writes; the arguments are not escaped. That the target no longer reads is
// not told here: what it says is.
func (r *Raw) Sendf(format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if err := r.Send(text); err != nil {
		r.t.Note("write: %v", err)
	}
}

// Read gives the next element.
func (r *Raw) Read(what string) *oracle.Element {
	e, err := r.Next(r.t.Patience)
	if err != nil {
		r.t.Failf("wanted %s: %v", what, err)
	}
	return e
}

// Want reads one element, which must match the pattern.
func (r *Raw) Want(pattern string, args ...any) *oracle.Element {
	p := oracle.Pattern(pattern, args...)
	e := r.Read(p.Raw)
	if !oracle.Match(e, p) {
		r.t.Failf("wanted %s, came %.600s", p.Raw, e.Raw)
	}
	return e
}

// HeaderOf sends an opening tag and reads the server's, without what may follow.
func (r *Raw) HeaderOf(tag string) *oracle.Element {
	r.Restart()
	r.Sendf("%s", tag)
	h := r.Read("the header of a stream")
	r.t.True(h.Name.Local == "stream" && h.Name.Space == oracle.NSStream, "wanted the header of a stream, came %.300s", h.Raw)
	return h
}

// WantError reads up to a stream error, which must have one of the conditions, if
// any are given, and then the end of the stream (RFC 6120 §4.9.1.1).
func (r *Raw) WantError(conditions ...string) *oracle.Element {
	const most = 20 // of what else comes before it
	for range most {
		e, err := r.Next(r.t.Patience)
		if err != nil {
			r.t.Failf("wanted a stream error %s: %v", strings.Join(conditions, " or "), err)
		}
		if e.Name.Space != oracle.NSStream || e.Name.Local != "error" {
			continue
		}
		c := e.Condition()
		if c == "" || len(conditions) > 0 && !slices.Contains(conditions, c) {
			r.t.Failf("wanted a stream error %s, came %.300s", strings.Join(conditions, " or "), e.Raw)
		}
		r.WantEnd()
		return e
	}
	r.t.Failf("wanted a stream error %s, came %d other things", strings.Join(conditions, " or "), most)
	return nil
}

// WantClosed wants the closing tag of the stream, after whatever else.
func (r *Raw) WantClosed() {
	for deadline := time.Now().Add(r.t.Patience); ; {
		switch _, err := r.Next(time.Until(deadline)); {
		case errors.Is(err, oracle.ErrClosed):
			return
		case err != nil:
			r.t.Failf("wanted the closing tag of the stream: %v", err)
		}
	}
}

// WantEnd wants the end of the stream or of the connection.
func (r *Raw) WantEnd() {
	for deadline := time.Now().Add(r.t.Patience); ; {
		switch _, err := r.Next(time.Until(deadline)); {
		case errors.Is(err, oracle.ErrSilent):
			r.t.Failf("wanted the end of the stream: it is still open")
		case err != nil:
			return
		}
	}
}

// WantGone wants the end of the connection.
func (r *Raw) WantGone() {
	for deadline := time.Now().Add(r.t.Patience); ; {
		switch _, err := r.Next(time.Until(deadline)); {
		case errors.Is(err, oracle.ErrSilent):
			r.t.Failf("wanted the end of the connection: it is still open")
		case errors.Is(err, oracle.ErrClosed):
		case err != nil:
			return
		}
	}
}

// Ask sends a request on a stream that is bound and gives the answer.
func (r *Raw) Ask(typ, to, payload string) *oracle.Element {
	attr := ""
	if to != "" {
		attr = " to='" + oracle.Escape(to) + "'"
	}
	id := word()
	r.Sendf("<iq xmlns='jabber:client' type='%s' id='%s'%s>%s</iq>", typ, id, attr, payload)
	for {
		e := r.Read("the answer to a request")
		if e.Is("iq") && e.Attr("id") == id {
			return e
		}
	}
}

// Gone reports whether err is the end of a connection.
func Gone(err error) bool {
	return err != nil && (errors.Is(err, io.EOF) || !errors.Is(err, oracle.ErrSilent))
}
