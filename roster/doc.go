// Package roster keeps contact lists, presence subscriptions and presence
// (RFC 6121 §2, §3, §4 and Appendix A; XEP-0237 for versions).
//
// Its Service is a router.Handler for jabber:iq:roster and the
// router.PresenceService of all accounts:
//
//  1. A client asks for its roster (service.go, get.go) and is from then on told of
//     every change to it by a push (push.go).
//  2. It changes an item (set.go) or removes one, which ends the subscriptions
//     both ways (remove.go).
//  3. It sends a subscription stanza, or one arrives for it. The tables of
//     Appendix A (subscription.go) say what the item becomes and whether the
//     stanza goes on; the item is changed on the disk before anything is sent
//     (outbound.go, inbound.go).
//  4. It broadcasts presence (presence.go), which goes to those who subscribe
//     to it; the first one also asks who is there (probe.go) and brings
//     subscription requests that wait.
//  5. It shares presence with somebody outside the roster (directed.go), who is
//     told when it goes.
//
// Reading order: item.go, subscription.go, ports.go, service.go, then as above;
// query.go (what other services ask), cache.go and turn.go last.
//
// A roster is changed by one goroutine at a time (turn.go), so pushes leave in
// the order of the changes. Everything else runs in the goroutine that read the
// stanza, which gives each sender's stanzas their order (RFC 6120 §10.1). The
// package starts no goroutine.
//
// It does not route: stanzas for others leave by the router, which also knows
// who blocks whom (XEP-0191). It does not store: that is the Store's. It does
// not advertise its stream features; who negotiates streams does, with
// NSVersioning and NSPreApproval.
package roster
