// Package muc has rooms in which people talk: XEP-0045 1.35.5, with self-pings
// (XEP-0410), archives of rooms (XEP-0313), ids of messages and of occupants (XEP-0359,
// XEP-0421), retraction and moderation (XEP-0424, XEP-0425), hats (XEP-0317) and avatars
// (XEP-0486).
//
// The way of a stanza:
//
//  1. The router gives what is for conference.HOST to [Service.Accept] (service.go). What
//     is for the service itself goes to a router.Desk (disco.go).
//  2. The room is found among those that are alive, or read from the store; a room in which
//     nobody is costs its records only (room.go).
//  3. One step (step.go) judges the stanza and changes the room. Each aspect has a file:
//     a stanza comes in, and what is to be said goes into the turn. A step that fails has
//     changed nothing, and its sender is told.
//  4. What was said goes to the archive, what has changed to the store (finish in
//     service.go). Both give tickets and do not wait.
//  5. The outbox (outbox.go) says all of it in order, each part when it is on the disk, and
//     what has gathered to each session at once. So
//     all occupants and the archive have one order, and whoever sees his own message again
//     knows that it is kept. Whose device sleeps is woken (wake.go).
//
// A room has no goroutine; whoever brings a stanza takes the step, under the lock of that
// room, and what is to be said has a goroutine while it lasts.
//
// Files in reading order: ports.go (what it asks of others), settings.go, affiliation.go,
// role.go, limits.go (the words); service.go, room.go, occupant.go, step.go, outbox.go (the
// frame); and the aspects: enter.go, nick.go, presence.go, leave.go, status.go, message.go,
// subject.go, history.go, private.go, relay.go, letter.go, invite.go, voice.go; moderate.go,
// retract.go, admin.go, owner.go, form.go, destroy.go, register.go; disco.go, archive.go,
// vcard.go, hats.go, command.go, wake.go; hours.go, opening.go; rate.go; operate.go, touched.go (for
// administrators).
//
// It does not know sessions that are not in a room, keeps no files, and speaks to no
// socket. Rooms of other servers are theirs.
package muc
