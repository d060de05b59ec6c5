package upload

import (
	"strconv"
	"time"

	"causeway/xmpp/stanza"
)

// stampLayout is the DateTime profile of XEP-0082, in UTC.
const stampLayout = "2006-01-02T15:04:05Z"

// tooLarge tells the largest size that would do (XEP-0363 #errors).
func tooLarge(most int64) *stanza.Error {
	size := strconv.FormatInt(most, 10)
	e := stanza.NotAcceptable.Err("the file is too large; the largest may have " + size + " bytes")
	e.App = []byte("<file-too-large xmlns='" + NS + "'><max-file-size>" + size + "</max-file-size></file-too-large>")
	return e
}

// quotaReached tells when there will be room again, if that is known (XEP-0363 #errors).
func quotaReached(retry time.Time) *stanza.Error {
	e := stanza.ResourceConstraint.Err("with this file, your files would have more bytes together than they may")
	if !retry.IsZero() {
		e.App = []byte("<retry xmlns='" + NS + "' stamp='" + retry.UTC().Format(stampLayout) + "'/>")
	}
	return e
}

// noRoom is for a disk that is nearly full: no fault of who asks, and it may pass.
func noRoom() *stanza.Error {
	return stanza.ResourceConstraint.Err("the server cannot keep more files at the moment")
}
