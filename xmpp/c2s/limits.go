package c2s

import (
	"context"
	"encoding/xml"
	"strconv"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"
)

// nsLimits is the namespace in which a stream says its limits (XEP-0478).
const nsLimits = "urn:xmpp:stream-limits:0"

// limitsFeature says what the client may send before it is authenticated, and
// (with the bit Authn) from then on: limits may "change whenever new stream
// features are announced" (XEP-0478 #rules).
func (l *login) limitsFeature(when xmpp.SessionState) xmpp.StreamFeature {
	limits := l.srv.cfg.Limits
	bytes, idle := limits.LoginBytes, limits.Login
	prohibited := xmpp.Authn
	if when != 0 {
		bytes, idle, prohibited = limits.StanzaBytes, limits.Idle, 0
	}
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsLimits, Local: "limits"},
		Necessary:  when,
		Prohibited: prohibited,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			if err := w.EncodeToken(start); err != nil {
				return false, err
			}
			if err := writeNumber(w, "max-bytes", bytes); err != nil {
				return false, err
			}
			if err := writeNumber(w, "idle-seconds", int(idle/time.Second)); err != nil {
				return false, err
			}
			return false, w.EncodeToken(start.End())
		},
	}
}

func writeNumber(w xmlstream.TokenWriter, name string, n int) error {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	for _, tok := range []xml.Token{start, xml.CharData(strconv.Itoa(n)), start.End()} {
		if err := w.EncodeToken(tok); err != nil {
			return err
		}
	}
	return nil
}
