package webim

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// What tokens are for.
const (
	forTicket = "webim ticket"
	forCookie = "webim cookie"
	forForm   = "webim csrf"
)

// A token says which account somebody is, since when, with something random in it. A
// ticket is one (of a tab), and so is the cookie of a browser.
type token struct {
	account jid.JID
	issued  time.Time
	id      string
}

// grant makes a token. That of a tab has in its id, behind a point, the id of the cookie of
// its browser, which has none.
func grant(s *bridge.Sealer, purpose string, account jid.JID, cookie string) (text string, k token) {
	k = token{account: account, issued: time.Now(), id: rand.Text()}
	if cookie != "" {
		k.id += "." + cookie
	}
	return s.Seal(purpose, k.id+" "+strconv.FormatInt(k.issued.UnixMilli(), 10)+" "+account.String()), k
}

// maxToken is longer than any token can be.
const maxToken = 4096

// open reads a token.
func openToken(s *bridge.Sealer, purpose, text string) (k token, ok bool) {
	if len(text) > maxToken {
		return k, false
	}
	plain, ok := s.Open(purpose, text)
	if !ok {
		return k, false
	}
	id, rest, _ := strings.Cut(plain, " ")
	stamp, address, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return k, false
	}
	account, err := jid.Parse(address)
	return token{account: account, issued: time.UnixMilli(ms), id: id}, err == nil
}

// read reads a ticket.
func (h *hall) read(ticket string) (token, bool) { return openToken(h.sealer, forTicket, ticket) }
