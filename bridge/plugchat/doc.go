// Package plugchat answers sites that have a chat bar: their back ends by the JSON and JSONP
// API that the document "plugchat API" describes, and their pages by a bar of ours
// (static/bar.js). Citations are plugchat #action for the document, and wire §N for what is
// decided where it says nothing, or two things. Each call becomes what an XMPP client would
// say:
//
//	open             an account for the guest, bind, presence, a room    open.go, session.go
//	login, logout    vCard, private storage, another nick in the room    login.go
//	getonline        the count of those online that administrators get   getonline.go
//	say              message, to the room or to one person               say.go
//	poll             what has come for the guest                         poll.go
//
// The way of a visitor:
//
//  1. The bar opens a session, from a page of the site (origin.go). The session has an id,
//     which the bar puts into a cookie of the site, and a key, which the bar keeps to itself.
//  2. The site's back end reads the cookie and names the session by its id: that is good for
//     nothing without the site's apiKey, and the apiKey for no session of another site.
//  3. What the server sends to the line of the guest is translated at once, by whoever sent
//     it (take.go), into events that a ring holds (ring.go). A page asks for those behind
//     the last one it has, so any number of pages of one browser have the same.
//  4. A session that no page has polled for a while ends, and its account is removed.
//
// Keys are sealed and not kept, and what a login has set is in the private storage of the
// guest's account: so a page goes on when the server has been restarted (doc/adr/0023-guests-of-sites.md).
//
// Files in reading order: ports.go, answer.go, handler.go, origin.go, key.go, names.go, hall.go,
// session.go, room.go, arrival.go, take.go, ring.go, kept.go, and one for each noun above.
//
// It keeps nothing on the disk itself, and runs no goroutine for a guest or a page.
package plugchat
