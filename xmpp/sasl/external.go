package sasl

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"
)

// external is the mechanism of RFC 4422 Appendix A: the proof is the certificate that TLS has already verified, the one
// message says at most for which of its addresses (XEP-0178 #c2s).
type external struct {
	certificate func(authzid string) (username string, ok bool)
	domain      string
}

func (e external) next(_ context.Context, message []byte) ([]byte, string, error) {
	if !utf8.Valid(message) || bytes.IndexByte(message, 0) >= 0 {
		return nil, "", malformed("invalid authorization identity")
	}
	authzid := string(message)
	username, ok := e.certificate(authzid)
	if !ok {
		// The certificate does not hold the address that was asked for, or holds several and none was asked for:
		// XEP-0178 #c2s wants invalid-authzid for both.
		return nil, "", wrongAuthzid()
	}
	if username == "" {
		return nil, "", errors.New("certificate gave an empty user name")
	}
	if err := checkAuthzid(authzid, username, e.domain); err != nil {
		return nil, "", err
	}
	return nil, username, nil
}
