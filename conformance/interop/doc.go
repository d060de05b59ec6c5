// Package interop runs real clients against the built binary: python3-slixmpp,
// python3-aioxmpp, go-sendxmpp, profanity and @xmpp/client, each over TLS with
// the certificate verified (RFC 6120 §13.7.2).
//
// How a run goes:
//
//  1. The driver starts a server by package process, with a certificate that the
//     client can verify, and adds romeo and juliet. Each client gets a server and
//     a data folder of its own.
//  2. It starts the client's script and reads its transcript: one line
//     "ok STEP" for each step that the script has seen to work.
//  3. When the script prints RESTART, the driver stops the server with SIGTERM,
//     starts it again on the same data, and answers GO.
//  4. The script must end with status 0 and have shown every step, in order.
//
// Everything lies behind the build tag "interop", because it needs tools that a
// plain checkout does not have; README.md says which. Files in reading order:
// interop_test.go (the clients and the steps), script_test.go (the transcript),
// server_test.go, devices_test.go (two devices of one person), component_test.go,
// rooms_test.go (four clients in one room), webim_test.go (a page and two clients); then
// the scripts, best begun with story.py and slixmpp_client.py.
//
// It does not check the wording of a protocol: that is what the rest of
// conformance is for. Here a client's own idea of success decides.
package interop
