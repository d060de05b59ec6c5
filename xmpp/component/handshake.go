package component

import (
	"crypto/rand"
	"crypto/sha1" // XEP-0114 #proto knows no other hash
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// enter sees the component in: stream headers, handshake, and the empty answer to it.
// It takes no longer than Limits.Handshake. An error that is a *stream.Error is to be
// told.
func (k *link) enter() error {
	if err := k.conn.SetDeadline(time.Now().Add(k.srv.cfg.Limits.Handshake)); err != nil {
		return err
	}
	id, err := k.greet()
	if err != nil {
		return err
	}
	given, err := k.credentials()
	if err != nil {
		return err
	}
	if err := k.prove(id, given); err != nil {
		return err
	}
	// XEP-0114 #proto: "MUST return an empty <handshake/> element"
	if _, err := k.conn.Write([]byte("<handshake/>")); err != nil {
		return err
	}
	k.framer.SetLimits(stanza.Limits{Bytes: k.srv.cfg.Limits.StanzaBytes, Depth: k.srv.cfg.Limits.Depth})
	return k.conn.SetDeadline(time.Time{})
}

// greet reads the component's header, which names its domain, and answers it with the
// id of the stream.
func (k *link) greet() (id string, err error) {
	ev, err := k.next()
	if err != nil {
		return "", err
	}
	if ev.Header.ContentNS != stream.NSComponent {
		return "", stream.InvalidNamespace.Err("") // XEP-0114 #proto
	}
	// XEP-0114 #proto: "the value of the 'to' address is the component name, not the
	// server name"
	if to, err := jid.Parse(ev.Header.To); err == nil && to.IsHost() {
		k.asked = to.Domain()
	}
	if k.gate = k.srv.gates[k.asked]; k.gate == nil {
		return "", stream.HostUnknown.Err("") // XEP-0114 #proto
	}
	id = rand.Text() // RFC 6120 §4.7.3: unpredictable, or a handshake could be used again
	return id, k.open(id)
}

// open writes our header. There is one before any error, too (XEP-0114 #proto).
func (k *link) open(id string) error {
	h := &stream.Header{ID: id, ContentNS: stream.NSComponent}
	if k.gate != nil {
		h.From = k.gate.domain
	}
	k.opened = true
	_, err := k.conn.Write(stream.AppendHeader(nil, h))
	return err
}

// credentials reads the handshake.
func (k *link) credentials() (string, error) {
	ev, err := k.next()
	switch {
	case err != nil:
		return "", err
	case ev.Kind == stream.Closing:
		return "", errClosed
	case !ev.Element.Is(stream.NSComponent, "handshake"):
		return "", stream.NotAuthorized.Err("a handshake comes first") // RFC 6120 §4.9.3.12
	}
	return strings.TrimSpace(stanza.ElementText(ev.Raw)), nil
}

// prove checks the credentials: SHA-1 of the id and the secret, in lower-case
// hexadecimal (XEP-0114 #proto).
func (k *link) prove(id, given string) error {
	throttle := k.srv.cfg.Throttle
	tooMany := stream.PolicyViolation.Err("too many wrong handshakes: try again later") // RFC 6120 §4.9.3.14
	if throttle != nil {
		if wait := throttle.Allow(k.addr, k.gate.domain); wait > 0 {
			return tooMany
		}
	}
	sum := sha1.Sum([]byte(id + k.gate.secret))
	if subtle.ConstantTimeCompare([]byte(given), []byte(hex.EncodeToString(sum[:]))) != 1 {
		if throttle != nil && throttle.Failed(k.addr, k.gate.domain) > 0 {
			return tooMany
		}
		// XEP-0114 #proto: "MUST close the stream and the underlying TCP connection, and
		// SHOULD return a <not-authorized/> stream error"
		return stream.NotAuthorized.Err("")
	}
	if throttle != nil && throttle.Succeeded(k.addr, k.gate.domain) > 0 {
		return tooMany
	}
	return nil
}

// refuse tells a component that is not let in why, and logs it.
func (k *link) refuse(err error) {
	log := k.srv.log.With(slog.String("domain", k.asked), slog.String("addr", k.conn.RemoteAddr().String()),
		slog.String("reason", reason(err)))
	var told *stream.Error
	if !errors.As(err, &told) && !errors.Is(err, errClosed) {
		log.Debug("component lost before its handshake")
		return // nobody is there to be told
	}
	log.Warn("component refused")
	_ = k.conn.SetDeadline(time.Now().Add(k.srv.cfg.Limits.CloseHandshake))
	if !k.opened && k.open(rand.Text()) != nil {
		return
	}
	var last []byte
	if told != nil {
		last = stream.AppendError(last, told)
	}
	if _, err := k.conn.Write(stream.AppendClose(last)); err == nil {
		k.linger()
	}
}
