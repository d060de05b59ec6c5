package sasl

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// plain is the mechanism of RFC 4616: one message with the password in it.
type plain struct {
	directory Directory
	tokens    Tokens // nil if there are none
	domain    string
}

func (p plain) next(ctx context.Context, message []byte) ([]byte, string, error) {
	// message = [authzid] UTF8NUL authcid UTF8NUL passwd, none of them with a NUL in it (RFC 4616 §2).
	if bytes.Count(message, []byte{0}) != 2 || !utf8.Valid(message) {
		return nil, "", malformed("expected three fields")
	}
	fields := bytes.Split(message, []byte{0})
	authzid, authcid, password := string(fields[0]), string(fields[1]), string(fields[2])
	if authcid == "" || password == "" {
		return nil, "", malformed("empty user name or password")
	}
	username, err := prepareUsername(authcid)
	if err != nil {
		return nil, "", err
	}
	if err := checkAuthzid(authzid, username, p.domain); err != nil {
		return nil, "", err
	}
	if token, is := strings.CutPrefix(password, passwordToken); is && p.tokens != nil {
		// A token in the place of a password, as clients of the REST API log in. What is no token may be a password.
		holder, why, err := p.tokens.Holder(ctx, plainName, username, token)
		if err != nil {
			return nil, "", fmt.Errorf("look up token: %w", err)
		}
		if why == "" && holder.Username == username {
			return nil, username, nil
		}
	}
	ok, err := p.directory.CheckPassword(ctx, username, password)
	if err != nil {
		return nil, "", fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return nil, "", wrongCredentials()
	}
	return nil, username, nil
}
