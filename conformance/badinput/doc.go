// Package badinput sends the server what no client should send: broken XML,
// stanzas out of place, logins that make no sense, connections that stall. Each
// gets the answer of RFC 6120 (§4.9.3 for streams, §6.5 for logins, §8.3.3 for
// stanzas) or of the XEP, and nobody else notices.
//
// How a case goes:
//
//  1. A new connection is brought to the stage where the case begins: before the
//     first byte, in the clear, inside TLS, authenticated, with a resource.
//  2. The case sends its bytes and reads exactly the answers of the table. Before
//     any stream error there has to be an opening tag (RFC 6120 §4.9.1.2), and
//     after it the closing tag and the end of the connection (§4.9.1.1).
//  3. Where the stream goes on, it has to be of use: the login succeeds, or the
//     next request is answered and nothing came before that.
//  4. All the while two other people chat over the same server. Before, during
//     and after each case a message each way has to arrive, and nothing else.
//
// The tables, by stage: stream_test.go, xml_test.go, tls_test.go, sasl_test.go,
// bind_test.go, stanza_test.go, services_test.go, archive_test.go, profiles_test.go, events_test.go,
// management_test.go, state_test.go. A case is named by its citation, the condition it wants, and what is
// wrong. What takes time or many connections is not a table: slow_test.go,
// crowd_test.go; nor is what goes to the HTTP port: http_test.go; what components
// send has a table of its own: component_test.go; so has what is sent to a room, where
// those who are there are the bystanders: rooms_test.go. How cases run: case_test.go,
// bystander_test.go.
package badinput
