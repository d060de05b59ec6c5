package websdk

import (
	"context"
	"encoding/base64"
	"net"
	"strings"

	"causeway/xmpp/stream"
)

const (
	nsSASL    = "urn:ietf:params:xml:ns:xmpp-sasl"
	nsBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	nsSession = "urn:ietf:params:xml:ns:xmpp-session"
)

// misleading are the mechanisms that the SDK would choose before PLAIN and fail with: its
// token is no password (wire 3.3, step 3).
var misleading = []string{"SCRAM-SHA-1", "DIGEST-MD5", "OAUTHBEARER", "EXTERNAL"}

// maxKeys is how many log-ins that name no app of ours a stream may try.
const maxKeys = 5

// greeting is what a stream is answered that may be to any host of ours: only its log-in
// says to which.
func (s *Stream) greeting() []byte {
	out := stream.AppendHeader(nil, &stream.Header{From: s.names.domain, ID: nonce(), Version: "1.0", Lang: "en", ContentNS: stream.NSClient})
	if !s.private() {
		return append(out, "<stream:features/>"...)
	}
	return append(out, "<stream:features><mechanisms xmlns='"+nsSASL+"'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"...)
}

// private reports whether nobody else can read the token that the SDK logs in with. The server
// asks for the same, but it is not asked before the token has been sent.
func (s *Stream) private() bool {
	if s.Secure() {
		return true
	}
	tcp, ok := s.RemoteAddr().(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback() && s.adapter.cfg.PlainLoopback
}

// trim takes out of the features of the server what would lead the SDK astray, and once it
// is known to be one, all that it has no use for.
func (s *Stream) trim(features *element) {
	var kept []node
	for _, c := range features.children() {
		switch {
		case c.is(nsSASL, "mechanisms"):
			kept = append(kept, node{child: fewer(c)})
		case s.phase == watching, c.is(nsBind, "bind"), c.is(nsSession, "session"):
			kept = append(kept, node{child: c})
		}
	}
	features.nodes = kept
}

// fewer gives the mechanisms that lead nobody astray.
func fewer(list *element) *element {
	short := elem(list.space, list.local)
	for _, m := range list.children() {
		skip := false
		for _, name := range misleading {
			skip = skip || strings.TrimSpace(m.text()) == name
		}
		if !skip {
			short.with(m)
		}
	}
	return short
}

// authenticate takes an <auth/>: the SDK logs in by PLAIN as org#app_user, with its token
// for a password (wire 3.2). It gives what the server is to read instead, or what the
// client is answered; neither if this is no SDK.
func (s *Stream) authenticate(auth *element) (inward, answer []byte) {
	if s.phase == offered && !s.private() {
		return nil, failure("encryption-required") // RFC 6120 §6.5.4
	}
	authzid, authcid, password, ok := credentials(auth)
	key, user, is := splitKey(authcid)
	host := ""
	if ok && is {
		host = s.adapter.hostOf(context.Background(), key)
	}
	if s.phase == watching {
		if host == "" || host != s.names.host {
			return nil, nil
		}
	} else if auth.attr("mechanism") != "PLAIN" {
		return nil, failure("invalid-mechanism") // RFC 6120 §6.5.7
	} else if !ok {
		return nil, failure("malformed-request")
	}
	switch {
	case host == "", user == "", s.names.host != "" && s.names.host != host:
		return nil, failure("not-authorized")
	case authzid != "" && !strings.EqualFold(bare(authzid), authcid+"@"+s.names.domain):
		return nil, failure("invalid-authzid") // RFC 6120 §6.5.6
	}
	s.names.key, s.names.host, s.names.rooms = key, host, s.adapter.cfg.Rooms(host)
	message := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
	return elem(nsSASL, "auth", "mechanism", "PLAIN").saying(message).bytes(), nil
}

// credentials reads what PLAIN says (RFC 4616 §2).
func credentials(auth *element) (authzid, authcid, password string, ok bool) {
	if auth.attr("mechanism") != "PLAIN" {
		return "", "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(auth.text()))
	if err != nil {
		return "", "", "", false
	}
	fields := strings.Split(string(raw), "\x00")
	if len(fields) != 3 {
		return "", "", "", false
	}
	return fields[0], fields[1], fields[2], true
}

func failure(condition string) []byte {
	return elem(nsSASL, "failure").with(elem(nsSASL, condition)).bytes()
}

// opening is the opening tag that the server reads: to its host, and from nobody.
func (s *Stream) opening(h *stream.Header) []byte {
	return stream.AppendHeader(nil, &stream.Header{To: s.names.host, Lang: h.Lang, Version: h.Version, ContentNS: stream.NSClient})
}

// answered is the server's opening tag as the SDK knows it.
func (s *Stream) answered(h *stream.Header) []byte {
	out := *h
	out.From, out.To = s.names.domain, ""
	out.Prefixes = nil
	return stream.AppendHeader(nil, &out)
}

// bound turns a bind request into what we understand of it: later SDKs put more into it.
func bound(iq *element) {
	bind := iq.first()
	slim := elem(nsBind, "bind")
	if r := bind.child(nsBind, "resource"); r != nil {
		slim.with(elem(nsBind, "resource").saying(r.text()))
	}
	iq.nodes = []node{{child: slim}}
}
