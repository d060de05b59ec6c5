package rest

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"causeway/bridge"
	"causeway/xmpp/stanza"
)

// show is GET /users/{user} (wire §1.2, row 4).
func (c *call) show(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	return c.read(reply{path: "/users", entities: []object{u.entity()}}), nil
}

// list is GET /users (wire §1.2, row 5), oldest first.
func (c *call) list(ctx context.Context) (any, error) {
	p, err := c.page(ctx, c.limit())
	if err != nil {
		return nil, err
	}
	return c.read(reply{path: "/users", entities: entities(p.Users), cursor: p.cursor(), params: len(c.query) > 0}), nil
}

// What a page may hold (wire §1.1).
const (
	usualPage = 10
	maxPage   = 100
)

// limit is how many users are wanted: what makes no sense is the usual number.
func (c *call) limit() int {
	n, err := strconv.Atoi(c.query.Get("limit"))
	if errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(c.query.Get("limit"), "-") {
		return maxPage
	}
	if err != nil || n < 1 {
		return usualPage
	}
	return min(n, maxPage)
}

// page reads the users from the cursor of the call on.
func (c *call) page(ctx context.Context, limit int) (page, error) {
	from, err := readCursor(c.query.Get("cursor"))
	if err != nil {
		return page{}, err
	}
	b := stanza.AppendAttr([]byte("<accounts xmlns='"+nsAccounts+"'"), "max", strconv.Itoa(limit))
	if from != "" {
		b = stanza.AppendAttr(b, "from", from)
	}
	answer, err := c.host(ctx, stanza.Get, append(b, "/>"...))
	if err != nil {
		return page{}, err
	}
	return readUsers(answer)
}

// cursorHead is what cursors begin with, as those of the seed do (wire §1.4).
const cursorHead = "-834012379:"

// cursor points to the user who comes next. That user may be gone when it is used: IDs are
// in the order of age, and the next older one is not skipped.
func (p *page) cursor() string {
	if p.Next == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(cursorHead + p.Next))
}

func readCursor(text string) (from string, err error) {
	if text == "" {
		return "", nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	from, ok := strings.CutPrefix(string(plain), cursorHead)
	if err != nil || !ok || !isUUID(from) {
		return "", errIllegal("the cursor is not one of ours")
	}
	return from, nil
}

// remove is DELETE /users/{user} (wire §1.2, row 6).
func (c *call) remove(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	if err := c.erase(ctx, u); err != nil {
		return nil, err
	}
	return c.wrote("delete", reply{path: "/users", entities: []object{u.entity()}}), nil
}

// erase removes a user with all that others have of him. Its first step cannot be undone
// and its last can be repeated, so nobody is ever left half removed. What it begins it ends,
// also when the client goes.
func (c *call) erase(ctx context.Context, u *user) error {
	ctx = context.WithoutCancel(ctx)
	b := stanza.AppendAttr([]byte("<erase xmlns='"+nsAccounts+"'"), "jid", u.JID.String())
	_, err := c.host(ctx, stanza.Set, append(b, "/>"...))
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.ItemNotFound {
		return errMissing() // somebody else was faster
	}
	return err
}

// removeSome is DELETE /users (wire §1.2, row 7): the oldest users, as many as limit says.
// A loop until there is no cursor empties the app.
func (c *call) removeSome(ctx context.Context) (any, error) {
	p, err := c.page(ctx, c.limit())
	if err != nil {
		return nil, err
	}
	c.h.cfg.Logger.Warn("an app removes users in bulk", slog.String("app", c.app.Key), slog.String("host", c.app.Host.String()), slog.Int("count", len(p.Users)))
	bridge.Wait(c.w, askTime)
	gone := []object{}
	for i := range p.Users {
		err := c.erase(ctx, &p.Users[i])
		var missing *problem
		switch {
		case errors.As(err, &missing):
			continue
		case err != nil && len(gone) == 0:
			return nil, err
		case err != nil:
			// Those before are gone, and the client is told so; this one is where it goes on.
			c.h.cfg.Logger.Error("users were not removed", slog.Any("err", err))
			p.Next = p.Users[i].ID
		default:
			gone = append(gone, p.Users[i].entity())
			continue
		}
		break
	}
	return c.wrote("delete", reply{path: "/users", entities: gone, cursor: p.cursor(), params: true}), nil
}
