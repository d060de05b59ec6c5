package daemon

import (
	"context"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// strangers is the accounts for registration in band, where anybody may come.
type strangers struct{ *account.Service }

// Create implements register.Accounts.
func (s strangers) Create(ctx context.Context, bare jid.JID, password string) error {
	return s.CreateOwn(ctx, bare, password)
}
