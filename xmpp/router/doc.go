// Package router is the heart of the server: every stanza passes through it
// once, whatever wire it came by (RFC 6120 §10, RFC 6121 §8).
//
// The way of a stanza:
//
//  1. It enters by Session.Route (a client, a line of a bridge), which stamps its
//     sender, or by Router.Emit (a service that speaks in its own name); what a service
//     says to many at once, by Session.EmitAll (bulk.go).
//  2. An absent address is filled in, and a sender or recipient that the other
//     side blocks ends its way (block.go).
//  3. target (target.go) looks up whom it is for; decide (rules.go) is the pure
//     function that says what becomes of it. doc/routing.md is its table.
//  4. Keepers see a message with its verdict and may write it to the disk
//     (passing.go), in the turn of sender and recipient (turns.go).
//  5. The verdict is carried out: a Handler answers, an Exit takes it, the
//     offline queue stores it, or its sender is told why not (carry.go, reply.go).
//  6. Followers see what became of a message: who makes copies, who wakes phones.
//
// Reading order: ports.go (what the router needs of others), router.go (wiring),
// table.go, session.go and stop.go (who is there), route.go, target.go, rules.go,
// passing.go, turns.go, carry.go, reply.go, bulk.go, backlog.go (offline messages at login), ask.go, desk.go
// (services with a domain of their own).
//
// All steps run in the goroutine that read the stanza, one stanza after the
// other, so stanzas from one sender to one recipient keep their order (RFC 6120
// §10.1). The router parses no XML, knows no socket and touches no disk.
package router
