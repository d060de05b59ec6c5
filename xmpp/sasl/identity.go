package sasl

import (
	"strings"

	"golang.org/x/text/secure/precis"
)

// prepareUsername brings a user name to the form in which the directory is asked for it. A name that cannot be prepared
// cannot be the name of an account, so refusing it tells nobody which accounts there are.
func prepareUsername(name string) (string, error) {
	// RFC 5802 §5.1: if the preparation "fails or results in an empty string", the exchange fails. RFC 7622 §3.3
	// names UsernameCaseMapped in place of the SASLprep of the older document.
	prepared, err := precis.UsernameCaseMapped.String(name)
	if err != nil || prepared == "" {
		return "", malformed("invalid user name")
	}
	return prepared, nil
}

// checkAuthzid refuses to let a user act for another. Empty means the user itself (RFC 6120 §6.3.8); otherwise it must
// be the user's own bare address, since whoever authenticates is the one who is let in.
func checkAuthzid(authzid, username, domain string) error {
	if authzid == "" {
		return nil
	}
	local, host, _ := strings.Cut(authzid, "@")
	prepared, err := precis.UsernameCaseMapped.String(local)
	if err != nil || prepared != username || host == "" || !strings.EqualFold(host, domain) {
		return wrongAuthzid()
	}
	return nil
}
