package rest

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"causeway/xmpp/stanza"
)

// maxBatch is how many users one call registers (wire §1.1).
const maxBatch = 60

// A draft is a user that is to be registered.
type draft struct {
	name, password, nick string
	fault                *problem // why it cannot be
}

// register is POST /users (wire §1.2, rows 2a, 2b and 3): one user or a list, by the app
// or, where registration is open, by anybody who asks for one.
func (c *call) register(ctx context.Context) (any, error) {
	admin := c.grant.App != ""
	if !admin && !c.h.cfg.Open[c.app.Host.Domain()] {
		return nil, errClosed()
	}
	body, err := c.readBody(maxBody, false)
	if err != nil {
		return nil, err
	}
	list, isList := body.([]any)
	switch {
	case !isList:
		list = []any{body}
	case !admin:
		return nil, errBatchNeedsToken()
	case len(list) == 0:
		return nil, errIllegal("the list of users is empty")
	case len(list) > maxBatch:
		return nil, errIllegal(fmt.Sprintf("at most %d users are registered at once", maxBatch))
	}
	drafts := make([]draft, len(list))
	for i, v := range list {
		drafts[i] = readDraft(v)
	}
	if len(drafts) == 1 && drafts[0].fault != nil {
		return nil, drafts[0].fault
	}
	made, err := c.make(ctx, drafts)
	if err != nil {
		return nil, err
	}
	if len(drafts) == 1 && drafts[0].fault != nil {
		return nil, drafts[0].fault
	}
	r := reply{path: "/users", entities: entities(made)}
	if isList {
		r.data = failures(drafts)
	}
	return c.wrote("post", r), nil
}

// readDraft reads one user; what is wrong is noted.
func readDraft(v any) (d draft) {
	o, ok := v.(map[string]any)
	if !ok {
		d.fault = errIllegal("a user is a JSON object")
		return d
	}
	var errs [3]error
	var named, secret bool
	d.name, named, errs[0] = text(o, "username")
	d.password, secret, errs[1] = text(o, "password")
	d.nick, _, errs[2] = text(o, "nickname")
	for _, err := range errs {
		if errors.As(err, &d.fault) {
			return d
		}
	}
	switch {
	case !named:
		d.fault = errIllegal("Entity user requires a property named username")
	case !isUsername(d.name):
		d.fault = errIllegal("username [" + shortened(d.name) + "] is not legal")
	case !secret || d.password == "":
		d.fault = errIllegal("password or pin must provided")
	case !isPlain(d.password):
		d.fault = errIllegal("password is not legal")
	case !isPlain(d.nick):
		d.fault = errIllegal("nickname is not legal")
	case longer(d.password, maxPassword):
		d.fault = errIllegal(fmt.Sprintf("password is longer than %d characters", maxPassword))
	case longer(d.nick, maxNickname):
		d.fault = errIllegal(fmt.Sprintf("nickname is longer than %d characters", maxNickname))
	}
	return d
}

// shortened is a name that may be very long.
func shortened(s string) string {
	if len(s) > 2*maxUsername {
		return strings.ToValidUTF8(s[:2*maxUsername], "") + "…"
	}
	return s
}

// make registers those drafts that can be, in their order, and notes what is wrong with the
// others. When it returns, those that were made are on the disk.
func (c *call) make(ctx context.Context, drafts []draft) ([]user, error) {
	b := []byte("<make xmlns='" + nsAccounts + "'")
	if c.grant.App == "" { // somebody whom nobody knows, who gets no name of an administrator
		b = stanza.AppendAttr(b, "open", "true")
	}
	b = append(b, '>')
	var asked []*draft
	for i := range drafts {
		d := &drafts[i]
		bare, ok := c.address(d.name)
		if d.fault != nil || !ok {
			continue
		}
		b = stanza.AppendAttr(append(b, "<account"...), "jid", bare.String())
		b = stanza.AppendAttr(b, "name", d.name)
		if d.nick != "" {
			b = stanza.AppendAttr(b, "nick", d.nick)
		}
		b = stanza.AppendText(append(b, "><password>"...), d.password)
		b = append(b, "</password></account>"...)
		asked = append(asked, d)
	}
	if asked == nil {
		return nil, nil
	}
	answer, err := c.host(ctx, stanza.Set, append(b, "</make>"...))
	if err != nil {
		return nil, err
	}
	var results struct {
		Each []made `xml:",any"`
	}
	if err := answer.Decode(&results); err != nil {
		return nil, err
	}
	var users []user
	for i, r := range results.Each {
		switch {
		case i >= len(asked):
		case r.XMLName.Local == "account":
			users = append(users, r.user)
		case r.Error.Conflict != nil:
			asked[i].fault = errDuplicate(asked[i].name)
		case r.Error.NotAcceptable != nil:
			asked[i].fault = errIllegal("password is not legal")
		default:
			asked[i].fault = errIllegal("username [" + asked[i].name + "] is not legal")
		}
	}
	return users, nil
}

// made is one account that was to be made: the account, or what was wrong.
type made struct {
	XMLName xml.Name
	user
	Error struct {
		Conflict      *struct{} `xml:"conflict"`
		NotAcceptable *struct{} `xml:"not-acceptable"`
	} `xml:"error"`
}

// failures tells of the drafts that did not become users (wire §1.2, row 3).
func failures(drafts []draft) []object {
	list := []object{}
	for _, d := range drafts {
		if d.fault == nil {
			continue
		}
		reason := d.fault.text
		if d.fault.code == "duplicate_unique_property_exists" {
			reason = "the " + d.name + " already exists"
		}
		list = append(list, object{{"username", shortened(d.name)}, {"registerUserFailReason", reason}})
	}
	return list
}

// conjure registers a user with a password that nobody knows.
func (c *call) conjure(ctx context.Context, name string) (*user, error) {
	drafts := []draft{readDraft(map[string]any{"username": name, "password": rand.Text()})}
	if drafts[0].fault != nil {
		return nil, drafts[0].fault
	}
	made, err := c.make(ctx, drafts)
	switch {
	case err != nil:
		return nil, err
	case len(made) == 0:
		return c.find(ctx, name, drafts[0].fault) // somebody else was faster, perhaps
	}
	return &made[0], nil
}
