// Package offline keeps messages for accounts that nobody is connected to
// (XEP-0160 1.0.1, with the delay stamp of XEP-0203 2.0 and the hints of
// XEP-0334 0.4).
//
//  1. The router has judged that a message is to be stored. [Service.Store] looks
//     at what it is (judge.go), stamps it and hands it to the store, which writes
//     beside the path; the ticket tells when it is safe. With the queue locked it
//     asks whether somebody is there after all.
//  2. When somebody becomes available, [Service.Flush] reads the queue page by page
//     and hands out each message once. Messages that are still being written are
//     waited for. That nothing is left is told with the queue locked, so no message
//     falls between being stored and being delivered at once.
//  3. A message that was handed out is claimed: no other flush sees it. When its
//     Told says true it is forgotten, when it says false it waits again.
//  4. [Service.Hold] stores what waits in a cut stream, claimed from the start.
//
// What is claimed, being written or being forgotten is known in memory only
// (queue.go); the state of an account is there while any of this goes on, and a
// while longer. After a crash nothing is claimed: a message may then be delivered
// twice, but never not at all.
//
// Files in reading order: ports.go (what it asks of the store), offline.go
// (store and hold), judge.go (which messages are kept), delay.go (the stamp),
// queue.go (the state of one account), enter.go (how it comes and goes),
// flush.go (handing out), forget.go, admit.go (what comes from another server).
//
// Nobody is told that a message waits again, after Told or release said false:
// whoever says so flushes again if somebody is there.
//
// A stanza that came out of Flush carries a Told and is still in the store, so a
// stream that is cut must not Hold it again.
package offline
