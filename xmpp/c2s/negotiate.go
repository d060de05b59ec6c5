package c2s

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	melliumstream "mellium.im/xmpp/stream"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// lang is the language of all texts that we send.
const lang = "en"

// A login is a connection from the first byte to the bound resource. None of it
// lives on after that.
type login struct {
	srv    *Server
	wire   *wire
	conn   *conn
	tls    *tls.Conn // nil in the clear
	header stream.Header
	host   string // from the first header
	// answered is set when our header has gone out on the stream that the client
	// last opened.
	answered bool
	sasl     sasl.Config
	offered  []string // mechanisms
	tries    int      // failures that may be guesses at a password
	misfits  int      // failures that are not
	bare     jid.JID  // once authenticated
	loan     *loan    // of a program that has shown a token; nil if the person has logged in itself
	client   *client  // once bound or resumed
	inactive bool     // nobody looks at the client (XEP-0352)
}

// serve is the life of a connection up to the bound resource.
func (s *Server) serve(ctx context.Context, w *wire, mode Mode) {
	l := &login{srv: s, wire: w}
	taken := false
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a login panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
		if !taken {
			_ = w.Close()
			l.abandon(ctx)
			s.running.Done()
		}
	}()
	_ = w.SetDeadline(time.Now().Add(s.cfg.Limits.Secure))
	l.conn = &conn{Conn: w, framer: stream.NewFramer(s.loginLimits())}
	if w.carrier != nil {
		w.carrier.Allow(s.loginLimits())
	}
	l.conn.digest = func(ev stream.Event) ([]byte, error) { return l.digest(ctx, ev) }
	if err := l.negotiate(ctx, mode); err != nil {
		l.fail(err)
		return
	}
	taken = l.take(ctx)
	w.attempt.Store(nil)
}

func (s *Server) loginLimits() stanza.Limits {
	return stanza.Limits{Bytes: s.cfg.Limits.LoginBytes, Depth: s.cfg.Limits.Depth}
}

// negotiate runs mellium's loop over our features until a resource is bound or a
// session resumed. The loop gets a context that never ends: it would answer the
// end of one by setting deadlines of its own. Ours are on the wire.
func (l *login) negotiate(ctx context.Context, mode Mode) error {
	var state xmpp.SessionState
	if mode == DirectTLS {
		if err := l.secure(l.srv.direct); err != nil {
			return err
		}
	}
	if l.secured() {
		state = xmpp.Secure
	}
	features := l.features(ctx)
	_, err := xmpp.ReceiveSession(context.Background(), l.conn, state, xmpp.NewNegotiator(
		func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig {
			return xmpp.StreamConfig{Lang: lang, Features: features}
		}))
	return err
}

// features lists what may be negotiated, in the order in which it is advertised.
func (l *login) features(ctx context.Context) []xmpp.StreamFeature {
	list := []xmpp.StreamFeature{
		l.saslFeature(ctx), l.channelBindingFeature(), l.bindFeature(ctx), l.sessionFeature(),
		l.managementFeature(), l.limitsFeature(0), l.limitsFeature(xmpp.Authn),
	}
	if l.srv.tls != nil && l.wire.carrier == nil { // RFC 7395 §3.9, XEP-0206 #security: TLS is below
		list = append([]xmpp.StreamFeature{l.startTLSFeature()}, list...)
	}
	if r := l.srv.cfg.Registrar; r != nil && r.Open() {
		list = append(list, l.registerFeature())
	}
	// XEP-0352 #discovery: "in the stream features after the client has authenticated"
	list = append(list, advertised(xml.Name{Space: nsState, Local: "csi"}))
	for _, name := range l.srv.cfg.Advertised {
		list = append(list, advertised(name))
	}
	return list
}

// advertised names a feature of the services to those who have logged in.
func advertised(name xml.Name) xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:      name,
		Necessary: xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return false, writeList(w, start, "", nil)
		},
	}
}

// plain reports whether this client may log in without TLS.
func (l *login) plain() bool { return l.srv.cfg.PlainLoopback && l.wire.local() }

