// Package process runs the built binary in a process of its own, for the tests
// that look at the server from outside: over TCP, over TLS, and through its
// sudden death.
//
// How a test uses it:
//
//  1. TestMain calls Main, which builds cmd/causeway once for all tests of the
//     package, with the race detector if the tests have it.
//  2. New writes a configuration file, a certificate authority and a server
//     certificate into a folder of the test, and picks free loopback ports.
//  3. AddUsers makes accounts by the command that an operator would use.
//  4. Start runs the server and returns when it accepts connections; Stop ends it
//     with SIGTERM, Kill with SIGKILL. It can be started again on the same data
//     and the same ports.
//  5. At the end of the test the process is gone. If the test has failed, the log
//     is shown; a panic or a data race in the log fails the test.
//
// Files in reading order: main.go (the binary), server.go (the process),
// config.go (what it is told), log.go (what it says), authority.go (certificates).
//
// It speaks no XMPP: that is package wire.
package process
