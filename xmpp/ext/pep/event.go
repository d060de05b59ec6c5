package pep

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A Change is what happened at a node.
type Change struct {
	Owner     jid.JID
	Node      string
	Published []Item
	Retracted []string // ids of items that are gone, also of those that made room
	Deleted   bool     // the node and all its items are gone
	Purged    bool     // all items are gone
}

// kind is what an event tells of.
type kind uint8

const (
	eventItems  kind = iota // published or retracted
	eventPurge              // all items are gone
	eventDelete             // the node is
	eventConfig             // it was configured
	eventLast               // nothing happened: an item is told again, to one
)

// An event is a change on its way to those who learn of it.
type event struct {
	change   Change
	kind     kind
	node     *Node                // as it is now, or was last; not changed
	by       jid.JID              // who published
	evicted  bool                 // change.Retracted are items that made room
	silent   bool                 // subscribers are not told
	redirect string               // of eventDelete: where the node is now
	to       jid.JID              // of eventLast
	told     func(delivered bool) // of eventLast; may be nil
}

// tell does what has to be done about the changes of owner that nobody has seen to
// yet, unless somebody else is at it.
func (s *Service) tell(ctx context.Context, owner jid.JID) {
	// What is told may be of somebody else, whose connection lives on.
	ctx = context.WithoutCancel(ctx)
	s.lines.tell(owner, func(ev event) {
		s.notify(ctx, &ev)
		c := ev.change
		if len(c.Published) == 0 && len(c.Retracted) == 0 && !c.Deleted && !c.Purged || ev.kind == eventLast {
			return
		}
		for _, f := range s.watchers {
			f(ctx, c)
		}
	})
}

// notify sends an event to those who are to have it (XEP-0060
// #publisher-publish-success, XEP-0163 #notify).
func (s *Service) notify(ctx context.Context, ev *event) {
	c := &ev.node.Config
	if ev.silent || !c.Deliver {
		return
	}
	owner := ev.change.Owner
	if ev.kind == eventLast {
		st := s.message(owner, c, ev.to, ev.body(), delay(ev.change.Published[0].Published))
		st.Told = ev.told
		s.emit(ctx, st)
		return
	}
	people, lost, err := s.recipients(ctx, owner, ev.node)
	if err == nil && len(lost) > 0 && ev.kind != eventDelete {
		err = s.cancel(ctx, owner, ev.node.Name, lost)
	}
	if err != nil {
		s.log.Error("an event was not sent to all", slog.String("jid", owner.String()), slog.Any("err", err))
	}
	if len(people) == 0 {
		return
	}
	bodies := [][]byte{ev.body()}
	// XEP-0060 #publisher-publish-success-nodefull: "Depending on node configuration,
	// deletion of an existing item MAY result in sending of a retract notification".
	// Where there is one item, the new one says it all.
	if ev.evicted && len(ev.change.Retracted) > 0 && c.NotifyRetract && c.Full == fullRetract && c.MaxItems != 1 {
		bodies = append(bodies, appendRetracted(nil, ev.node.Name, ev.change.Retracted))
	}
	for _, body := range bodies {
		s.send(ctx, ev, people, body)
	}
}

// send sends one message to many. Those who see the presence of the owner are told
// which of his resources published (XEP-0163 #notify-addressing: "SHOULD include" an
// address for replies, and "MUST NOT" to others).
func (s *Service) send(ctx context.Context, ev *event, people []recipient, body []byte) {
	plain := s.message(ev.change.Owner, &ev.node.Config, jid.JID{}, body)
	named := plain
	if ev.kind == eventItems && ev.by.IsFull() && ev.by.Bare() == ev.change.Owner {
		named = s.message(ev.change.Owner, &ev.node.Config, jid.JID{}, body, replyTo(ev.by))
	}
	for _, p := range people {
		out := *plain
		if p.sees {
			out = *named
		}
		out.To = p.jid
		s.emit(ctx, &out)
	}
}

