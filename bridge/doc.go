// Package bridge is what everything that is reached over HTTP shares: one Server
// that keeps bad clients off, and the routes into which the packages below it are
// hung (RFC 9110, RFC 9112, RFC 9113).
//
// The way of a request:
//
//  1. A connection comes in by a listener of Serve, which counts it and refuses too
//     many of one address (limit.go).
//  2. The head has to come whole, small and soon; so has everything else, unless its
//     handler asks for the time that its size takes (pace.go).
//  3. The route is found by the path as it was sent: nothing is unescaped or cleaned
//     before, so no spelling of a path leads somewhere else.
//  4. The handler of the route answers. What it answers carries headers that keep
//     browsers from running it (handle.go), and one line in the log, at the level
//     debug, with the name of the route and never the path: some paths are secrets.
//  5. Shutdown lets requests that are under way end.
//
// Files in reading order: server.go, handle.go, pace.go, limit.go.
//
// It holds no sessions and speaks no XMPP; the packages below it do what they do
// through interfaces that they declare.
package bridge
