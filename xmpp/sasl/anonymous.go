package sasl

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"
)

// anonymous is the mechanism of RFC 4505: anybody gets a temporary user.
type anonymous struct {
	user func() (username string, err error)
}

func (a anonymous) next(_ context.Context, message []byte) ([]byte, string, error) {
	// The message is trace information. We "MUST NOT use it for any purpose other than tracing" (XEP-0175
	// #recommendations) and do not trace.
	if !utf8.Valid(message) {
		return nil, "", malformed("invalid trace information")
	}
	username, err := a.user()
	if err != nil {
		return nil, "", fmt.Errorf("make anonymous user: %w", err)
	}
	if username == "" {
		return nil, "", errors.New("make anonymous user: empty user name")
	}
	return nil, username, nil
}
