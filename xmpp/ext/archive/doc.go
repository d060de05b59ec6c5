// Package archive keeps the messages of accounts, and gives them back (XEP-0313
// 1.1.3, with XEP-0441 0.2, XEP-0359 0.7, XEP-0059 1.0, and the tombstones of XEP-0424
// 0.4).
//
//  1. The router shows each message to [Service.Keep] before it is delivered. Ids that
//     somebody forged in the name of an archive here are taken out (forged.go). If it is
//     worth keeping (worth.go), and sender or recipient want it kept (wants.go), it gets
//     an ID (id.go) and goes to the store; the ticket tells when it is safe. The
//     recipient and the sender's own devices are told the ID, each that of their archive.
//  2. A client asks: [Service.HandleIQ] reads the question (query.go), and sends one page
//     of the archive to the session that asked, message by message, and then the
//     answer (page.go). What it has read so is not handed to it again from the offline
//     queue (reading.go).
//  3. A retraction that passes replaces the message it means by a tombstone, a moment
//     later (retract.go).
//  4. People say what they want kept (prefs.go).
//
// Files in reading order: ports.go (what it asks of others), archive.go (the service),
// id.go, keep.go, worth.go, forged.go, wants.go, pending.go (writes that are under way),
// query.go, page.go, reading.go, retract.go, prefs.go, room.go.
//
// Archives of rooms use [Service.Append] and [Service.Query], and what is in room.go: who
// may read a room, and what is kept of it, is for the rooms to say.
//
// It does not delete: entries bear the time at which they are as good as gone, and the
// store sees to the rest. It archives neither groupchat nor headlines for accounts.
package archive
