// Package blocking keeps the list of addresses that an account does not want to
// hear of (XEP-0191 1.3).
//
//  1. The owner gets, extends and shortens the list. Every resource that has
//     asked for the list is told of each change.
//  2. Who subscribes to the owner's presence and gets blocked sees the owner go
//     away; who gets unblocked sees the owner's present state.
//  3. The router asks [Service.Blocks] about every stanza between two people, and
//     answers or drops it as XEP-0191 #block says. The answer comes from memory.
//
// Files in reading order: ports.go (what it asks of others), blocking.go (the
// requests), change.go (block and unblock), push.go (who is told of a change),
// presence.go (who sees the owner go and come), guard.go (the answer for the
// router).
//
// It does not touch the roster: blocking is polite (XEP-0191 #impl), and the
// subscriptions outlast it.
package blocking
