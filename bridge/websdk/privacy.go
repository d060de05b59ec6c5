package websdk

import (
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsPrivacy  = "jabber:iq:privacy" // XEP-0016
	nsBlocking = "urn:xmpp:blocking" // XEP-0191
	special    = "special"           // the one list that there is (wire 3.5)
)

// sayPrivacy takes a request about the privacy list: it is the block list of XEP-0191 by
// another name, so there is one list for all bridges and clients.
func (s *Stream) sayPrivacy(iq, query *element, written string) []*element {
	id := iq.attr("id")
	result := elem(stanza.NSClient, "iq", "type", "result", "id", id, "from", written, "to", s.me())
	refuse := func(condition stanza.Condition) []*element {
		fault := elem(stanza.NSClient, "iq", "type", "error", "id", id, "from", written, "to", s.me())
		return []*element{fault.with(faultOf(condition, "cancel", ""))}
	}
	list := query.child(nsPrivacy, "list")
	set := iq.attr("type") == "set"
	switch {
	case list == nil && set: // <default/> and <active/>: it is both already
		return []*element{result}
	case list == nil:
		names := elem(nsPrivacy, "query").with(elem(nsPrivacy, "active", "name", special), elem(nsPrivacy, "default", "name", special), elem(nsPrivacy, "list", "name", special))
		return []*element{result.with(names)}
	case list.attr("name") != special:
		return refuse(stanza.ItemNotFound) // XEP-0016 #protocol-retrieve
	}
	var wanted []string
	if set {
		var ok bool
		if wanted, ok = s.denied(list); !ok {
			return refuse(stanza.BadRequest)
		}
	}
	s.ask("", "get", elem(nsBlocking, "blocklist"), func(answer *element) []*element {
		if answer.attr("type") == "error" {
			condition, _, _ := readFault(answer)
			return refuse(condition)
		}
		now := blocked(answer)
		switch {
		case set:
			s.change(difference(wanted, now), difference(now, wanted), result, refuse)
			return nil
		case len(now) == 0: // "first get on a fresh account must be error 404" (wire 3.5)
			return refuse(stanza.ItemNotFound)
		}
		return []*element{result.with(elem(nsPrivacy, "query").with(s.privacyList(now)))}
	})
	return nil
}

// denied reads whom a list denies.
func (s *Stream) denied(list *element) (wanted []string, ok bool) {
	for _, item := range list.children() {
		if !item.is(nsPrivacy, "item") || item.attr("action") == "allow" {
			continue
		}
		j, ok := s.names.inward(item.attr("value"))
		if item.attr("type") != "jid" || !ok || j == "" {
			return nil, false // groups and subscriptions are no addresses
		}
		// The list that this is compared with has addresses as they are kept.
		kept, err := jid.Parse(j)
		if err != nil {
			return nil, false
		}
		if j = kept.Bare().String(); !slices.Contains(wanted, j) {
			wanted = append(wanted, j)
		}
	}
	return wanted, true
}

// blocked reads the people on a block list. What else stands there, such as whole domains,
// the SDK does not see, and cannot change.
func blocked(answer *element) (list []string) {
	for _, item := range answer.child(nsBlocking, "blocklist").children() {
		j := item.attr("jid")
		if local, _, resource := divide(j); local != "" && resource == "" {
			list = append(list, j)
		}
	}
	return list
}

func difference(a, b []string) (list []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			list = append(list, s)
		}
	}
	return list
}

// change blocks some and unblocks others, then answers. The server tells all who have asked
// for the list, this SDK among them.
func (s *Stream) change(block, unblock []string, result *element, refuse func(stanza.Condition) []*element) {
	items := func(name string, list []string) *element {
		e := elem(nsBlocking, name)
		for _, j := range list {
			e.with(elem(nsBlocking, "item", "jid", j))
		}
		return e
	}
	last := func(answer *element) []*element {
		if answer != nil && answer.attr("type") == "error" {
			condition, _, _ := readFault(answer)
			return refuse(condition)
		}
		return []*element{result}
	}
	second := last
	if len(unblock) > 0 {
		second = func(answer *element) []*element {
			if answer != nil && answer.attr("type") == "error" {
				return last(answer)
			}
			s.ask("", "set", items("unblock", unblock), last)
			return nil
		}
	}
	switch {
	case len(block) > 0:
		s.ask("", "set", items("block", block), second)
	case len(unblock) > 0:
		s.ask("", "set", items("unblock", unblock), last)
	default:
		// Nothing changes; a question that changes nothing keeps the answer in its order.
		s.ask("", "get", elem(nsBlocking, "blocklist"), func(*element) []*element { return []*element{result, s.privacyPush()} })
	}
}

// privacyList writes whom the account blocks as the SDK wrote it.
func (s *Stream) privacyList(now []string) *element {
	list := elem(nsPrivacy, "list", "name", special)
	for i, j := range now {
		list.with(elem(nsPrivacy, "item", "action", "deny", "type", "jid", "order", decimal(i+2), "value", s.names.outward(j)).with(
			elem(nsPrivacy, "message")))
	}
	return list
}

// privacyPush tells the SDK that the list has changed (XEP-0016 #protocol-modify).
func (s *Stream) privacyPush() *element {
	s.serial++
	return elem(stanza.NSClient, "iq", "type", "set", "id", "push:"+decimal(s.serial), "to", s.me()).with(
		elem(nsPrivacy, "query").with(elem(nsPrivacy, "list", "name", special)))
}
