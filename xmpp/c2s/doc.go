// Package c2s serves client streams: RFC 6120 (XMPP core), with stream management
// (XEP-0198), client state indication (XEP-0352), stream limits (XEP-0478), announced
// channel bindings (XEP-0440) and direct TLS (XEP-0368).
//
// The way of a client:
//
//  1. A connection is admitted (listen.go, wire.go) and gets a goroutine for its
//     login only.
//  2. mellium's negotiation loop runs over our own features (negotiate.go). It reads
//     from a conn (conn.go) whose bytes come from our framer, one checked element
//     at a time: header.go judges stream headers, starttls.go, auth.go and bind.go
//     are RFC 6120 §5, §6 and §7 (external.go logs in by certificate, XEP-0178;
//     bar.go stops who is on the way to an account that is removed, loan.go
//     keeps programs that log in by a token of a person within their bounds), limits.go says
//     what may be sent, register.go has strangers make an account (XEP-0077).
//  3. Once a resource is bound or a session resumed, take (client.go) gives the
//     connection to a fresh goroutine; everything of the login is garbage.
//  4. That goroutine reads (in.go): stanzas go to Session.Route, one after the
//     other. Between them it is parked without a buffer (park.go), and after some
//     seconds of silence it ends: one goroutine watches over all who sleep (sleep.go).
//  5. What is for the client comes by Deliver (out.go) into a queue that is written
//     by whoever finds it idle. What goes to many at once is written by who delivers it,
//     as far as the socket takes it (bulk.go). A queue that is full ends that one stream,
//     and what was never written goes another way (unsent.go).
//  6. With stream management, ack.go and ledger.go count both ways. An
//     acknowledgement goes out when what it acknowledges is on the disk.
//  7. A lost connection cuts the session; what waits in it is kept on the disk
//     (hold.go) until the client resumes (resume.go) or stays away too long. Whoever
//     wakes devices learns of it (missed.go).
//  8. While nobody looks at a client, what can wait (important.go) waits and merges;
//     it goes with the next that cannot, or when the client is active (inactive.go).
//  9. One sweeper looks after all connections (keepalive.go), so none has a timer;
//     drain.go ends them all.
//
// Streams that come by HTTP are carried (carried.go): another package makes a connection
// of them that looks like one over TCP.
//
// Reading order: ports.go, config.go, then as above.
//
// The package does not judge stanzas, keeps no accounts, and stores nothing.
// Deliver is called while the router has the turn of the account: nothing under it
// routes a message, or waits for somebody who does.
//
// Bind 2 and SASL 2 are not here yet.
package c2s
