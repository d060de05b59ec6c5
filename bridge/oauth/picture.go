package oauth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// A hider makes of a text one that nobody else can read or make, always the same of the
// same text: its nonce is a MAC of the text, as in RFC 5297 §1.
type hider struct {
	aead cipher.AEAD
	mac  []byte
}

func newHider(key []byte) (hider, error) {
	keys, err := hkdf.Key(sha256.New, key, nil, "causeway oauth pictures", 64)
	if err != nil {
		return hider{}, fmt.Errorf("key of pictures: %w", err)
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		return hider{}, fmt.Errorf("key of pictures: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	return hider{aead, keys[32:]}, err
}

// hide gives characters that need no escaping in a URL.
func (h hider) hide(text string) string {
	mac := hmac.New(sha256.New, h.mac)
	mac.Write([]byte(text))
	nonce := mac.Sum(nil)[:h.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(h.aead.Seal(nonce, nonce, []byte(text), nil))
}

func (h hider) find(hidden string) (text string, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(hidden)
	if err != nil || len(raw) < h.aead.NonceSize() {
		return "", false
	}
	plain, err := h.aead.Open(nil, raw[:h.aead.NonceSize()], raw[h.aead.NonceSize():], nil)
	return string(plain), err == nil
}

// pictureTypes are the sorts of images that are served, with how their names end. An image
// that can hold a script is none of them.
var pictureTypes = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}

// pictureOf gives the address of somebody's picture for a site: below what sites put before
// it, and whole. Nobody can guess it, or read in it whose it is, and it is good until the
// picture changes or the site may know the person no more. A picture that is elsewhere
// already has the address that it has there.
func (h *Handler) pictureOf(r *http.Request, p *person, app string) (below, whole string) {
	ending, ok := pictureTypes[http.DetectContentType(p.card.photo)]
	if p.card.photo == nil || !ok {
		return p.card.photoURL, p.card.photoURL
	}
	below = "photos/" + h.hide.hide(app+" "+pictureHash(p.card.photo)+" "+p.account.String()) + ending
	return below, h.base(r, p.account.Domain()) + PicturePath + below
}

func pictureHash(photo []byte) string {
	sum := sha256.Sum256(photo)
	return hex.EncodeToString(sum[:8])
}

// maxPictureName is longer than any name of a picture.
const maxPictureName = 6000

// picture serves a picture, looked up in the vCard anew.
func (h *Handler) picture(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		bridge.Refuse(w, http.StatusMethodNotAllowed, "")
		return
	}
	if wait := h.often(r); wait > 0 {
		bridge.RetryAfter(w, wait)
		bridge.Refuse(w, http.StatusTooManyRequests, "")
		return
	}
	photo, err := h.findPicture(r)
	typ := http.DetectContentType(photo)
	switch _, known := pictureTypes[typ]; {
	case err != nil && !isDead(err):
		h.fault("picture", err)
		bridge.Refuse(w, http.StatusInternalServerError, "")
		return
	case err != nil || photo == nil || !known:
		bridge.Refuse(w, http.StatusNotFound, "there is nothing here")
		return
	}
	head := w.Header()
	head.Set("Content-Type", typ)
	head.Set("Cache-Control", "private, max-age=3600")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin") // sites show it on their pages
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(photo))
}

// findPicture gives the picture that an address names, nil if there is none.
func (h *Handler) findPicture(r *http.Request) ([]byte, error) {
	name, ok := strings.CutPrefix(r.URL.Path, PicturePath+"photos/")
	if !ok || len(name) > maxPictureName {
		return nil, nil
	}
	text, ok := h.hide.find(strings.TrimSuffix(name, path.Ext(name)))
	parts := strings.SplitN(text, " ", 3)
	if !ok || len(parts) != 3 {
		return nil, nil
	}
	account, err := jid.Parse(parts[2])
	if err != nil {
		return nil, nil
	}
	app, found, err := h.cfg.Apps.App(r.Context(), bridge.Site, parts[0])
	if err != nil || !found || app.Disabled {
		return nil, err
	}
	scope, err := h.allowed(r.Context(), account, app.ID)
	if err != nil || scope == "" || !covers(scope, scopeProfile) {
		return nil, err
	}
	who, err := h.person(r.Context(), account)
	if err != nil || pictureHash(who.card.photo) != parts[1] {
		return nil, err
	}
	return who.card.photo, nil
}
