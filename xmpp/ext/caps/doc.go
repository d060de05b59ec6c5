// Package caps learns what the clients of our accounts can do from the entity
// capabilities in their presence (XEP-0115 1.6.0), so that eventing knows who wants
// to hear of what (XEP-0060 #auto-subscribe, +notify).
//
//  1. Service.Presence sees each presence that a client broadcasts. If its <c/>
//     claims nothing new, that is all.
//  2. A claim whose hash has been verified before is known at once: the session
//     shares the cached set. Verified sets outlive a restart in the Store.
//  3. Any other claim waits. A bounded number of goroutines ask by disco#info: one
//     question for each claim at a time, however many sessions make it.
//  4. The answer is hashed. If the hash is the one that was claimed, the set counts
//     for everybody who claims it and is cached; if not, or if the claim has no hash
//     that we know, it counts for the one full JID that gave it (#ver-proc), and
//     the next of those who wait is asked.
//  5. The functions given to OnKnown are told of every session whose capabilities
//     became known.
//
// The hash alone does not tell a feature from a field of a form (XEP-0115
// #security-poisoning): trust.go says which answers are therefore believed for
// their sender only.
//
// Files in reading order: ports.go (what it asks of others), caps.go (the service),
// presence.go (what a client claims), resolve.go (who is asked, and what becomes of
// the answer), info.go (the answer and its hash), trust.go, cache.go (the verified
// sets).
//
// It does not learn from presence of other servers, does not strip capabilities from
// presence (#impl-optimize), and keeps nothing of a session that is gone.
package caps
