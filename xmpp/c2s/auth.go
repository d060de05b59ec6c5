package c2s

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsSASL is the namespace of the SASL negotiation (RFC 6120 §6).
const nsSASL = "urn:ietf:params:xml:ns:xmpp-sasl"

// nsBinding is the namespace in which channel-binding types are announced (XEP-0440 #sasl-cb-type).
const nsBinding = "urn:xmpp:sasl-cb:0"

// saslFeature is RFC 6120 §6.
func (l *login) saslFeature(ctx context.Context) xmpp.StreamFeature {
	necessary := xmpp.Secure
	if l.plain() {
		necessary = 0
	}
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsSASL, Local: "mechanisms"},
		Necessary:  necessary,
		Prohibited: xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			if err := l.prepareSASL(ctx); err != nil {
				return true, err
			}
			return true, writeList(w, start, "mechanism", l.offered)
		},
		Negotiate: func(_ context.Context, s *xmpp.Session, _ any) (xmpp.SessionState, io.ReadWriter, error) {
			if err := consume(s); err != nil {
				return 0, nil, err
			}
			if err := l.authenticate(ctx); err != nil {
				return 0, nil, l.conn.fail(err)
			}
			// RFC 6120 §6.4.6: a new stream, but the same connection.
			l.conn.framer.Restart()
			l.answered = false
			return xmpp.Authn, l.conn, nil
		},
	}
}

// channelBindingFeature announces the types for -PLUS mechanisms (XEP-0440).
func (l *login) channelBindingFeature() xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsBinding, Local: "sasl-channel-binding"},
		Necessary:  xmpp.Secure,
		Prohibited: xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			types := l.sasl.Binding.Types()
			if !l.sasl.PlusOffered || len(types) == 0 {
				return false, nil // the element "MUST contain one or more" types
			}
			if err := w.EncodeToken(start); err != nil {
				return false, err
			}
			for _, t := range types {
				item := xml.StartElement{Name: xml.Name{Local: "channel-binding"}, Attr: []xml.Attr{{Name: xml.Name{Local: "type"}, Value: t}}}
				if err := w.EncodeToken(item); err != nil {
					return false, err
				}
				if err := w.EncodeToken(item.End()); err != nil {
					return false, err
				}
			}
			return false, w.EncodeToken(start.End())
		},
	}
}

// prepareSASL settles what this stream offers.
func (l *login) prepareSASL(ctx context.Context) error {
	directory, err := l.srv.cfg.Directories(ctx, l.host)
	if err != nil {
		return err
	}
	g := &gate{Directory: directory, login: l}
	l.sasl = sasl.Config{Directory: g, Domain: l.host, PlusOffered: l.srv.cfg.Binding}
	if d, ok := directory.(interface {
		Lacking(context.Context) ([]sasl.Hash, error)
	}); ok {
		if l.sasl.Lacking, err = d.Lacking(ctx); err != nil {
			return err
		}
	}
	if l.srv.cfg.Tokens != nil {
		tokens, scope, issuer, err := l.srv.cfg.Tokens(ctx, l.host)
		if err != nil {
			return err
		}
		if tokens != nil {
			l.sasl.Tokens, l.sasl.TokenScope, l.sasl.TokenIssuer = tokenGate{tokens, g}, scope, issuer
		}
	}
	if state := l.encryption(); state != nil {
		l.sasl.Binding = sasl.BindingOf(state, l.presented(state.ServerName))
		l.sasl.Certificate = l.certified(ctx, directory, state)
	}
	l.offered = sasl.Mechanisms(l.sasl, l.secured() || l.plain())
	return nil
}

// errThrottled says that the next try has to wait.
var errThrottled = errors.New("too many tries to log in")

// A gate is a directory that slows down who guesses. It learns here for which
// account the try is.
type gate struct {
	sasl.Directory
	login     *login
	mechanism string
	account   string // bare JID; "" before it is known
	loan      *loan  // nil unless the token is that of a program
}

func (g *gate) ask(username string) error {
	g.account = username + "@" + g.login.host
	g.login.aim(username)
	if t := g.login.srv.cfg.Throttle; t != nil && t.Allow(g.login.wire.addr, g.account) > 0 {
		return errThrottled
	}
	return nil
}

