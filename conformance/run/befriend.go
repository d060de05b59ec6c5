package run

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Befriend has two people see each other's presence, over XMPP (RFC 6121 §3.1).
func (t *Target) Befriend(ctx context.Context, a, b Account) error {
	look := Check{ID: "6121/3.1/befriend", Run: func(t *T) {
		t.Introduce("romeo", a.User, a.Password)
		t.Introduce("juliet", b.User, b.Password)
		t.Friends(t.Online("romeo"), t.Online("juliet"))
	}}
	res := Run(ctx, Config{Target: t, Offers: Offering(), Parallel: 1, Limit: time.Minute}, []Check{look})[0]
	if res.Outcome != Passed {
		return errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
	}
	return nil
}
