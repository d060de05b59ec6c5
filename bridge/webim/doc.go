// Package webim answers pages that have the webim JS library (the document "js库接口协议",
// and the library 5.8 as it behaves; where the two differ both are served, and the
// library's need goes first). Citations are webim #endpoint for the document and wire §N for
// what the library does. Each call becomes what an XMPP client would say:
//
//	online, offline          bind, roster, presence, backlog          online.go, offline.go
//	buddies, search          roster, vCard                            buddies.go
//	presence, status         presence, chat states                    presence.go
//	message                  message                                  message.go
//	history, clear_history   archive; a request of ours to purge it   history.go
//	rooms, join, leave, ...  rooms and bookmarks                      rooms.go, room.go, bookmark.go
//	setting                  private storage                          setting.go
//	notification             headlines                                notification.go
//
// The way of a call:
//
//  1. Handler.ServeHTTP finds the endpoint, reads the parameters, finds out who calls
//     (login.go: identify) and keeps pages of other sites off (guard).
//  2. The endpoint makes a stanza of it and sends it on the line of the account. Once it
//     answers "ok", what it changed is on the disk.
//  3. What the server sends to the line is translated at once, by whoever sent it
//     (take.go), into objects that are put into the queue of each tab (tab.go).
//  4. A poll takes the queue (packets.go). The next poll says that it came: until then
//     messages are owed (letter.go), and go another way if the account goes.
//
// A person (person.go) is an account that is online by webim: one line, and any number of
// tabs with a ticket each (ticket.go). A tab that stops polling ends after the grace, and an
// account without tabs after the same again (hall.go), so that nobody sees a page being
// loaded again. Tickets and cookies are sealed and not kept, so they are good when the
// server has been restarted (doc/adr/0015-port.md).
//
// Files in reading order: ports.go, words.go (the objects), id.go, escape.go, handler.go,
// login.go, handover.go, visitor.go, verify.go, ticket.go, hall.go, person.go, hidden.go,
// contact.go, take.go, letter.go, tab.go, packets.go, socket.go, and one for each noun above.
//
// It keeps nothing on the disk, and runs no goroutine for a person or a tab.
package webim
