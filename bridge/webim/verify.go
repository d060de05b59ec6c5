package webim

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"

	"causeway/xmpp/jid"
)

// An account may have, besides its password, a question that has to be answered at the
// log-in of a page (webim #online, "question" and "answer"). It is an element of private
// storage, which a client or the back end of the site has put there:
//
//	<verification xmlns='urn:causeway:webim' question='…' salt='…' iterations='…'>HASH</verification>
//
// HASH is base64 of PBKDF2-HMAC-SHA-256 of the answer, in lower case and without white
// space around it; the salt is base64.

// maxIterations bounds what a log-in may cost.
const maxIterations = 100_000

// verify reports whether the answer is right, or none is needed.
func (h *Handler) verify(ctx context.Context, account jid.JID, question, answer string) (bool, error) {
	text, e, err := h.readPrivate(ctx, account, "verification")
	if err != nil {
		return false, err
	}
	if text == "" && e.Attr("question") == "" && e.Attr("salt") == "" && e.Attr("iterations") == "" {
		return true, nil // it is not there
	}
	salt, err1 := base64.StdEncoding.DecodeString(e.Attr("salt"))
	hash, err2 := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	n, err3 := strconv.Atoi(e.Attr("iterations"))
	if err1 != nil || err2 != nil || err3 != nil || n < 1 || n > maxIterations || len(hash) != sha256.Size {
		return false, nil // what cannot be read opens nothing
	}
	given, err := pbkdf2.Key(sha256.New, strings.ToLower(strings.TrimSpace(answer)), salt, n, sha256.Size)
	if err != nil {
		return false, nil
	}
	right := subtle.ConstantTimeCompare(given, hash) == 1
	return right && question == e.Attr("question"), nil
}