func (g *gate) Keys(ctx context.Context, username string, h sasl.Hash) (sasl.Keys, bool, error) {
	if err := g.ask(username); err != nil {
		return sasl.Keys{}, false, err
	}
	return g.Directory.Keys(ctx, username, h)
}

func (g *gate) CheckPassword(ctx context.Context, username, password string) (bool, error) {
	if err := g.ask(username); err != nil {
		return false, err
	}
	return g.Directory.CheckPassword(ctx, username, password)
}

// authenticate lets the client try until it succeeds or has tried too often. The
// first <auth/> is the event that the loop has chosen this feature by.
func (l *login) authenticate(ctx context.Context) error {
	ev := l.conn.event
	for {
		err := l.try(ctx, ev.Element)
		if err == nil {
			return nil
		}
		var failure *sasl.Failure
		if !errors.As(err, &failure) {
			return err
		}
		l.saslFailure(failure)
		l.logFailure(failure)
		if l.triedTooOften(failure) {
			// RFC 6120 §6.4.5: the number of retries is limited by the server.
			return stream.PolicyViolation.Err("too many failed logins")
		}
		if ev, err = l.conn.next(); err != nil {
			return err
		}
		if ev.Kind == stream.Closing {
			return errClosed
		}
		if ev.Element.Namespace() != nsSASL {
			_, err := l.conn.digest(ev) // the same answer as anywhere before login
			return errors.Join(err, stream.NotAuthorized.Err(""))
		}
	}
}

// triedTooOften counts a failure. A client that goes through the mechanisms one
// by one until it finds one that works is not guessing at passwords, so such
// failures have a limit of their own.
func (l *login) triedTooOften(failure *sasl.Failure) bool {
	if guess(failure) {
		l.tries++
	} else {
		l.misfits++
	}
	limit := l.srv.cfg.Limits.Tries
	return l.tries >= limit || l.misfits >= limit+len(l.offered)
}

// guess reports whether a failure may be a guess at a password.
func guess(f *sasl.Failure) bool {
	return f.CountsAsBadPassword() || f.Condition == sasl.TemporaryAuthFailure
}

// A saslElement is <auth/>, <response/> or <abort/>.
type saslElement struct {
	name      string
	mechanism string
	text      string
}

// try is one exchange, from its <auth/> on.
func (l *login) try(ctx context.Context, el stream.Element) error {
	msg, err := saslMessage(el)
	if err != nil {
		return err
	}
	if msg.name != "auth" {
		return &sasl.Failure{Condition: sasl.MalformedRequest, Text: "no exchange has begun"}
	}
	g, _ := l.sasl.Directory.(*gate)
	g.account, g.mechanism, g.loan = "", msg.mechanism, nil
	if !slices.Contains(l.offered, msg.mechanism) {
		return &sasl.Failure{Condition: sasl.InvalidMechanism}
	}
	x, err := sasl.New(msg.mechanism, l.sasl)
	if err != nil {
		return err
	}
	for {
		response, err := decode(msg.text, msg.name == "auth")
		if err != nil {
			return err
		}
		told := x.Refused()
		challenge, done, err := x.Step(ctx, response)
		if err != nil {
			return l.judge(err, g.account, told)
		}
		if x.Refused() {
			l.guessed(g.account) // now: the client need not say another word
		}
		if done {
			l.loan = g.loan
			return l.authenticated(x.Username(), challenge)
		}
		l.saslReply("challenge", challenge, true)
		ev, err := l.conn.next()
		if err != nil {
			return err
		}
		if ev.Kind == stream.Closing {
			return errClosed
		}
		if msg, err = saslMessage(ev.Element); err != nil {
			return err
		}
		switch msg.name {
		case "response":
		case "abort":
			return &sasl.Failure{Condition: sasl.Aborted} // RFC 6120 §6.4.4
		default:
			return &sasl.Failure{Condition: sasl.MalformedRequest}
		}
	}
}

// guessed tells the throttle that something wrong was shown. It is false if the client must
// not know that it was wrong: too many others have failed meanwhile.
func (l *login) guessed(account string) bool {
	t := l.srv.cfg.Throttle
	return t == nil || account == "" || t.Failed(l.wire.addr, account) == 0
}

