package c2s

import (
	"context"
	"encoding/xml"
	"errors"
	"log/slog"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsRegister is the namespace of requests to register (XEP-0077 #registrar-ns),
// nsRegisterFeature that of the feature (XEP-0077 #registrar-stream).
const (
	nsRegister        = "jabber:iq:register"
	nsRegisterFeature = "http://jabber.org/features/iq-register"
)

// registerFeature tells strangers that they can make an account. It is no step
// of the login: whoever has made one logs in with it.
func (l *login) registerFeature() xmpp.StreamFeature {
	necessary := xmpp.Secure
	if l.plain() {
		necessary = 0
	}
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsRegisterFeature, Local: "register"},
		Necessary:  necessary,
		Prohibited: xmpp.Authn,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return false, writeList(w, start, "", nil)
		},
	}
}

// register answers a request to make an account, of somebody who has not logged
// in. It is false if el is none, or if that is not offered on this stream: a
// password has no business on one that is not encrypted (XEP-0077 #security).
func (l *login) register(ctx context.Context, el stream.Element) bool {
	r := l.srv.cfg.Registrar
	if r == nil || !r.Open() || !l.bare.IsZero() || !l.secured() && !l.plain() {
		return false
	}
	var iq stanza.Stanza
	if iq.Reset(el.Raw, el.Index, nil) != nil || !iq.PayloadIs(nsRegister, "query") ||
		iq.Type != stanza.Get && iq.Type != stanza.Set {
		return false
	}
	payload, err := r.HandleStream(ctx, l.wire.addr, l.host, &iq)
	if err == nil {
		l.conn.say(iq.Result(payload).AppendTo(nil))
		return true
	}
	var told *stanza.Error
	if !errors.As(err, &told) {
		l.srv.log.Error("an account could not be made", slog.String("host", l.host), slog.Any("err", err))
		told = stanza.InternalServerError.Err("")
	}
	l.conn.say(iq.ErrorReply(told).AppendTo(nil))
	return true
}
