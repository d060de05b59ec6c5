package external

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what TURN servers verify; an HMAC does not lean on collisions
	"encoding/base64"
	"strconv"
	"time"

	"causeway/xmpp/jid"
)

// A credential is what a client shows to a TURN server.
type credential struct {
	username, password string
	until              time.Time
}

// newCredential makes one as the "REST API for access to TURN services" has it, to
// which XEP-0215 #credentials points: the name is the end, in seconds since 1970, a
// colon and who it is for; the password is the HMAC-SHA-1 of the name.
func newCredential(secret string, who jid.JID, until time.Time) credential {
	name := strconv.FormatInt(until.Unix(), 10) + ":" + who.String()
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write([]byte(name)) // a hash takes everything
	return credential{name, base64.StdEncoding.EncodeToString(mac.Sum(nil)), until}
}
