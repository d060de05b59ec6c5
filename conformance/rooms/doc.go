// Package rooms has many people talk in one room at once, and kills the server meanwhile
// (XEP-0045, XEP-0313): what plays cannot say because it takes many stanzas. The server is
// the built binary in a process of its own.
//
// How a run goes:
//
//  1. Everybody enters one room and speaks as fast as the connection takes it, without
//     limits of the server.
//  2. Each occupant writes down which messages came, in order.
//  3. The archive of the room is read page by page (XEP-0059). It and all occupants must
//     have one and the same order, in which each message is once, and those of one person
//     are as they were sent (RFC 6120 §10.1).
//  4. In a second run the server is killed in between: what anybody was told before, be it
//     only the one who said it, is in the archive afterwards, in the same order.
//
// Files in reading order: rooms_test.go (occupants and the archive), order_test.go, slow_test.go,
// kill_test.go.
package rooms