// judge counts a wrong password, unless it was counted already, and hides our own faults from the client.
func (l *login) judge(err error, account string, counted bool) error {
	var failure *sasl.Failure
	if errors.As(err, &failure) {
		if !failure.CountsAsBadPassword() || counted || l.guessed(account) {
			return failure
		}
		err = errThrottled
	}
	if !errors.Is(err, errThrottled) {
		l.srv.log.Error("an account could not be checked", slog.Any("err", err))
	}
	return &sasl.Failure{Condition: sasl.TemporaryAuthFailure} // RFC 6120 §6.5.11
}

// authenticated ends the exchange well.
func (l *login) authenticated(username string, additional []byte) error {
	bare, err := jid.New(username, l.host, "")
	if err != nil {
		return err
	}
	if t := l.srv.cfg.Throttle; t != nil && t.Succeeded(l.wire.addr, bare.String()) > 0 {
		return l.judge(errThrottled, "", true)
	}
	l.bare = bare
	l.aim(username) // no password was asked for with a certificate
	l.saslReply("success", additional, additional != nil)
	return l.wire.SetDeadline(time.Now().Add(l.srv.cfg.Limits.Login))
}

// saslReply writes a challenge or the success.
func (l *login) saslReply(name string, data []byte, some bool) {
	out := append([]byte("<"), name...)
	out = append(out, " xmlns='"+nsSASL+"'>"...)
	switch {
	case len(data) > 0:
		out = base64.StdEncoding.AppendEncode(out, data)
	case some && name == "success":
		out = append(out, '=') // RFC 6120 §6.4.6: there is data, of no length
	}
	out = append(out, "</"...)
	out = append(out, name...)
	l.conn.say(append(out, '>'))
}

// saslFailure tells the client why it is not let in (RFC 6120 §6.4.5).
func (l *login) saslFailure(f *sasl.Failure) {
	out := []byte("<failure xmlns='" + nsSASL + "'><" + f.Condition + "/>")
	if f.Text != "" {
		out = append(out, "<text xml:lang='"+lang+"'>"...)
		out = stanza.AppendText(out, f.Text)
		out = append(out, "</text>"...)
	}
	l.conn.say(append(out, "</failure>"...))
}

// maxLogged is how many bytes of what a stranger sent go into a line of the log.
const maxLogged = 256

func clip(text string) string { return text[:min(len(text), maxLogged)] }

// logFailure tells operators, and programs that watch the log, who could not log
// in. A client that looks for a mechanism that works is not worth a line.
func (l *login) logFailure(f *sasl.Failure) {
	level := slog.LevelDebug
	if guess(f) {
		level = slog.LevelInfo
	}
	g, _ := l.sasl.Directory.(*gate)
	reason := f.Condition
	if f.Text != "" {
		reason += ": " + f.Text
	}
	if f.Condition == sasl.TemporaryAuthFailure {
		reason += ": throttled, or the account could not be checked"
	}
	l.srv.log.Log(context.Background(), level, "login failed", slog.String("addr", l.wire.addr.String()),
		slog.String("account", clip(g.account)), slog.String("mechanism", clip(g.mechanism)), slog.String("reason", reason))
}

func saslMessage(el stream.Element) (saslElement, error) {
	if el.Namespace() != nsSASL {
		// RFC 6120 §6.4: nothing else may be sent during the exchange.
		return saslElement{}, stream.NotAuthorized.Err("in the middle of a login")
	}
	msg := saslElement{name: string(el.Local()), text: stanza.ElementText(el.Raw)}
	for a := range stanza.Attributes(el.Raw) {
		if len(a.Prefix) == 0 && string(a.Local) == "mechanism" {
			msg.mechanism = a.Text()
		}
	}
	return msg, nil
}

// decode takes the base64 off a message. Nothing at all in <auth/> is no initial
// response, "=" is an empty one (RFC 6120 §6.4.2).
func decode(text string, initial bool) ([]byte, error) {
	switch {
	case text == "" && initial:
		return nil, nil
	case text == "=":
		return []byte{}, nil
	}
	// The decoder would pass over line ends; RFC 6120 §6.5.5 would not.
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, &sasl.Failure{Condition: sasl.IncorrectEncoding}
	}
	return data, nil
}
