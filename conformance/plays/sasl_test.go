package plays

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// shows has somebody who has opened a stream prove who he is: by a mechanism, and what that
// wants said (RFC 4616 §2, RFC 7628 §3.1). "$WORD" in it is what was seen.
func (x *performance) shows(p *player, words []string) error {
	if len(words) < 2 {
		return errors.New("a mechanism, and what is shown")
	}
	said := make([]string, len(words)-1)
	for i, w := range words[1:] {
		said[i] = x.known(x.out.Replace(w))
	}
	var message string
	switch {
	case words[0] == "PLAIN" && len(said) == 2:
		message = "\x00" + said[0] + "\x00" + said[1]
	case words[0] == "OAUTHBEARER" && len(said) == 1:
		message = "n,,\x01auth=Bearer " + said[0] + "\x01\x01"
	default:
		return fmt.Errorf("nobody knows how one shows %q", words)
	}
	return p.conn.Sendf("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>%s</auth>",
		words[0], base64.StdEncoding.EncodeToString([]byte(message)))
}

// known fills in what was seen.
func (x *performance) known(text string) string {
	for w, value := range x.seen {
		if strings.HasSuffix(text, w) {
			return strings.TrimSuffix(text, w) + value
		}
	}
	return text
}
