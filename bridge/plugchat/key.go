package plugchat

import (
	"crypto/rand"
	"encoding/hex"
	"hash/maphash"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
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
func (h *Handler) site(r *http.Request, p bridge.Params) (bridge.App, error) {
	key := p["apiKey"]
	if key == "" {
		return bridge.App{}, errAPIKey
	}
	from := bridge.Network(bridge.Address(r))
	if !h.keys.try(from, key) {
		return bridge.App{}, errOften
	}
	app, ok, err := h.cfg.Apps.AppOfSecret(r.Context(), bridge.Plugchat, key)
	if err != nil {
		return app, err
	}
	h.keys.note(from, key, ok)
	if !ok {
		return app, errAPIKey
	}
	return app, nil
}

// A keyring bounds how often apiKeys are tried: each that is not known costs as much as a
// log-in, and people may have chosen them. A back end, which calls at every page, whose key
// was right before has no bound, and nobody else can use up its tries.
type keyring struct {
	tries *bridge.Rates[netip.Prefix]
	seed  maphash.Seed

	mu    sync.Mutex
	right map[shown]bool
}

// shown is an apiKey that somebody has shown, as a hash that means nothing elsewhere.
type shown struct {
	from netip.Prefix
	key  uint64
}

// maxShownKeys is how many right keys are known at once.
const maxShownKeys = 10_000

func newKeyring() keyring {
	return keyring{
		tries: bridge.NewRates[netip.Prefix](20, 5*time.Second, 10_000),
		seed:  maphash.MakeSeed(), right: make(map[shown]bool),
	}
}

// try reports whether a key may be looked at.
func (k *keyring) try(from netip.Prefix, key string) bool {
	k.mu.Lock()
	known := k.right[shown{from, maphash.String(k.seed, key)}]
	k.mu.Unlock()
	return known || k.tries.Allow(from) == 0
}

// note takes down what came of it.
func (k *keyring) note(from netip.Prefix, key string, right bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := shown{from, maphash.String(k.seed, key)}
	if !right {
		delete(k.right, s)
		return
	}
	if len(k.right) >= maxShownKeys {
		clear(k.right)
	}
	k.right[s] = true
}
