// Package load puts load on any XMPP server and measures it from outside: what it
// delivers, how long that takes, and what it takes of its machine. It shares no code with
// the server, and knows no server but by its protocol.
//
// How a run goes:
//
//  1. A Config names the target and its accounts, a Scenario what is to be done, and
//     Settings how much of it. Run carries scenarios out, one after the other.
//  2. A Door logs people in. Those who talk are members of a talk: in a closed loop each
//     has so many messages on the way; in an open loop each says one at fixed times,
//     and how long it took counts from the time at which it was to leave. A server that
//     stalls cannot hide that by stalling the load.
//  3. Each message carries its number in its body. A Counter finds what is lost, doubled
//     or reordered; that is looked at always.
//  4. A Meter counts, and reads the server's CPU time, memory, files and system calls from
//     /proc if it is told its process.
//  5. A Result has the figures, a Report all results: as text, JSON or a page with plots.
//
// A raw relay moves the same bytes and parses nothing: what it takes is the machine's own
// limit, to be read beside the figures of servers.
//
// The load is made to be cheap, not right: it sends prepared bytes and looks for marks in
// what it gets. It does not test conformance; package run does.
//
// Files in reading order: scenario.go (the run), scenario_*.go (what there is to do), talk.go
// (members), counter.go, histogram.go, meter.go, process.go, machine*.go (what is measured);
// client.go, login.go, scram.go, people.go, crowd.go, web.go, webim.go, room.go, stanza.go,
// lane.go, names.go (clients and what they say); relay.go, cert.go; result.go, html.go
// (reports).
package load
