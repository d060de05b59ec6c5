package router

import "causeway/xmpp/stanza"

// An Action is what becomes of a stanza.
type Action uint8

// The actions; doc/routing.md explains each in a sentence.
const (
	Drop       Action = iota // silently ignore
	Bounce                   // answer with an error
	Deliver                  // to the one resource it is addressed to
	DeliverAll               // to every resource that may have it
	Store                    // in the offline queue
	Handle                   // a service answers
	Subscribe                // the presence service takes it
	Answer                   // it answers a request of our own
	Forward                  // a gate takes it
)

var actionNames = [...]string{"drop", "bounce", "deliver", "deliver-all", "store", "handle", "subscribe", "answer", "forward"}

func (a Action) String() string { return actionNames[a] }

// A Verdict is the judgement on one stanza. Keepers see it before it is carried out.
type Verdict struct {
	Action    Action
	Condition stanza.Condition // of a Bounce
	// Copies says that the other devices of sender and recipient would want to
	// see the message too, should they have asked for copies.
	Copies bool
}

func (v Verdict) String() string {
	if v.Action == Bounce {
		return v.Action.String() + " " + string(v.Condition)
	}
	return v.Action.String()
}

func bounce(c stanza.Condition) Verdict { return Verdict{Action: Bounce, Condition: c} }

// decide is the whole of RFC 6121 §8 and RFC 6120 §10 once an address is
// known: what becomes of a stanza of this kind and type for this target. It is
// pure. doc/routing.md is the same as a table, and the test compares the two.
func decide(h head, to target) Verdict {
	switch h.kind {
	case stanza.Message:
		v := decideMessage(h.typ, to)
		v.Copies = (h.typ == stanza.Chat || h.typ == stanza.Normal) &&
			(v.Action == Deliver || v.Action == DeliverAll || v.Action == Store || v.Action == Forward)
		return v
	case stanza.Presence:
		return decidePresence(h.typ, to)
	case stanza.IQ:
		return decideIQ(h.typ, to)
	}
	return Verdict{Action: Drop}
}

func decideMessage(t stanza.Type, to target) Verdict {
	if t == stanza.TypeError {
		return decideMessageError(to)
	}
	switch to {
	case toHost:
		// RFC 6120 §10.5.1 leaves it open; nobody here reads a message to a domain.
		return bounce(stanza.ServiceUnavailable)
	case toFullMatch:
		// RFC 6121 §8.5.3.1: "the server MUST deliver the stanza to that connected resource"
		return Verdict{Action: Deliver}
	case toGate, toRemote:
		return Verdict{Action: Forward}
	case toNowhere:
		// RFC 6120 §10.4: remote-server-not-found
		return bounce(stanza.RemoteServerNotFound)
	case toBareUnknown, toFullUnknown:
		// RFC 6121 §8.5.1: "either silently ignore the message or return
		// service-unavailable"; a sender should learn that nobody reads it.
		return bounce(stanza.ServiceUnavailable)
	}
	switch t {
	case stanza.Groupchat:
		// RFC 6121 §8.5.2.1.1, §8.5.2.2.1: "MUST NOT deliver … return service-unavailable";
		// §8.5.3.2.1 allows the same for a full JID.
		return bounce(stanza.ServiceUnavailable)
	case stanza.Headline:
		// RFC 6121 §8.5.2.1.1: to all resources that are not negative; §8.5.2.2.1
		// and §8.5.3.2.1: otherwise "silently ignore".
		if to == toBareReady {
			return Verdict{Action: DeliverAll}
		}
		return Verdict{Action: Drop}
	case stanza.Normal:
		if to == toFullOffline || to == toFullNegative || to == toFullReady {
			// RFC 6121 §8.5.3.2.1: "silently ignore … or return an error"; what is
			// not delivered must not vanish.
			return bounce(stanza.ServiceUnavailable)
		}
	}
	switch to {
	case toBareReady, toFullReady:
		// RFC 6121 §8.5.2.1.1: normal and chat go to all resources that are not
		// negative. §8.5.3.2.1: chat to a resource that is gone is treated "as if
		// the stanza were addressed to <contact@domainpart>".
		return Verdict{Action: DeliverAll}
	default:
		// RFC 6121 §8.5.2.2.1: "add the message to offline storage"; §8.5.2.1.1: a
		// negative priority counts as not being there.
		return Verdict{Action: Store}
	}
}

// decideMessageError: an error is for the very resource that made the message;
// for anyone else it is noise, and never answered (RFC 6120 §8.3.1).
func decideMessageError(to target) Verdict {
	switch to {
	case toFullMatch:
		return Verdict{Action: Deliver}
	case toGate, toRemote:
		return Verdict{Action: Forward}
	default:
		// RFC 6121 §8.5.2.1.1, §8.5.2.2.1, §8.5.3.2.1: "silently ignore"
		return Verdict{Action: Drop}
	}
}

func decidePresence(t stanza.Type, to target) Verdict {
	switch to {
	case toGate, toRemote:
		return Verdict{Action: Forward}
	case toNowhere:
		switch t {
		case stanza.Subscribe, stanza.Unsubscribe, stanza.Probe:
			return bounce(stanza.RemoteServerNotFound) // RFC 6120 §10.4
		}
		return Verdict{Action: Drop}
	case toHost:
		// RFC 6120 §10.5.1: a domain has no presence here.
		return Verdict{Action: Drop}
	}
	switch t {
	case stanza.Subscribe, stanza.Subscribed, stanza.Unsubscribe, stanza.Unsubscribed, stanza.Probe:
		// RFC 6121 §8.5.2.1.2, §8.5.2.2.2, §8.5.3.1: these follow §3 and §4.3,
		// whoever is there. §8.5.1: the service also answers for nobody.
		return Verdict{Action: Subscribe}
	}
	switch to {
	case toFullMatch:
		return Verdict{Action: Deliver} // RFC 6121 §8.5.3.1
	case toBareReady, toBareNegative:
		if t != stanza.TypeError {
			// RFC 6121 §8.5.2.1.2: "to all available resources"
			return Verdict{Action: DeliverAll}
		}
	}
	// RFC 6121 §8.5.1, §8.5.2.2.2, §8.5.3.2.2: "silently ignore"
	return Verdict{Action: Drop}
}

func decideIQ(t stanza.Type, to target) Verdict {
	request := t == stanza.Get || t == stanza.Set
	switch to {
	case toHost:
		if request {
			return Verdict{Action: Handle} // RFC 6120 §10.5.1
		}
		return Verdict{Action: Answer}
	case toGate, toRemote:
		return Verdict{Action: Forward}
	case toNowhere:
		if request {
			return bounce(stanza.RemoteServerNotFound) // RFC 6120 §10.4
		}
		return Verdict{Action: Drop}
	case toFullMatch:
		return Verdict{Action: Deliver} // RFC 6121 §8.5.3.1
	case toBareOffline, toBareNegative, toBareReady:
		if request {
			// RFC 6121 §8.5.2.1.3, §8.5.2.2.3: the server handles it "on behalf of the user"
			return Verdict{Action: Handle}
		}
		return Verdict{Action: Answer}
	}
	if request {
		// RFC 6121 §8.5.1, §8.5.3.2.3: "the server MUST return service-unavailable"
		return bounce(stanza.ServiceUnavailable)
	}
	return Verdict{Action: Drop} // RFC 6120 §8.2.3: a response is never answered
}
