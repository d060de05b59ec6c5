package avatar

import (
	"context"
	"log/slog"
	"strings"

	"causeway/xmpp/stanza"
)

// nsUpdate is the namespace of the element that holds the hash (XEP-0153 #registrar-ns).
const nsUpdate = "vcard-temp:x:update"

// stamp gives st with the hash of its sender's photo (XEP-0398 #presence), and whether
// it holds an empty photo that the client did not write. Again says that st has been
// stamped before, and the photo has changed since.
func (s *Service) stamp(ctx context.Context, st *stanza.Stanza, again bool) (stamped *stanza.Stanza, emptied bool) {
	said := readUpdate(st)
	ours := again && s.isEmptied(st.From)
	if said.photo && said.hash == "" && !ours {
		// XEP-0398 #presence: the hash goes into "every available presence that does
		// not contain an empty photo element".
		return st, false
	}
	hash, err := s.cards.PhotoHash(ctx, st.From.Bare())
	switch {
	case err != nil:
		s.log.Error("photo of a vcard could not be looked up", slog.String("jid", st.From.String()), slog.Any("err", err))
		return st, false
	case hash == "" && !said.there:
		return st, false // what most people send
	case hash == "" && said.hash != "" && !again:
		// The client shows a picture that the server does not know. XEP-0398 #presence:
		// it "MAY be overwritten".
		return st, false
	case said.photo && said.hash == hash:
		return st, false // as it should be
	}
	// XEP-0398 #presence: an x element without a photo "MUST be overwritten"; XEP-0153
	// #bizrules-presence: without an image "the photo element MUST be empty".
	return withUpdate(st, hash), hash == ""
}

// An update is what a presence says of the photo.
type update struct {
	there bool   // it has the element
	photo bool   // with a photo inside
	hash  string // lower case; XEP-0153 #publish: both are to be understood
}

func readUpdate(st *stanza.Stanza) update {
	c, ok := st.Child(nsUpdate, "x")
	if !ok {
		return update{}
	}
	u := update{there: true}
	_, inside, err := stanza.Split(st.ChildBytes(c))
	if err != nil {
		return u
	}
	for i := range inside {
		if inside[i].Is(nsUpdate, "photo") {
			u.photo = true
			u.hash = strings.ToLower(strings.TrimSpace(inside[i].Text()))
			break
		}
	}
	return u
}

// withUpdate gives st with this hash in place of all that it says of the photo.
func withUpdate(st *stanza.Stanza, hash string) *stanza.Stanza {
	x := append([]byte("<x xmlns='"+nsUpdate+"'><photo>"), hash...)
	x = append(x, "</photo></x>"...)
	plain, err := stanza.Parse(st.AppendTo(nil))
	if err != nil {
		return st // a fault of ours; the client's own words are better than none
	}
	raw, at := plain.Bytes(stanza.Span{End: uint32(plain.Size())}), uint32(0)
	var rest []byte
	for _, c := range plain.Children() {
		if plain.ChildIs(c, nsUpdate, "x") {
			rest = append(rest, raw[at:c.All.Start]...)
			at = c.All.End
		}
	}
	if at > 0 {
		if plain, err = stanza.Parse(append(rest, raw[at:]...)); err != nil {
			return st
		}
	}
	stamped, err := stanza.Parse(plain.AppendTo(nil, x))
	if err != nil {
		return st
	}
	stamped.Told = st.Told
	return stamped
}
