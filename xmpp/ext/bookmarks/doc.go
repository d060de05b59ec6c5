// Package bookmarks shows the rooms that somebody has bookmarked to clients old and new
// (XEP-0402 1.2.0, PEP Native Bookmarks; XEP-0048 1.2, Bookmarks, over XEP-0049 and over
// XEP-0223; XEP-0411 0.2.0, Bookmarks Conversion).
//
//  1. The truth is the node urn:xmpp:bookmarks:1 in personal eventing, one item a room.
//  2. What private XML storage gives under storage:bookmarks is made of it each time
//     somebody asks (Service.Get). What is set there (Service.Set) is compared with
//     the items: new rooms are published, others published again if they differ,
//     missing ones retracted. What old clients do not know of is kept.
//  3. The node storage:bookmarks holds the same list as an item, published again after
//     each change of the truth; a list that a client publishes there is taken as in 2.
//  4. What such a list holds besides rooms, like bookmarked pages, has no place in the
//     new format and stays in private storage.
//  5. Rooms that private storage has from before are published when their owner
//     comes, or asks for them (Service.Touch, migrate.go).
//
// All this is one account at a time (turns.go); a list is compared before it is
// published, so no change comes back.
//
// Files in reading order: ports.go (what it asks of others), bookmarks.go (the service),
// change.go (from lists to items), show.go (from items to lists), migrate.go, list.go
// and item.go (the two formats), turns.go.
//
// It joins no rooms and checks no passwords.
package bookmarks
