package webim

import (
	"context"
	"encoding/json"
	"net/http"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// maxSetting is how long the settings may be, in bytes.
const maxSetting = 16 << 10

// setting is POST webim/setting (webim #setting): the settings of the page, one JSON object as
// text, in the private storage of the account (XEP-0049). Without data it gives them back,
// which the protocol has no call for.
func (h *Handler) setting(ctx context.Context, c *call) (any, error) {
	data, given := c.params["data"]
	if !given {
		text, err := h.readSetting(ctx, c.account)
		if text == "" {
			text = "{}"
		}
		return json.RawMessage(text), err
	}
	var object map[string]any
	if len(data) > maxSetting || json.Unmarshal([]byte(data), &object) != nil || object == nil {
		return nil, bridge.Wrong(http.StatusBadRequest, "the settings are not a JSON object")
	}
	payload := stanza.AppendText([]byte("<query xmlns='"+nsPrivate+"'><setting xmlns='"+nsOwn+"'>"), data)
	return ok, h.ask(ctx, c, stanza.Set, append(payload, "</setting></query>"...))
}

// readSetting gives what setting has stored, "" if it has not.
func (h *Handler) readSetting(ctx context.Context, account jid.JID) (string, error) {
	text, _, err := h.readPrivate(ctx, account, "setting")
	if !json.Valid([]byte(text)) {
		return "", err // somebody else has written that
	}
	return text, err
}

// readPrivate reads an element of ours in the private storage of an account.
func (h *Handler) readPrivate(ctx context.Context, account jid.JID, name string) (text string, e stanza.Element, err error) {
	answer, err := h.cfg.Port.Ask(ctx, account, account, stanza.Get, []byte("<query xmlns='"+nsPrivate+"'><"+name+" xmlns='"+nsOwn+"'/></query>"))
	if err != nil {
		return "", e, err
	}
	text, e = privateOf(answer, name)
	return text, e, nil
}

// privateOf reads an element of ours in an answer of private storage: XEP-0049 has what is
// not there come back empty.
func privateOf(answer *stanza.Stanza, name string) (text string, e stanza.Element) {
	c, found := answer.Child(nsPrivate, "query")
	if !found {
		return "", e
	}
	_, inside, err := stanza.Split(answer.ChildBytes(c))
	if err != nil || len(inside) == 0 || !inside[0].Is(nsOwn, name) {
		return "", e
	}
	return inside[0].Text(), inside[0]
}
