package c2s

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"io"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"

	"causeway/xmpp/stream"
)

// nsTLS is the namespace of the STARTTLS negotiation (RFC 6120 §5).
const nsTLS = "urn:ietf:params:xml:ns:xmpp-tls"

// startTLSFeature is RFC 6120 §5. It is required unless the client may log in
// in the clear.
func (l *login) startTLSFeature() xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsTLS, Local: "starttls"},
		Prohibited: xmpp.Secure | xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			required := !l.plain()
			if !required {
				return false, writeList(w, start, "", nil)
			}
			return true, writeElement(w, start, "required")
		},
		Negotiate: func(_ context.Context, s *xmpp.Session, _ any) (xmpp.SessionState, io.ReadWriter, error) {
			if err := consume(s); err != nil {
				return 0, nil, err
			}
			if len(bytes.TrimSpace(l.conn.framer.Buffered())) > 0 {
				// What came in the clear behind <starttls/> would be taken for what the
				// client says inside TLS: somebody in between may have put it there.
				return 0, nil, stream.PolicyViolation.Err("data before the TLS handshake")
			}
			l.conn.say([]byte("<proceed xmlns='" + nsTLS + "'/>")) // RFC 6120 §5.4.2.3
			if err := l.conn.flush(); err != nil {
				return 0, nil, err
			}
			return xmpp.Secure, l.conn, l.secure(l.srv.tls)
		},
	}
}

// secure runs the TLS handshake. The stream starts anew inside (RFC 6120 §5.4.3.3).
func (l *login) secure(cfg *tls.Config) error {
	l.answered = false
	t := tls.Server(l.wire, cfg)
	l.tls = t
	l.conn.switchTo(t, l.srv.loginLimits())
	l.wire.host = l.host
	err := t.HandshakeContext(context.Background())
	l.wire.host = ""
	if err != nil {
		return l.conn.fail(handshakeError{err})
	}
	return l.wire.SetDeadline(time.Now().Add(l.srv.cfg.Limits.Login))
}

// A handshakeError ends a connection on which there is no stream to say so.
type handshakeError struct{ error }

func (e handshakeError) Unwrap() error { return e.error }
