package c2s

import (
	"crypto/rand"
	"strconv"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stream"
)

// opened judges the opening tag of the client's stream. The loop gets one
// without the client's claims, not even about the host, and what it answers is
// replaced by our header.
func (l *login) opened(h *stream.Header) ([]byte, error) {
	l.answered = false
	l.header = *h
	if h.ContentNS != stream.NSClient {
		return nil, stream.InvalidNamespace.Err("") // RFC 6120 §4.8.2
	}
	if h.To != "" || l.host == "" {
		// Left out on a later stream it cannot have changed.
		host, err := jid.Parse(h.To)
		switch {
		case err != nil, !host.IsHost(), !l.srv.cfg.Router.IsHost(host.Domain()):
			return nil, stream.HostUnknown.Err("") // RFC 6120 §4.7.2, §4.9.3.6
		case l.host != "" && l.host != host.Domain():
			// The certificate and the account belong to the host of the first stream.
			return nil, stream.HostUnknown.Err("not the host of the first stream")
		}
		l.host = host.Domain()
	}
	if l.srv.cfg.Router.Stopped(l.host) {
		return nil, stream.SystemShutdown.Err("the host is stopped") // RFC 6120 §4.9.3.20
	}
	if !supported(h.Version) {
		// RFC 6120 §4.7.5: no version means 0.9, from before there was SASL.
		return nil, stream.UnsupportedVersion.Err("")
	}
	l.answered = true
	l.conn.instead = stream.AppendHeader(nil, l.answer())
	return []byte("<stream:stream xmlns='" + stream.NSClient + "' xmlns:stream='" + stream.NS + "' version='1.0'>"), nil
}

// answer is our header.
func (l *login) answer() *stream.Header {
	h := &stream.Header{
		From: l.host, ID: rand.Text(), // RFC 6120 §4.7.3: unpredictable
		Lang: lang, Version: "1.0", ContentNS: stream.NSClient,
	}
	if hosts := l.srv.cfg.Router.Hosts(); h.From == "" && len(hosts) > 0 {
		h.From = hosts[0]
	}
	// RFC 6120 §4.7.2: 'to' is the bare JID of the client's 'from', and absent if
	// that is. It is an unproven claim, and used for nothing else.
	if from, err := jid.Parse(l.header.From); err == nil && l.header.From != "" {
		h.To = from.Bare().String()
	}
	return h
}

// supported reports whether a version attribute names a version that we can
// answer with 1.0 (RFC 6120 §4.7.5).
func supported(version string) bool {
	major, minor, ok := strings.Cut(version, ".")
	if !ok {
		return false
	}
	_, err := strconv.ParseUint(minor, 10, 16)
	n, majorErr := strconv.ParseUint(major, 10, 16)
	return err == nil && majorErr == nil && n >= 1
}
