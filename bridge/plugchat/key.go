package plugchat

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// newID makes the id of a session: 128 random bits, which say nothing of its account (wire §6.4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// forPage is what keys are for.
const forPage = "plugchat page"

// maxKey is longer than any key can be.
const maxKey = 4096

// A pass is what the key of a page stands for.
type pass struct {
	id      string // of the session
	issued  time.Time
	account jid.JID
	app     string // publicKey of the site
}

func (k pass) seal(s *bridge.Sealer) string {
	return s.Seal(forPage, k.id+" "+strconv.FormatInt(k.issued.UnixMilli(), 10)+" "+k.account.String()+" "+k.app)
}

// openPass reads a key.
func openPass(s *bridge.Sealer, key string) (k pass, ok bool) {
	if len(key) > maxKey {
		return k, false
	}
	text, ok := s.Open(forPage, key)
	words := strings.SplitN(text, " ", 4)
	if !ok || len(words) != 4 {
		return k, false
	}
	ms, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return k, false
	}
	account, err := jid.Parse(words[2])
	return pass{id: words[0], issued: time.UnixMilli(ms), account: account, app: words[3]}, err == nil
}

// site finds the site whose apiKey a call shows.
func (h *Handler) site(ctx context.Context, p bridge.Params) (bridge.App, error) {
	if p["apiKey"] == "" {
		return bridge.App{}, errAPIKey
	}
	app, ok, err := h.cfg.Apps.AppOfSecret(ctx, bridge.Plugchat, p["apiKey"])
	if err == nil && !ok {
		err = errAPIKey
	}
	return app, err
}
