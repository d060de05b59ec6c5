package muc

import (
	"crypto/rand"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A roomCommand is a command that a room has (XEP-0050): about its hats (XEP-0317). Each
// asks for at most one form, so a room remembers nothing between the steps.
type roomCommand struct {
	node, name string
	least      Affiliation // who may run it
	ask        func(*room) *form.Form
	run        func(*room, *turn, *form.Form) (*form.Form, error)
}

func (c *roomCommand) allowed(r *room, bare jid.JID) bool { return r.affiliation(bare) >= c.least }

// hatCommands are in the order of lists.
var hatCommands = [...]roomCommand{
	{formHats + ":create", "Create or change a hat", Admin, askHat, (*room).createHat},
	{formHats + ":destroy", "Destroy a hat", Admin, askWhichHat, (*room).destroyHat},
	{formHats + ":list", "List the hats", None, nil, (*room).listHats},
	{formHats + ":assign", "Give somebody a hat", Admin, askWhoseHat, (*room).assignHat},
	{formHats + ":unassign", "Take a hat from somebody", Admin, askWhoseHat, (*room).unassignHat},
	{formHats + ":list-assigned", "List who wears which hat", Admin, nil, (*room).listWorn},
}

// command runs a command of the room.
func (r *room) command(t *turn, iq *stanza.Stanza) error {
	p, _ := iq.Payload()
	outer, inside, err := stanza.Split(iq.ChildBytes(p))
	if err != nil || iq.Type != stanza.Set || !outer.Is(nsCommands, "command") {
		return stanza.FeatureNotImplemented.Err("")
	}
	c := findCommand(outer.Attr("node"))
	switch {
	case c == nil:
		return stanza.ItemNotFound.Err("there is no such command") // XEP-0050 #execute-errors
	case !c.allowed(r, iq.From.Bare()):
		return stanza.Forbidden.Err("this command is not for you")
	}
	session := outer.Attr("sessionid")
	if session == "" {
		session = rand.Text()
	}
	if outer.Attr("action") == "cancel" {
		t.answer(iq, appendCommand(c.node, session, "canceled", nil))
		return nil
	}
	var filled *form.Form
	for i := range inside {
		if inside[i].Is(form.NS, "x") {
			if filled, err = form.Parse(inside[i].XML); err != nil || filled.Type != form.Submit {
				return stanza.BadRequest.Err("not a submitted form")
			}
		}
	}
	if filled == nil && c.ask != nil {
		t.answer(iq, appendCommand(c.node, session, "executing", c.ask(r)))
		return nil
	}
	if c.least > None {
		if err := r.writable(); err != nil {
			return err
		}
	}
	result, err := c.run(r, t, filled)
	if err != nil {
		return err
	}
	t.last = append(t.last, delivery{st: iq.Result(appendCommand(c.node, session, "completed", result)), at: iq.From})
	return nil
}

func findCommand(node string) *roomCommand {
	for i := range hatCommands {
		if hatCommands[i].node == node {
			return &hatCommands[i]
		}
	}
	return nil
}

// appendCommand writes the answer of a command.
func appendCommand(node, session, status string, f *form.Form) []byte {
	p := append([]byte(nil), "<command xmlns='"+nsCommands+"'"...)
	p = stanza.AppendAttr(p, "node", node)
	p = stanza.AppendAttr(p, "sessionid", session)
	p = stanza.AppendAttr(p, "status", status)
	p = append(p, '>')
	if status == "executing" {
		p = append(p, "<actions execute='complete'><complete/></actions>"...)
	}
	if f != nil {
		p = f.Append(p)
	}
	return append(p, "</command>"...)
}

func askHat(*room) *form.Form {
	f := form.New(
		form.Ask, formHats,
		form.Field{Var: fieldTitle, Type: form.TextSingle, Label: "Hat title", Required: true},
		form.Field{Var: fieldURI, Type: form.TextSingle, Label: "Hat URI", Required: true},
		form.Field{Var: fieldHue, Type: form.TextSingle, Label: "Hat hue"})
	f.Title = "Creating a hat"
	return f
}

func askWhichHat(r *room) *form.Form {
	f := form.New(form.Ask, formHats, r.hatsField())
	f.Title = "Destroying a hat"
	return f
}

func askWhoseHat(r *room) *form.Form {
	f := form.New(form.Ask, formHats,
		form.Field{Var: fieldHatJID, Type: form.JIDSingle, Label: "Address", Required: true}, r.hatsField())
	f.Title = "Who wears which hat"
	return f
}

func (r *room) hatsField() form.Field {
	f := form.Field{Var: fieldURI, Type: form.ListSingle, Label: "Hat", Required: true}
	for _, h := range r.Hats {
		f.Options = append(f.Options, form.Option{Label: h.Title, Value: h.URI})
	}
	return f
}
