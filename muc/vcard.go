package muc

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"

	"causeway/xmpp/stanza"
)

// card answers for the vCard of the room, which has its avatar (XEP-0486). Who knows the room
// may see it; owners set it (#owner-publish).
func (r *room) card(ctx context.Context, t *turn, iq *stanza.Stanza) error {
	if !iq.PayloadIs(nsVCard, "vCard") {
		return stanza.FeatureNotImplemented.Err("")
	}
	if iq.Type == stanza.Get {
		xml, err := r.vcard, error(nil)
		if !r.locked {
			xml, err = r.service.cfg.Store.VCard(ctx, r.jid)
		}
		switch {
		case err != nil:
			return fmt.Errorf("read vcard of %s: %w", r.jid, err)
		case len(xml) == 0:
			return stanza.ItemNotFound.Err("this room has no vcard")
		}
		t.answer(iq, xml)
		return nil
	}
	if r.affiliation(iq.From.Bare()) != Owner {
		return stanza.Forbidden.Err("only owners set this")
	}
	if err := r.writable(); err != nil {
		return err
	}
	c, _ := iq.Payload()
	card := bytes.Clone(iq.ChildBytes(c))
	if len(card) > r.service.cfg.Limits.VCardBytes {
		return stanza.NotAcceptable.Err("this vcard is too large")
	}
	_, inside, err := stanza.Split(card)
	if err != nil {
		return stanza.BadRequest.Err("")
	}
	if len(inside) == 0 {
		card = []byte{} // "Setting an empty vCard unpublishes the avatar"
	}
	if r.locked {
		r.vcard = card
	}
	r.Avatar = photoHashes(card)
	r.changed(t)
	t.change.VCard = card
	t.success(iq)
	r.notify(t, []int{statusConfigChanged}) // #owner-publish
	return nil
}

// photoHashes is what the pictures are known by, with spaces between them (XEP-0153
// #publish, XEP-0486 #multiple); "" if there are none.
func photoHashes(card []byte) string {
	var v struct {
		Data []string `xml:"PHOTO>BINVAL"`
	}
	if len(card) == 0 || xml.Unmarshal(card, &v) != nil {
		return ""
	}
	var hashes []string
	for _, data := range v.Data {
		image, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
		if err != nil || len(image) == 0 || len(hashes) == maxPhotos {
			continue
		}
		sum := sha1.Sum(image) // XEP-0153 wants it; it protects nothing
		hashes = append(hashes, hex.EncodeToString(sum[:]))
	}
	return strings.Join(hashes, " ")
}

// maxPhotos bounds how many pictures one vCard has, all of the same thing.
const maxPhotos = 10
