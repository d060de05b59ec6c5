package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const nsBlocking = "urn:xmpp:blocking" // XEP-0191

// blocked reads whom a user blocks, of the own host.
func (c *call) blocked(ctx context.Context, u *user) ([]jid.JID, error) {
	answer, err := c.owner(ctx, u, stanza.Get, []byte("<blocklist xmlns='"+nsBlocking+"'/>"))
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			JID jid.JID `xml:"jid,attr"`
		} `xml:"item"`
	}
	if err := answer.Decode(&list); err != nil {
		return nil, err
	}
	var found []jid.JID
	for _, i := range list.Items {
		if i.JID.IsBare() && i.JID.Local() != "" && i.JID.Domain() == c.app.Host.Domain() {
			found = append(found, i.JID)
		}
	}
	return found, nil
}

// blocks is GET /users/{user}/blocks/users (wire §1.2, row 15).
func (c *call) blocks(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	list, err := c.blocked(ctx, u)
	if err != nil {
		return nil, err
	}
	named, err := c.spelled(ctx, list)
	if err != nil {
		return nil, err
	}
	return c.told(named, len(named)), nil
}

// addBlocks is POST of the same (wire §1.2, row 16): all of them, or none.
func (c *call) addBlocks(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	asked, err := names(o)
	switch {
	case err != nil:
		return nil, err
	case len(asked) == 0:
		return nil, errIllegal("usernames is empty")
	case len(asked) > c.h.cfg.Blocks:
		return nil, errQuota(fmt.Sprintf("a user blocks %d others at most", c.h.cfg.Blocks))
	}
	found := make([]*user, len(asked))
	for i, name := range asked {
		if found[i], err = c.find(ctx, name, errNobodyToBlock(shortened(name), u.Name)); err != nil {
			return nil, err
		}
		if found[i].JID == u.JID {
			return nil, errIllegal("a user does not block himself")
		}
	}
	had, err := c.blocked(ctx, u)
	if err != nil {
		return nil, err
	}
	all := len(had)
	b := []byte("<block xmlns='" + nsBlocking + "'>")
	data := make([]string, len(found))
	for i, f := range found {
		data[i] = f.Name
		if !slices.Contains(had, f.JID) {
			had = append(had, f.JID)
		}
		b = append(stanza.AppendAttr(append(b, "<item"...), "jid", f.JID.String()), "/>"...)
	}
	if len(had) > c.h.cfg.Blocks && len(had) > all {
		return nil, errQuota(fmt.Sprintf("a user blocks %d others at most", c.h.cfg.Blocks))
	}
	if _, err := c.owner(ctx, u, stanza.Set, append(b, "</block>"...)); err != nil {
		return nil, full(err)
	}
	return c.wrote("post", reply{data: data}), nil
}

// full is err, or the answer to what was one too many.
func full(err error) error {
	var told *stanza.Error
	if errors.As(err, &told) && (told.Condition == stanza.PolicyViolation || told.Condition == stanza.ResourceConstraint) {
		return errQuota(told.Text)
	}
	return err
}

// removeBlock is DELETE /users/{user}/blocks/users/{blocked} (wire §1.2, row 17). Whether
// the two are contacts has nothing to do with it.
func (c *call) removeBlock(ctx context.Context) (any, error) {
	u, o, err := c.two(ctx, "blocked")
	if err != nil {
		return nil, err
	}
	b := stanza.AppendAttr([]byte("<unblock xmlns='"+nsBlocking+"'><item"), "jid", o.JID.String())
	if _, err := c.owner(ctx, u, stanza.Set, append(b, "/></unblock>"...)); err != nil {
		return nil, err
	}
	return c.wrote("delete", reply{path: "/users/" + u.ID + "/blocks", entities: []object{o.entity()}}), nil
}
