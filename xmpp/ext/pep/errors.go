package pep

import (
	"errors"
	"fmt"

	"causeway/xmpp/stanza"
)

// nsErrors marks the conditions of publish-subscribe (XEP-0060 #schemas-error).
const nsErrors = NS + "#errors"

// fault makes a stanza error with a condition of publish-subscribe beside it.
func fault(c stanza.Condition, specific, text string) *stanza.Error {
	e := c.Err(text)
	e.App = []byte("<" + specific + " xmlns='" + nsErrors + "'/>")
	return e
}

// unsupported refuses what is not there (XEP-0060 #errors: "the error SHOULD also
// specify which feature is unsupported").
func unsupported(feature string) *stanza.Error {
	e := stanza.FeatureNotImplemented.Err("")
	e.App = stanza.AppendAttr([]byte("<unsupported xmlns='"+nsErrors+"'"), "feature", feature)
	e.App = append(e.App, "/>"...)
	return e
}

func noSuchNode() *stanza.Error { return stanza.ItemNotFound.Err("there is no such node") }

func nodeRequired() *stanza.Error {
	return fault(stanza.BadRequest, "nodeid-required", "name the node")
}

func itemRequired(text string) *stanza.Error {
	return fault(stanza.BadRequest, "item-required", text)
}

// notSubscribed is unexpected-request of the type cancel, as in the example of
// XEP-0060 #subscriber-unsubscribe-error-nosub.
func notSubscribed() *stanza.Error {
	e := fault(stanza.UnexpectedRequest, "not-subscribed", "there is no such subscription")
	e.Type = stanza.Cancel
	return e
}

// isInner reports whether an error is one of ours, and not an answer for the sender.
func isInner(err error) bool {
	var told *stanza.Error
	return err != nil && !errors.As(err, &told)
}

// tooManyNodes refuses another node (RFC 6120 §8.3.3.12; the condition is one of
// XEP-0060 #schemas-error).
func tooManyNodes(limit int) *stanza.Error {
	return fault(stanza.PolicyViolation, "max-nodes-exceeded", fmt.Sprintf("at most %d nodes", limit))
}
