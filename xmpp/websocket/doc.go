// Package websocket carries client streams in WebSockets: RFC 7395 over RFC 6455.
//
// The way of a client:
//
//  1. A GET that offers the subprotocol "xmpp" becomes a WebSocket (handler.go).
//     gorilla/websocket does the handshake and the frames; below it is an outlet
//     (outlet.go), so that what is written together leaves by one system call.
//  2. Whoever serves streams gets a Conn, which looks like a stream over TCP.
//  3. Each message is read into a Framer (read.go) and has to be one whole, checked
//     element. <open/> becomes the opening tag of a stream, <close/> the closing
//     tag, and all else passes as it came.
//  4. What is written is cut into elements again (write.go), each of which leaves
//     as a message that means the same alone. White space becomes a ping.
//
// While nothing comes a Conn holds no buffer but the smallest that the library
// has, no timer, and no reader (reader.go), so that the stream can sleep.
//
// The package knows no sessions and judges no stanzas.
package websocket
