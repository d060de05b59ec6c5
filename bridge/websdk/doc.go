// Package websdk lets the web SDKs of the Platform that speak XMPP log in as they are
// published (wire/rest-oauth.md part 3, cited as wire 3.N): npm easemob-websdk 1.4.10 and
// its kin. Their XMPP is a dialect: other addresses, JSON in <body/>, receipts instead of
// stream management, privacy lists. All of that ends here: an Adapter stands between what
// carries a stream (WebSocket, BOSH) and the server of client streams, and what the latter
// sees is an ordinary client with stream management.
//
// The way of a stream:
//
//  1. Adapter.Serve (adapter.go) reads the opening tag. Streams to a domain that no SDK
//     is told of go on untouched, and cost nothing more.
//  2. A stream to a name that is no host of ours, such as easemob.com, is answered here
//     until <auth/> says by its org#app which host is meant; on one to a host of ours
//     <auth/> says whether it is an SDK at all (login.go). Anybody else passes as he is.
//  3. A Stream (stream.go) is a Carrier over a Carrier. One goroutine reads the client,
//     and puts what it said, translated, into an inlet (inlet.go), where the server reads.
//     What the server writes is translated by whoever writes it.
//  4. In between, elements are trees (element.go), addresses have the names of the SDK
//     (address.go), and what it has in <body/> is an envelope (envelope.go), which is
//     evaluated as a program by whoever gets it: none passes that was not read and written
//     anew.
//  5. message.go, presence.go, room.go, request.go and privacy.go translate, each both ways.
//     What is not known to be harmless to the SDK does not reach it.
//  6. receipts.go: a message is acknowledged to the SDK when the server has acknowledged it
//     (XEP-0198), so it is on the disk; and to the server when the SDK has sent its receipt,
//     so what a page did not get is stored.
//
// Files in reading order: ports.go, adapter.go, login.go, stream.go, then as above.
//
// It keeps nothing, checks no password, and knows no session but its own streams.
package websdk
