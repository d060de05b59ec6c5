package rest

import (
	"context"
	"errors"

	"causeway/xmpp/stanza"
)

// deactivate is POST /users/{user}/deactivate (wire §1.2, row 22). What is sent to the user
// meanwhile waits (XEP-0133 #disable-user).
func (c *call) deactivate(ctx context.Context) (any, error) {
	missing := errManagement(c.app.UUID)
	u, err := c.find(ctx, c.vars["user"], missing)
	if err != nil {
		return nil, err
	}
	if err := c.onAccount(ctx, "disable-user", u, missing); err != nil {
		return nil, err
	}
	if err := c.revoke(ctx, u.JID); err != nil {
		return nil, err
	}
	u.Active = false
	return c.bare("Deactivate user", member{"entities", []object{u.entity()}}), nil
}

// activate is POST /users/{user}/activate (wire §1.2, row 23).
func (c *call) activate(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	if err := c.onAccount(ctx, "reenable-user", u, errMissing()); err != nil {
		return nil, err
	}
	return c.bare("activate user"), nil
}

// onAccount runs a command about one account.
func (c *call) onAccount(ctx context.Context, name string, u *user, missing *problem) error {
	err := c.command(ctx, name, field("accountjids", u.JID.String()))
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.ItemNotFound {
		return missing // since it was found it was removed
	}
	return err
}

// disconnect is GET /users/{user}/disconnect (wire §1.2, row 24): true also of somebody who
// is not there.
func (c *call) disconnect(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	if err := c.endSessions(ctx, u); err != nil {
		return nil, err
	}
	return c.told(object{{"result", true}}, 0), nil
}
