// Package wire is a small XMPP client for looking at a server from outside: bytes
// out, elements in, over real TCP and TLS (RFC 6120). It is strict about what it
// reads and has no opinion about what it sends. It shares no code with the
// server, so that a fault in reading cannot hide the same fault in writing.
//
// How a test uses it:
//
//  1. Dial gives a Conn. Send writes whatever the test likes, well-formed or not.
//  2. Next gives the next element that the server sends: its opening tag, a whole
//     element, or ErrEnd for its closing tag. What is not well-formed is an error.
//  3. Open, StartTLS, Authenticate and Bind are the steps of a login; Login is
//     all of them. Each can be left out or done by hand. Component connects as an
//     external component instead.
//  4. Want reads one element and holds it against a pattern: an element of which
//     all that is written must be there, and anything else may be.
//  5. A Fuse is a connection that breaks after a number of bytes.
//
// Files in reading order: conn.go, split.go (where an element ends), element.go
// (what it holds), match.go (patterns), want.go (for tests), login.go, component.go, fuse.go.
//
// It does not route, keep a roster or acknowledge anything by itself.
package wire