// digest looks at what the client sends before the loop does, and gives the loop
// its share of it.
func (l *login) digest(ctx context.Context, ev stream.Event) ([]byte, error) {
	switch ev.Kind {
	case stream.Opening:
		return l.opened(ev.Header)
	case stream.Closing:
		return nil, errClosed
	}
	el := ev.Element
	ns, local := el.Namespace(), string(el.Local())
	switch ns {
	case stream.NSClient:
		if local == "iq" && !l.bare.IsZero() && l.client == nil && wantsBind(el) {
			return []byte("<iq xmlns='jabber:client'><bind xmlns='" + nsBind + "'/></iq>"), nil
		}
		if local == "iq" && l.register(ctx, el) {
			return nil, nil
		}
		if local == "iq" || local == "message" || local == "presence" {
			// RFC 6120 §4.9.3.12: "The entity has attempted to send XML stanzas or
			// other outbound data before the stream has been authenticated"; §7.1:
			// nor may it "send XML stanzas" before a resource is bound.
			return nil, stream.NotAuthorized.Err("log in and bind a resource first")
		}
		return nil, stream.UnsupportedStanzaType.Err("")
	case stream.NSServer:
		return nil, stream.InvalidNamespace.Err("")
	case nsSASL:
		if l.bare.IsZero() && !l.secured() && !l.plain() {
			l.saslFailure(&sasl.Failure{Condition: sasl.EncryptionRequired}) // RFC 6120 §6.5.4
			return nil, nil
		}
	case nsManagement:
		if l.bare.IsZero() || local != "resume" {
			// XEP-0198 #enable: "The server SHALL enforce this order and return a <failed/>"
			l.conn.say(failed(stanza.UnexpectedRequest, 0, false))
			return nil, nil
		}
		if ok, err := l.resume(ctx, el); !ok {
			return nil, err
		}
		l.inactive = false // XEP-0352 #stream-resumption
	case nsState:
		return nil, l.indicate(local)
	case nsTLS:
		if l.tls != nil || l.srv.tls == nil || l.wire.carrier != nil || local != "starttls" {
			// RFC 6120 §5.4.2.2: malformed, or not offered: <failure/>, and the stream
			// and the connection are closed.
			l.conn.say([]byte("<failure xmlns='" + nsTLS + "'/>"))
			return nil, errClosed
		}
	case stream.NS:
		if local == "error" {
			return nil, errClosed // RFC 6120 §4.9.1.1: whoever sends one closes its stream
		}
		return nil, stream.UnsupportedStanzaType.Err("")
	default:
		// RFC 6120 §4.9.3.24: a first-level child that we do not know.
		return nil, stream.UnsupportedStanzaType.Err("")
	}
	return []byte("<" + local + " xmlns='" + ns + "'/>"), nil
}

// fail is where an error of the login dies: the client is told, and the
// connection ends.
func (l *login) fail(err error) {
	if l.conn.err != nil {
		err = l.conn.err // the loop may have wrapped or replaced it
	}
	var told *stream.Error
	var theirs melliumstream.Error
	var timeout net.Error
	var shaken handshakeError
	switch {
	case errors.Is(err, errClosed):
	case l.srv.closing.Load():
		told = stream.SystemShutdown.Err("")
	case errors.As(err, &told):
	case errors.As(err, &theirs):
		// The loop refuses what was not offered, or is offered no more.
		told = stream.Condition(theirs.Err).Err("not offered at this point")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		told = stream.ConnectionTimeout.Err("the login took too long")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), timeout != nil:
		return
	case errors.As(err, &shaken), l.tls != nil && !l.answered && l.header.ContentNS == "":
		// There is nobody to talk to (RFC 6120 §5.4.3.2: "the receiving entity MUST
		// terminate the TCP connection").
		l.srv.log.Debug("tls handshake failed", slog.String("addr", l.wire.addr.String()), slog.Any("err", err))
		return
	default:
		l.srv.log.Error("a login broke", slog.String("addr", l.wire.addr.String()), slog.Any("err", err))
		told = stream.InternalServerError.Err("")
	}
	if told != nil {
		l.srv.log.Info("login refused", slog.String("addr", l.wire.addr.String()), slog.String("cond", string(told.Condition)))
	}
	l.hangUp(told)
}

// hangUp closes the stream. Even before there is one, RFC 6120 §4.9.1.2 wants an
// opening tag, the error and a closing tag.
func (l *login) hangUp(told *stream.Error) {
	out := l.conn.out
	if !l.answered {
		out = stream.AppendHeader(out, l.answer())
	}
	if told != nil {
		out = stream.AppendError(out, told)
	}
	out = stream.AppendClose(out)
	_ = l.wire.SetDeadline(time.Now().Add(l.srv.cfg.Limits.CloseHandshake))
	if _, err := l.conn.Conn.Write(out); err != nil {
		return
	}
	linger(l.conn.Conn)
}

// linger reads and forgets what the client still sends until it closes its side
// or the deadline passes. A connection closed with unread input is reset, and
// then the client may never see our last words.
func linger(nc net.Conn) {
	if w, ok := nc.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	var scrap [512]byte
	for left := 64 << 10; left > 0; {
		n, err := nc.Read(scrap[:])
		if err != nil {
			return
		}
		left -= n
	}
}

// consume reads the rest of the element that the loop has handed to a feature.
func consume(s *xmpp.Session) error {
	r := s.TokenReader()
	defer func() { _ = r.Close() }() // it gives back a lock, and cannot fail
	for depth := 0; ; {
		tok, err := r.Token()
		if err != nil {
			return err
		}
		switch tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// write encodes an element without attributes, with children of one name.
func writeList(w xmlstream.TokenWriter, start xml.StartElement, child string, texts []string) error {
	if err := w.EncodeToken(start); err != nil {
		return err
	}
	for _, text := range texts {
		item := xml.StartElement{Name: xml.Name{Local: child}}
		for _, tok := range []xml.Token{item, xml.CharData(text), item.End()} {
			if err := w.EncodeToken(tok); err != nil {
				return err
			}
		}
	}
	return w.EncodeToken(start.End())
}
