package archive

import (
	"bytes"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// unforge takes out the ids that a message claims to have from the archives of
// sender or recipient, which have not given it one yet: an entity "MUST delete that
// element even if they are not adding their own" (XEP-0359 #rules). All else stays as
// it is, ids of rooms and of other servers too.
func (s *Service) unforge(st *stanza.Stanza, from, to jid.JID) error {
	if !claimed(st, from, to) {
		return nil
	}
	// The bytes as they leave, which stand alone; and where the claims are in them.
	raw := st.AppendTo(nil)
	whole, err := stanza.Parse(raw)
	if err != nil {
		return fmt.Errorf("read a message again: %w", err) // cannot be: it was checked
	}
	out := slices.Clone(raw)
	for _, c := range slices.Backward(whole.Children()) {
		if isClaim(whole, c, from) || isClaim(whole, c, to) {
			out = slices.Delete(out, int(c.All.Start), int(c.All.End))
		}
	}
	clean, err := stanza.Parse(out)
	if err != nil {
		return fmt.Errorf("read a message without forged ids: %w", err)
	}
	clean.Extra, clean.Kept, clean.Told = st.Extra, st.Kept, st.Told
	*st = *clean
	return nil
}

// claimed reports whether a message claims to have an id from the archive of either.
func claimed(st *stanza.Stanza, from, to jid.JID) bool {
	for _, c := range st.Children() {
		if isClaim(st, c, from) || isClaim(st, c, to) {
			return true
		}
	}
	return false
}

// isClaim reports whether the child c is an id by owner, which may be the zero JID
// and is then by nobody.
func isClaim(st *stanza.Stanza, c stanza.Child, owner jid.JID) bool {
	if owner.IsZero() || !st.ChildIs(c, nsIDs, "stanza-id") {
		return false
	}
	for a := range stanza.Attributes(st.Bytes(c.All)) {
		if len(a.Prefix) == 0 && string(a.Local) == "by" {
			return isAddress(a, owner)
		}
	}
	return false
}

// isAddress compares an attribute with an address: "XMPP addresses are normalized"
// (XEP-0359 #rules). Most are already, and then it does not allocate.
func isAddress(a stanza.Attribute, j jid.JID) bool {
	if string(a.Value) == j.String() {
		return true
	}
	if isPrepared(a.Value) {
		return false
	}
	other, err := jid.Parse(a.Text())
	return err == nil && other == j
}

// isPrepared reports whether an address is certainly what it looks like: lower case,
// digits and signs that stand for themselves, without the encoded labels and the last
// dot that a domain may have (RFC 7622 §3.2).
func isPrepared(address []byte) bool {
	for _, c := range address {
		if c >= 0x80 || c >= 'A' && c <= 'Z' || c <= ' ' || c == '&' {
			return false
		}
	}
	return !bytes.HasSuffix(address, []byte(".")) && !bytes.Contains(address, []byte("xn--"))
}

// idBy gives the ID that a message of ours bears from the archive of owner.
func idBy(st *stanza.Stanza, owner jid.JID) (ID, bool) {
	for _, c := range st.Children() {
		if !isClaim(st, c, owner) {
			continue
		}
		for a := range stanza.Attributes(st.Bytes(c.All)) {
			if len(a.Prefix) == 0 && string(a.Local) == "id" {
				return parseID(a.Text())
			}
		}
	}
	return 0, false
}
