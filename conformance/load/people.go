package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// ReadAccounts reads accounts of a domain, a line JID TAB PASSWORD each.
func ReadAccounts(r io.Reader, domain string) ([]Account, error) {
	var all []Account
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		who, password, ok := strings.Cut(line, "\t")
		user, host, _ := strings.Cut(who, "@")
		if !ok || host != domain {
			return nil, fmt.Errorf("accounts: a line is JID@%s TAB PASSWORD", domain)
		}
		all = append(all, Account{User: user, Password: password})
	}
	return all, lines.Err()
}

// NewAccounts are n that are still to be made.
func NewAccounts(n int) []Account {
	all, name := make([]Account, n), unique()
	for i := range all {
		all[i] = Account{User: fmt.Sprintf("%s%06d", name, i), Password: unique()}
	}
	return all
}

// List makes a door know accounts.
func (d *Door) List(all []Account) {
	d.Account = func(i int) Account { return all[i%len(all)] }
}

// RegisterAll makes accounts 0 to n-1 in band.
func (d *Door) RegisterAll(ctx context.Context, n int) error {
	return Each(n, AtOnce, func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return d.Register(ctx, i)
	})
}

// RemoveAll has accounts 0 to n-1 remove themselves (XEP-0077 #usecases-cancel). One that
// is not there is no error.
func (d *Door) RemoveAll(ctx context.Context, n int) error {
	return Each(n, AtOnce, func(i int) error {
		c, err := d.Login(ctx, i)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return nil //nolint:nilerr // the registration of all may have ended before this one
		}
		defer func() { _ = c.Conn.Close() }()
		// A server may answer, or end the stream at once.
		_, _ = c.Ask("<iq type='set' id='remove'><query xmlns='jabber:iq:register'><remove/></query></iq>", "remove")
		return nil
	})
}
