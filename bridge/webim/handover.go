package webim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// A site whose back end has logged somebody in hands them over to us: it puts a token into
// the page, which the page passes to webim/online as the parameter handover. The token is
//
//	base64url(JSON) "." base64url(HMAC-SHA-256(secret, base64url(JSON)))
//
// without padding, where the secret is one that the configuration has for the host and
// JSON is an object with
//
//	domain  the host
//	uid     the id of the person there; its account is made when it comes first
//	exp     until when the token is good, Unix seconds, at most five minutes ahead
//	iat     when it was made
//	nonce   something random, 16 to 64 characters, that no other token has
//	nick, pic_url, url   what is shown of the person; may be missing
//
// It is good once.
type handover struct {
	Domain string `json:"domain"`
	UID    string `json:"uid"`
	Exp    int64  `json:"exp"`
	IAT    int64  `json:"iat"`
	Nonce  string `json:"nonce"`
	Nick   string `json:"nick"`
	PicURL string `json:"pic_url"`
	URL    string `json:"url"`
}

// Limits of a hand-over.
const (
	maxHandover  = 4 << 10
	handoverLife = 5 * time.Minute
	skew         = 30 * time.Second // of the clocks of two machines
)

// vouched is whom a back end has vouched for.
type vouched struct {
	account jid.JID
	who     profile
}

var errHandover = errors.New("the hand-over is no good")

// handedOver checks a hand-over and spends it. If only its time is over, or it was spent
// before, the account is given with the error.
func (h *Handler) handedOver(text string, now time.Time) (vouched, error) {
	v, o, err := h.readHandover(text)
	if err != nil {
		return vouched{}, err
	}
	exp, iat := time.Unix(o.Exp, 0), time.Unix(o.IAT, 0)
	switch {
	case exp.Before(now), exp.Sub(now) > handoverLife+skew, iat.After(now.Add(skew)):
		return v, errHandover
	case iat.Before(h.hall.started.Truncate(time.Second)):
		// Whether it was spent before the server started nobody knows any more.
		return v, errHandover
	case !h.spent.add(o.Domain+" "+o.Nonce, exp, now):
		return v, errHandover
	}
	return v, nil
}

func (h *Handler) readHandover(text string) (v vouched, o handover, err error) {
	body, mac, _ := strings.Cut(text, ".")
	given, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil || len(text) > maxHandover {
		return v, o, errHandover
	}
	plain, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(plain, &o) != nil {
		return v, o, errHandover
	}
	if !signed(h.cfg.Secrets[o.Domain], body, given) {
		return v, o, errHandover
	}
	if len(o.Nonce) < 16 || len(o.Nonce) > 64 || o.UID == "" {
		return v, o, errHandover
	}
	v.account, err = h.hall.site(o.Domain).person(o.UID)
	if err != nil || v.account.IsFull() || v.account.Domain() != o.Domain || v.account.Local() == "" || IsVisitor(v.account) {
		return vouched{}, o, errHandover
	}
	v.who = profile{nick: cut(o.Nick, maxNick), picture: o.PicURL, url: o.URL}
	return v, o, nil
}

// signed reports whether one of the secrets has made the signature.
func signed(secrets []string, body string, given []byte) bool {
	good := false
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		good = hmac.Equal(given, mac.Sum(nil)) || good
	}
	return good
}

// nonces remember what was used, until its time is over.
type nonces struct {
	mu   sync.Mutex
	used map[string]time.Time
}

// maxNonces is how many are remembered; then add lets nothing new in until some are over.
const maxNonces = 100_000

func newNonces() *nonces { return &nonces{used: make(map[string]time.Time)} }

// add is false if the nonce was there already, or there is no room.
func (n *nonces) add(nonce string, until, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, used := n.used[nonce]; used {
		return false
	}
	if n.sweep(now); len(n.used) >= maxNonces {
		return false
	}
	n.used[nonce] = until
	return true
}

// revoke is add for what must be remembered: if there is no room, what would be over
// first is forgotten.
func (n *nonces) revoke(nonce string, until, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sweep(now); len(n.used) >= maxNonces {
		first, end := "", time.Time{}
		for k, t := range n.used {
			if first == "" || t.Before(end) {
				first, end = k, t
			}
		}
		delete(n.used, first)
	}
	n.used[nonce] = until
}

// sweep makes room, if there is none, by what is over. The lock is held.
func (n *nonces) sweep(now time.Time) {
	if len(n.used) < maxNonces {
		return
	}
	for k, end := range n.used {
		if end.Before(now) {
			delete(n.used, k)
		}
	}
}

func (n *nonces) has(nonce string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, used := n.used[nonce]
	return used
}
