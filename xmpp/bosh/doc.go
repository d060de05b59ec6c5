// Package bosh carries client streams in HTTP requests: XEP-0124 and XEP-0206.
//
// The way of a client:
//
//  1. A POST brings a <body/> (handler.go), which is read and checked (body.go).
//     One without a sid makes a session (create.go).
//  2. A session puts requests in the order of their rids (order.go): one that comes
//     too early waits, one that comes again gets the answer it got before, and one
//     that cannot be right ends the session.
//  3. What a request brings goes to the session's pipe (pipe.go). Whoever serves
//     streams reads it there as from a stream over TCP, and what is written there is
//     cut into elements that stand alone.
//  4. Requests are held until there is something to say, in order (answer.go): as
//     many as was agreed, as long as was agreed. A request that is held costs its
//     goroutine and its connection, and after a second little more than the latter
//     (Config.Park).
//  5. A client without a request is gone after a while; so is one that breaks a rule
//     (end.go). What it has not been seen to get goes back to whoever wrote it.
//
// Answers are XML in the body of an HTTP answer. There is no script syntax: browsers
// have had CORS for long, and a page that may run scripts of ours has no secrets.
//
// The package knows no accounts and judges no stanzas.
package bosh