// message makes the stanza of an event, "from … the bare JID" of the owner (XEP-0163
// #notify-addressing).
func (s *Service) message(owner jid.JID, c *Config, to jid.JID, payload ...[]byte) *stanza.Stanza {
	typ := stanza.Headline
	if c.EventType == eventNormal {
		typ = stanza.Normal
	}
	// XEP-0060 #impl-bounce: an id that is unique, "in order to ensure proper
	// tracking", also beyond a restart
	id := s.run + strconv.FormatUint(s.events.Add(1), 36)
	return stanza.New(stanza.Message, typ, id, owner, to, payload...)
}

// body makes the <event/> (XEP-0060 #schemas-event).
func (ev *event) body() []byte {
	b, n := []byte("<event xmlns='"+nsEvent+"'>"), ev.node
	switch ev.kind {
	case eventPurge:
		b = append(appendNamed(b, "purge", n.Name), "/>"...)
	case eventDelete:
		b = appendNamed(b, "delete", n.Name)
		if ev.redirect == "" {
			b = append(b, "/>"...)
			break
		}
		b = append(b, "><redirect"...)
		b = stanza.AppendAttr(b, "uri", ev.redirect)
		b = append(b, "/></delete>"...)
	case eventConfig:
		b = appendNamed(b, "configuration", n.Name)
		if !n.Config.Payloads {
			// XEP-0060 #owner-configure-process-notify: notification-only nodes send
			// an empty element
			b = append(b, "/>"...)
			break
		}
		b = append(b, '>')
		b = n.Config.Form(form.Result).Append(b)
		b = append(b, "</configuration>"...)
	default:
		if !ev.evicted && len(ev.change.Retracted) > 0 {
			return appendRetracted(nil, n.Name, ev.change.Retracted)
		}
		b = append(appendNamed(b, "items", n.Name), '>')
		for i := range ev.change.Published {
			b = appendItem(b, &n.Config, &ev.change.Published[i], n.Config.Payloads)
		}
		b = append(b, "</items>"...)
	}
	return append(b, "</event>"...)
}

// appendRetracted makes the <event/> that tells of items which are gone (XEP-0060
// #publisher-delete-success-notify).
func appendRetracted(b []byte, node string, ids []string) []byte {
	b = append(b, "<event xmlns='"+nsEvent+"'>"...)
	b = append(appendNamed(b, "items", node), '>')
	for _, id := range ids {
		b = append(b, "<retract"...)
		b = stanza.AppendAttr(b, "id", id)
		b = append(b, "/>"...)
	}
	return append(b, "</items></event>"...)
}

// appendNamed begins an element that names a node; its tag is left open.
func appendNamed(b []byte, local, node string) []byte {
	b = append(b, '<')
	b = append(b, local...)
	return stanza.AppendAttr(b, "node", node)
}

// delay marks an item that is told again (XEP-0163 #notify-last, XEP-0203 #protocol).
func delay(at time.Time) []byte {
	b := stanza.AppendAttr([]byte("<delay xmlns='urn:xmpp:delay'"), "stamp", at.UTC().Format(time.RFC3339))
	return append(b, "/>"...)
}

// replyTo names the resource that published (XEP-0033).
func replyTo(full jid.JID) []byte {
	b := []byte("<addresses xmlns='http://jabber.org/protocol/address'><address type='replyto'")
	b = stanza.AppendAttr(b, "jid", full.String())
	return append(b, "/></addresses>"...)
}

// emit routes a message of ours. The router sees to those whom the owner blocks
// (XEP-0163 #notify-when).
func (s *Service) emit(ctx context.Context, st *stanza.Stanza) {
	if _, err := s.router.Emit(ctx, st); err != nil {
		s.log.Debug("an event found no way", slog.String("stanza", st.String()), slog.Any("err", err))
	}
}
