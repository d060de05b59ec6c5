package vcard

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// OnPhoto lets f know when an owner has set a card with another photo than before,
// or with none any more; before is the hash of that one, "" if there was none. It must
// be called before the first request. SetPhoto tells nobody.
func (s *Service) OnPhoto(f func(ctx context.Context, owner jid.JID, before string)) {
	s.changed = append(s.changed, f)
}

// Photo gives the photo of a card: the media type as the card tells it, which may be
// empty, and the image, nil if there is none.
func (s *Service) Photo(ctx context.Context, owner jid.JID) (mediaType string, image []byte, err error) {
	card, err := s.store.Card(ctx, owner)
	if err != nil {
		return "", nil, fmt.Errorf("read vcard of %s: %w", owner, err)
	}
	mediaType, image = readPhoto(card)
	return mediaType, image, nil
}

// PhotoHash gives the hash of the image that Photo gives, in lower case; "" if there
// is none. It is much cheaper.
func (s *Service) PhotoHash(ctx context.Context, owner jid.JID) (string, error) {
	hash, known, err := s.store.Photo(ctx, owner)
	if err != nil || known {
		return hash, err
	}
	card, err := s.store.Card(ctx, owner)
	if err != nil || card == nil {
		return "", err
	}
	// A card that was stored before hashes were. It is looked into once.
	err = s.store.Change(ctx, owner, func(old []byte) (Card, error) {
		_, image := readPhoto(old)
		hash = hashOf(image)
		return Card{old, hash}, nil
	})
	return hash, err
}

// SetPhoto puts a photo into the card of owner in place of what it has, and makes the
// card if there is none. A nil image takes the photo out. The error is a
// *stanza.Error if the card would be too large.
func (s *Service) SetPhoto(ctx context.Context, owner jid.JID, mediaType string, image []byte) error {
	hash := hashOf(image)
	return s.store.Change(ctx, owner, func(old []byte) (Card, error) {
		if old == nil && image == nil {
			return Card{}, nil
		}
		xml, err := withPhoto(old, mediaType, image)
		if err != nil {
			return Card{}, err
		}
		if len(xml) > s.size && image != nil {
			return Card{}, s.tooLarge()
		}
		return Card{xml, hash}, nil
	})
}

// hashOf gives the hash of an image (XEP-0153 #publish: of "the image data itself",
// in hexadecimal digits, lower case being what everybody uses).
func hashOf(image []byte) string {
	if image == nil {
		return ""
	}
	sum := sha1.Sum(image)
	return hex.EncodeToString(sum[:])
}

// readPhoto gives the first photo of a card whose image is in the card itself
// (XEP-0153 #bizrules-xml); the image is nil if there is none that can be read.
func readPhoto(card []byte) (mediaType string, image []byte) {
	_, children, err := stanza.Split(card)
	if err != nil {
		return "", nil
	}
	for i := range children {
		if !children[i].Is(NS, "PHOTO") {
			continue
		}
		parts, err := children[i].Inside()
		if err != nil {
			return "", nil
		}
		for j := range parts {
			switch {
			case parts[j].Is(NS, "TYPE"):
				mediaType = strings.TrimSpace(parts[j].Text())
			case parts[j].Is(NS, "BINVAL"):
				image = decode(parts[j].Text())
			}
		}
		if image != nil {
			return mediaType, image
		}
		mediaType = ""
	}
	return "", nil
}

// decode reads base64 that may have white space in it (XEP-0153 #bizrules-image); nil
// if it is none, or empty.
func decode(text string) []byte {
	image, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(image) == 0 {
		return nil
	}
	return image
}

// withPhoto gives the card with this photo and no other; all else stays byte for byte.
func withPhoto(card []byte, mediaType string, image []byte) ([]byte, error) {
	if card == nil {
		card = []byte("<vCard xmlns='" + NS + "'/>")
	}
	outer, children, err := stanza.Split(card)
	if err != nil {
		return nil, fmt.Errorf("read vcard: %w", err)
	}
	var out []byte
	at := uint32(0)
	for i := range children {
		if children[i].Is(NS, "PHOTO") {
			out = append(out, card[at:children[i].At.Start]...)
			at = children[i].At.End
		}
	}
	rest := card[at:]
	if image == nil {
		return append(out, rest...), nil
	}
	end := bytes.LastIndex(rest, []byte("</"))
	closing := string(rest[max(end, 0):])
	if bytes.HasSuffix(rest, []byte("/>")) { // nothing was inside
		end = len(rest) - len("/>")
		name := string(card[1 : 1+bytes.IndexAny(card[1:], " \t\r\n/>")])
		closing = "</" + name + ">"
		out = append(append(out, rest[:end]...), '>')
	} else {
		out = append(out, rest[:end]...)
	}
	return append(appendPhoto(out, outer.Space, mediaType, image), closing...), nil
}

// appendPhoto writes the element; its namespace is declared, since that of the card
// may have a prefix.
func appendPhoto(dst []byte, ns, mediaType string, image []byte) []byte {
	dst = append(dst, "<PHOTO"...)
	dst = stanza.AppendAttr(dst, "xmlns", ns)
	dst = append(dst, "><TYPE>"...)
	dst = stanza.AppendText(dst, mediaType)
	dst = append(dst, "</TYPE><BINVAL>"...)
	dst = base64.StdEncoding.AppendEncode(dst, image)
	return append(dst, "</BINVAL></PHOTO>"...)
}
