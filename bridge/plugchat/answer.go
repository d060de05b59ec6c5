package plugchat

import (
	"errors"
	"log/slog"
	"net/http"

	"causeway/bridge"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An answer is what every call is answered (plugchat #1.2), with the status 200 of HTTP
// whatever the code: clients that read it by file_get_contents see no other (wire §0).
type answer struct {
	Code int    `json:"code"`
	Txt  string `json:"txt"`
	Data any    `json:"data"`
}

// The codes. Those of the document are done, badKey, malformed and missing; its list ends
// in "…", and the rest is ours (wire §6.2).
const (
	done      = 200
	badKey    = 300
	malformed = 301
	missing   = 400
	invalid   = 401
	refused   = 403 // the room, or the person, does not take it
	often     = 429
	broken    = 500
	full      = 503 // no more guests, or none at present
)

// A fault is an answer that is an error.
type fault struct {
	code int
	txt  string
}

func (f *fault) Error() string { return f.txt }

var (
	errMalformed = &fault{malformed, "Malformed request"}
	errAPIKey    = &fault{badKey, "Invalid apiKey"}
	errPublicKey = &fault{badKey, "Invalid publicKey"}
	errOften     = &fault{often, "Too many requests"}
	errFull      = &fault{full, "Too many guests"}
	errSilent    = &fault{broken, "The room does not answer"}
)

func errMissing(name string) error { return &fault{missing, "Missing parameter: " + name} }
func errInvalid(name string) error { return &fault{invalid, "Invalid parameter: " + name} }

// answerOf is where errors of calls die.
func (h *Handler) answerOf(call string, data any, err error) answer {
	if err == nil {
		return answer{done, "OK", data}
	}
	var (
		known *fault
		told  *stanza.Error
		end   *stream.Error
	)
	switch {
	case errors.As(err, &known):
		return answer{known.code, known.txt, nil}
	case errors.As(err, &end) && end.Condition == stream.SystemShutdown:
		return answer{full, "The host is stopped", nil}
	case errors.As(err, &told):
		return answer{refused, "Refused: " + told.Error(), nil}
	}
	h.log.Error("a plugchat call failed", slog.String("endpoint", call), slog.Any("err", err))
	return answer{broken, "Internal error", nil}
}

// maxCallback is the longest name of a callback (wire §6.3).
const maxCallback = 64

// callbackOf gives the name of the function that a page wants called, "" if it wants plain
// JSON (plugchat #1.3).
func callbackOf(r *http.Request) (string, error) {
	name, err := bridge.Callback(r)
	if err != nil || len(name) > maxCallback {
		return "", errMalformed
	}
	for i := range len(name) {
		// What follows a point begins a name.
		if name[i] == '.' && (i+1 == len(name) || name[i+1] == '.' || '0' <= name[i+1] && name[i+1] <= '9') {
			return "", errMalformed
		}
	}
	return name, nil
}
