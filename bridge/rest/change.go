package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"causeway/bridge"
	"causeway/xmpp/stanza"
)

// ignorePrefix begins the names of settings about single groups (seed #get-user).
const ignorePrefix = "notification_ignore_"

// change is PUT /users/{user} (wire §1.2, rows 9 to 11): the nickname, and how the user is
// told by push. All other members, a password among them, are passed over.
func (c *call) change(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errNoUsername())
	if err != nil {
		return nil, err
	}
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	payload, err := describe(u, o)
	if err != nil {
		return nil, err
	}
	answer, err := c.host(ctx, stanza.Set, payload)
	if err != nil {
		var told *stanza.Error
		if errors.As(err, &told) && told.Condition == stanza.ItemNotFound {
			return nil, errNoUsername()
		}
		return nil, err
	}
	p, err := readUsers(answer)
	if err != nil {
		return nil, err
	}
	return c.wrote("put", reply{path: "/users", entities: entities(p.Users)}), nil
}

// describe makes the request that changes a user.
func describe(u *user, o map[string]any) ([]byte, error) {
	b := stanza.AppendAttr([]byte("<describe xmlns='"+nsAccounts+"'"), "jid", u.JID.String())
	nick, set, err := text(o, "nickname")
	if err != nil {
		return nil, err
	}
	if longer(nick, maxNickname) {
		return nil, errIllegal(fmt.Sprintf("nickname is longer than %d characters", maxNickname))
	}
	if !isPlain(nick) {
		return nil, errIllegal("nickname is not legal")
	}
	if set {
		b = stanza.AppendAttr(b, "nick", nick)
	}
	b = append(b, "><push"...)
	for _, n := range [...]struct {
		member, attr string
		max          int
	}{
		{"notification_display_style", "style", 1},
		{"notification_no_disturbing_start", "start", 24},
		{"notification_no_disturbing_end", "end", 24},
	} {
		if v, there := o[n.member]; there && v != nil {
			number, err := smallInt(n.member, v, n.max)
			if err != nil {
				return nil, err
			}
			b = stanza.AppendAttr(b, n.attr, strconv.Itoa(number))
		}
	}
	if v, there := o["notification_no_disturbing"]; there && v != nil {
		quiet, err := boolean("notification_no_disturbing", v)
		if err != nil {
			return nil, err
		}
		b = stanza.AppendAttr(b, "quiet", strconv.FormatBool(quiet))
	}
	for _, s := range [...]struct{ member, attr string }{{"notifier_name", "notifier"}, {"device_token", "device"}} {
		v, there, err := text(o, s.member)
		if err != nil {
			return nil, err
		}
		if len(v) > 4<<10 || !isPlain(v) {
			return nil, errIllegal(s.member + " is too long, or is no text")
		}
		if there {
			b = stanza.AppendAttr(b, s.attr, v)
		}
	}
	b = append(b, '>')
	if b, err = appendIgnored(b, o); err != nil {
		return nil, err
	}
	return append(b, "</push></describe>"...), nil
}

func appendIgnored(b []byte, o map[string]any) ([]byte, error) {
	var names []string
	for name := range o {
		if room, ok := strings.CutPrefix(name, ignorePrefix); ok && room != "" && len(room) <= maxUsername && isPlain(room) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		is, err := boolean(name, o[name])
		if err != nil {
			return nil, err
		}
		b = stanza.AppendAttr(append(b, "<ignore"...), "room", strings.TrimPrefix(name, ignorePrefix))
		b = append(stanza.AppendAttr(b, "ignore", strconv.FormatBool(is)), "/>"...)
	}
	return b, nil
}

// smallInt reads a number from 0 to max, which may be in a string (wire §1.4).
func smallInt(name string, v any, max int) (int, error) {
	digits := ""
	switch v := v.(type) {
	case json.Number:
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > max {
		return 0, errIllegal(fmt.Sprintf("%s is not a number from 0 to %d", name, max))
	}
	return n, nil
}

// boolean reads a boolean, 0 or 1, or one of these in a string (wire §1.4).
func boolean(name string, v any) (bool, error) {
	word := ""
	switch v := v.(type) {
	case bool:
		return v, nil
	case json.Number:
		word = v.String()
	case string:
		word = strings.ToLower(strings.TrimSpace(v))
	}
	switch word {
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return false, errIllegal(name + " is neither true nor false")
}

// password is PUT /users/{user}/password (wire §1.2, row 8). The app needs no old password,
// the user himself does. His sessions and tokens end.
func (c *call) password(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errNoEntity())
	if err != nil {
		return nil, err
	}
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	fresh, _, err := text(o, "newpassword")
	switch {
	case err != nil:
		return nil, err
	case fresh == "":
		return nil, errIllegal("newpassword is required")
	case !isPlain(fresh):
		return nil, errIllegal("password is not legal")
	case longer(fresh, maxPassword):
		return nil, errIllegal(fmt.Sprintf("password is longer than %d characters", maxPassword))
	}
	if c.grant.Use == bridge.UserToken {
		if err := c.knowsOld(ctx, u, o); err != nil {
			return nil, err
		}
	}
	err = c.command(ctx, "change-user-password", field("accountjid", u.JID.String()), field("password", fresh))
	var told *stanza.Error
	switch {
	case errors.As(err, &told) && told.Condition == stanza.NotAcceptable:
		return nil, errIllegal("password is not legal")
	case errors.As(err, &told) && told.Condition == stanza.ItemNotFound:
		return nil, errNoEntity()
	case err != nil:
		return nil, err
	}
	if err := c.endSessions(ctx, u); err != nil {
		return nil, err
	}
	if err := c.revoke(ctx, u.JID); err != nil {
		return nil, err
	}
	return c.bare("set user password"), nil
}

// knowsOld checks the password that a user has so far.
func (c *call) knowsOld(ctx context.Context, u *user, o map[string]any) error {
	old, _, err := text(o, "oldpassword")
	if err != nil {
		return err
	}
	ok, err := c.check(ctx, u.JID, old)
	switch {
	case err != nil:
		return err
	case !ok:
		return errGrant("invalid username or password")
	}
	return nil
}
