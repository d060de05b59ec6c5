// Package component serves the streams of external components: XEP-0114 (Jabber
// Component Protocol), its accept method. A component is another process that speaks
// for a whole domain of its own, such as a gateway to another network, a bot or a push
// service. What it knows is a secret; what it may is to be anybody at its domain.
//
// The way of a component:
//
//  1. A connection is admitted (server.go) and gets a goroutine of its own.
//  2. handshake.go: the component names its domain in the stream header, gets an id,
//     and proves by a hash of id and secret that it may speak for the domain.
//  3. gate.go: the gate of the domain has the connection from then on. A second
//     connection for the same domain replaces the first.
//  4. in.go: the goroutine reads stanzas, sees to it that they come from the domain,
//     and routes them by Router.Emit, one after the other, which keeps their order.
//  5. The router gives what is for the domain to the gate: Accept puts it into a
//     bounded queue. out.go writes the queue by a goroutine that exists only while
//     there is something to write.
//  6. What nobody has read when a component is gone goes back to its senders as errors
//     (end.go), as does what comes for it later.
//  7. Shutdown (server.go) ends all streams in order.
//
// Reading order: ports.go, config.go, then as above.
//
// The protocol knows no acknowledgements and no resumption: what was written to a
// connection that then dies is lost. It knows no TLS either, so its place is the
// loopback, or a network that nobody else listens to. The connect method, where the
// server calls the component, is not here; nobody speaks it any more.
package component
