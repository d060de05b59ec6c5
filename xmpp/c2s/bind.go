package c2s

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsBind is the namespace of resource binding (RFC 6120 §7).
const nsBind = "urn:ietf:params:xml:ns:xmpp-bind"

// nsSession is the namespace of the session request of RFC 3921 §3, which
// RFC 6121 has dropped. Clients of its time still ask, and some will not go on
// without it.
const nsSession = "urn:ietf:params:xml:ns:xmpp-session"

// generated is the length of the resources that we make: 80 random bits, so that
// nobody guesses whether a resource is there.
const generated = 16

// bindFeature is RFC 6120 §7. Whom the resource belongs to was settled by SASL.
func (l *login) bindFeature(ctx context.Context) xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsBind, Local: "bind"},
		Necessary:  xmpp.Authn,
		Prohibited: xmpp.Ready,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return true, writeList(w, start, "", nil)
		},
		Negotiate: func(_ context.Context, s *xmpp.Session, _ any) (xmpp.SessionState, io.ReadWriter, error) {
			if err := consume(s); err != nil {
				return 0, nil, err
			}
			if err := l.bind(ctx); err != nil {
				return 0, nil, l.conn.fail(err)
			}
			return xmpp.Ready, nil, nil
		},
	}
}

// sessionFeature tells clients of RFC 3921 that they need not ask for a session
// but may.
func (l *login) sessionFeature() xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:      xml.Name{Space: nsSession, Local: "session"},
		Necessary: xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return false, writeElement(w, start, "optional")
		},
	}
}

// wantsBind reports whether an iq is a request to bind.
func wantsBind(el stream.Element) bool {
	var st stanza.Stanza
	if err := st.Reset(el.Raw, el.Index, nil); errors.Is(err, stanza.ErrNotStanza) {
		return false
	}
	return st.PayloadIs(nsBind, "bind")
}

// bind answers requests to bind until one can be granted: a client may try again
// with another resource (RFC 6120 §7.6.2, §7.7.2).
func (l *login) bind(ctx context.Context) error {
	ev := l.conn.event
	for {
		refused, err := l.bindOne(ctx, ev.Element)
		if refused == nil {
			return err
		}
		l.conn.say(refused.AppendTo(nil))
		if ev, err = l.conn.next(); err != nil {
			return err
		}
		for ev.Kind != stream.Whole || !wantsBind(ev.Element) {
			if _, err := l.conn.digest(ev); err != nil {
				return err
			}
			if l.client != nil {
				return nil // it has resumed a session instead
			}
			if ev, err = l.conn.next(); err != nil {
				return err
			}
		}
	}
}

// errBarred is RFC 6120 §7.6.2.2: "the client is not allowed to bind a resource".
var errBarred = stanza.NotAllowed.Err("the account was disabled or removed")

// bindOne answers one request. What it gives is the refusal, if it is one; an error ends
// the stream.
func (l *login) bindOne(ctx context.Context, el stream.Element) (refused *stanza.Stanza, fatal error) {
	var iq stanza.Stanza
	err := iq.Reset(el.Raw, el.Index, nil)
	iq.From, iq.To = jid.JID{}, jid.JID{} // the client has no address yet
	var told *stanza.Error
	if errors.As(err, &told) {
		return iq.ErrorReply(told), nil
	}
	if iq.Type != stanza.Set {
		return iq.ErrorReply(stanza.BadRequest.Err("binding is a set")), nil
	}
	full, err := l.resource(&iq)
	if err != nil {
		// RFC 6120 §7.7.2.1: "the provided resourcepart cannot be processed by the server"
		return iq.ErrorReply(stanza.BadRequest.Err("not a possible resource")), nil
	}
	if l.barred() {
		return iq.ErrorReply(errBarred), nil
	}
	c := newClient(l.srv, full)
	c.program = l.loan.by()
	c.session, err = l.srv.cfg.Router.Bind(ctx, full, c)
	if errors.As(err, &told) {
		return iq.ErrorReply(told), nil // RFC 6120 §7.6.2.1
	}
	var end *stream.Error
	if errors.As(err, &end) {
		return nil, end // the host was stopped meanwhile
	}
	if err != nil {
		l.srv.log.Error("a resource could not be bound", slog.String("jid", full.String()), slog.Any("err", err))
		return iq.ErrorReply(stanza.InternalServerError.Err("")), nil
	}
	if l.barred() { // meanwhile; from now on the router knows whom to end
		c.session.Close(ctx)
		return iq.ErrorReply(errBarred), nil
	}
	if !l.borrow(ctx, c) {
		c.session.Close(ctx)
		return iq.ErrorReply(errTakenBack), nil
	}
	l.client = c
	payload := stanza.AppendText([]byte("<bind xmlns='"+nsBind+"'><jid>"), full.String())
	l.conn.say(iq.Result(append(payload, "</jid></bind>"...)).AppendTo(nil))
	return nil, nil
}

// resource gives the full JID that a request asks for (RFC 6120 §7.7), or one of
// our making (§7.6).
func (l *login) resource(iq *stanza.Stanza) (jid.JID, error) {
	bind, _ := iq.Payload()
	resource := iq.InnerText(bind, "resource")
	if resource == "" {
		resource = rand.Text()[:generated]
	}
	return l.bare.WithResource(resource)
}

// writeElement encodes an element with one empty child.
func writeElement(w xmlstream.TokenWriter, start xml.StartElement, child string) error {
	inner := xml.StartElement{Name: xml.Name{Local: child}}
	for _, tok := range []xml.Token{start, inner, inner.End(), start.End()} {
		if err := w.EncodeToken(tok); err != nil {
			return err
		}
	}
	return nil
}
