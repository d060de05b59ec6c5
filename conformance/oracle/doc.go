// Package oracle is the client that the conformance runner looks at servers with:
// bytes out, elements in, over TCP and TLS, WebSocket or BOSH (RFC 6120, RFC 7395,
// XEP-0124). It shares no code with the server, so that one misreading cannot hide
// on both sides, and sends whatever it is told to.
//
//  1. Dial gives a Stream over TCP, DialWebSocket and DialBOSH give one over HTTP.
//  2. Open, StartTLS, Authenticate and Bind are the steps of a login. Each can be
//     left out or done by hand with Send and Next.
//  3. Next gives the next element within a limit; a limit that has passed does not
//     spoil the stream. What is not well-formed is an error.
//  4. Match holds an element against a pattern: what is written must be there.
//  5. A Log keeps the exchange of all streams of one check, without secrets.
//
// Files in reading order: element.go, match.go, reader.go, stream.go, login.go,
// scram.go, websocket.go, bosh.go, log.go.
//
// It does not answer anything by itself, and trusts the target with nothing: each
// read has a limit of time and of bytes.
package oracle
