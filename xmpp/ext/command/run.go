package command

import (
	"context"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A request is the command element as it came (XEP-0050 #desc-command). Its
// status attribute is ignored, as is any language: Deviates from XEP-0050
// #impl-i18n, which asks for bad-locale. Clients set their user's language on
// every stream, and would lose all commands by it.
type request struct {
	Node    string     `xml:"node,attr"`
	Action  string     `xml:"action,attr"`
	Session string     `xml:"sessionid,attr"`
	Form    *form.Form `xml:"jabber:x:data x"`
}

// HandleIQ runs one step of a command.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	// XEP-0050 #execute-simple: the request is an IQ of type set.
	if iq.Type != stanza.Set || !iq.PayloadIs(NS, "command") {
		return nil, stanza.BadRequest.Err("expected a command to run")
	}
	var req request
	if err := iq.Decode(&req); err != nil {
		return nil, err
	}
	host := iq.To
	if host.IsZero() {
		host = iq.From.Host() // RFC 6120 §10.3.3: no address is the sender's own server
	}
	c, allowed, ok := s.Find(ctx, iq.From, host, req.Node)
	switch {
	case !ok:
		return nil, stanza.ItemNotFound.Err("no such command")
	case !allowed:
		// XEP-0050 #desc-errors has it as type cancel.
		return nil, &stanza.Error{Type: stanza.Cancel, Condition: stanza.Forbidden}
	}
	switch req.Action {
	case "", "execute", "next", "complete", "prev", "cancel":
	default:
		return nil, malformedAction()
	}
	if req.Session == "" {
		return s.begin(ctx, iq.From, host, c, &req)
	}
	return s.resume(ctx, iq.From, host, c, &req)
}

// begin is a request without a session.
func (s *Service) begin(ctx context.Context, who, host jid.JID, c Command, req *request) ([]byte, error) {
	if req.Action != "" && req.Action != "execute" && (req.Form == nil || req.Action != "complete") {
		return nil, badAction() // nothing to go on with, back from or cancel
	}
	x := &execution{node: c.Node, who: who, host: host}
	if len(c.Forms) > 0 && req.Form == nil {
		return s.ask(ctx, c, x)
	}
	// Who knows the first form may send it filled in at once: a program then needs
	// one request for each account it adds, not two.
	return s.submit(ctx, c, x, req.Form)
}

// resume is a request within a session.
func (s *Service) resume(ctx context.Context, who, host jid.JID, c Command, req *request) ([]byte, error) {
	x, err := s.sessions.take(req.Session, c.Node, who, host)
	if err != nil {
		return nil, err
	}
	switch {
	case req.Action == "cancel":
		// XEP-0050 #cancel: "The responder MUST reply with the success of the command".
		return answer(c, x.id, "canceled", note(c.Name+": canceled"), nil), nil
	case req.Action == "prev":
		if len(x.given) == 0 {
			s.sessions.keep(x)
			return nil, badAction() // the first stage has none before it
		}
		x.given = x.given[:len(x.given)-1]
		return s.ask(ctx, c, x)
	case req.Action == "next" && x.last(c), req.Action == "complete" && !x.last(c):
		// XEP-0050 #impl-actions: what <actions/> does not contain is disabled.
		s.sessions.keep(x)
		return nil, badAction()
	case req.Form == nil:
		s.sessions.keep(x)
		return nil, badPayload("the form is missing")
	}
	return s.submit(ctx, c, x, req.Form)
}

// submit takes one filled-in form and asks the next, or runs the command. A form
// that the command refuses leaves the session where it was, to be corrected.
func (s *Service) submit(ctx context.Context, c Command, x *execution, filled *form.Form) ([]byte, error) {
	if filled == nil {
		filled = &form.Form{Type: form.Submit}
	}
	stage := len(x.given)
	// XEP-0050 #impl-forms: a form of type cancel is taken as type submit.
	x.given = append(x.given, filled)
	if len(x.given) < len(c.Forms) {
		payload, err := s.ask(ctx, c, x)
		if err != nil {
			s.again(x, stage)
		}
		return payload, err
	}
	result, err := c.Run(ctx, x.who, x.host, x.merged())
	if err != nil {
		s.again(x, stage)
		return nil, err
	}
	return answer(c, x.id, "completed", note(c.Name+": done"), result), nil
}

// again puts a session back to a stage; one that had not begun is forgotten.
func (s *Service) again(x *execution, stage int) {
	if x.id != "" {
		x.given = x.given[:stage]
		s.sessions.keep(x)
	}
}

// ask sends the form of the stage that comes next.
func (s *Service) ask(ctx context.Context, c Command, x *execution) ([]byte, error) {
	f, err := c.Forms[len(x.given)](ctx, x.who, x.host, x.merged())
	if err != nil {
		return nil, err
	}
	s.sessions.keep(x)
	action := "next"
	if x.last(c) {
		action = "complete"
	}
	actions := []byte("<actions execute='" + action + "'>")
	if len(x.given) > 0 {
		actions = append(actions, "<prev/>"...)
	}
	actions = append(actions, "<"+action+"/></actions>"...)
	return answer(c, x.id, "executing", actions, f), nil
}

// note is what a client shows its user; without one, a command that has no result
// ends in an empty window (XEP-0050 #desc-note).
func note(text string) []byte {
	return append(stanza.AppendText([]byte("<note type='info'>"), text), "</note>"...)
}

// answer writes the command element of a result. inside goes before the form:
// actions, or a note.
func answer(c Command, session, status string, inside []byte, f *form.Form) []byte {
	if session == "" {
		session = newID() // XEP-0050 #desc-command: the responder "SHOULD initialize" it
	}
	out := []byte("<command xmlns='" + NS + "' xml:lang='en'")
	out = stanza.AppendAttr(out, "node", c.Node)
	out = stanza.AppendAttr(out, "sessionid", session)
	out = stanza.AppendAttr(out, "status", status)
	out = append(out, '>')
	out = append(out, inside...)
	if f != nil {
		out = f.Append(out)
	}
	return append(out, "</command>"...)
}
