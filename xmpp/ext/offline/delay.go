package offline

import (
	"bytes"
	"slices"
	"time"

	"causeway/xmpp/stanza"
)

// NSDelay is the namespace of delay stamps (XEP-0203 #protocol).
const NSDelay = "urn:xmpp:delay"

// stampRoom is room for the stamp and the addresses on top of the stanza as it came.
const stampRoom = 256

// stamped gives st as bytes that stand alone, with a stamp that the host of its
// recipient stored it at now: "it is RECOMMENDED for the server to add a … Delayed
// Delivery extension" (XEP-0160 #flow).
func stamped(st *stanza.Stanza, now time.Time) []byte {
	var room [160]byte
	stamp := append(room[:0], "<delay xmlns='"+NSDelay+"'"...)
	stamp = stanza.AppendAttr(stamp, "from", st.To.Domain())
	stamp = append(stamp, " stamp='"...)
	stamp = now.UTC().AppendFormat(stamp, "2006-01-02T15:04:05.000Z")
	stamp = append(stamp, "'>Offline Storage</delay>"...)
	xml := st.AppendTo(make([]byte, 0, st.Size()+stampRoom), stamp)
	if st.Has(NSDelay, "delay") {
		return unstamped(xml, stamp)
	}
	return xml
}

// unstamped takes out the stamps that bear our host's name but are not ours, the
// last one: "the recipient's server SHOULD discard a delayed delivery notation
// whose 'from' attribute matches the server's JabberID" (XEP-0203 #security).
func unstamped(xml, ours []byte) []byte {
	st, err := stanza.Parse(xml)
	if err != nil {
		return xml // cannot be: we wrote it
	}
	host := st.To.Domain()
	out := slices.Clone(xml)
	for _, c := range slices.Backward(st.Children()) {
		if !bytes.Equal(st.ChildNS(c), []byte(NSDelay)) || bytes.Equal(st.Bytes(c.All), ours) {
			continue
		}
		var delay struct {
			From string `xml:"from,attr"`
		}
		if st.DecodeChild(c, &delay) == nil && delay.From == host {
			out = slices.Delete(out, int(c.All.Start), int(c.All.End))
		}
	}
	return out
}
