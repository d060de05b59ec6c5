// Package sasl is the server side of SASL (RFC 4422) as XMPP uses it (RFC 6120 §6): SCRAM (RFC 5802, RFC 7677) with and
// without channel binding (RFC 5929, RFC 9266, XEP-0440), OAUTHBEARER (RFC 7628), PLAIN (RFC 4616), EXTERNAL (RFC 4422
// Appendix A, XEP-0178) and ANONYMOUS (RFC 4505, XEP-0175).
//
// Each mechanism is a state machine over byte slices. The flow of one login:
//
//  1. The stream asks [BindingOf] for the channel-binding data of its TLS connection, fills a [Config] and offers what
//     [Mechanisms] lists, and beside it the names of [Binding.Types].
//  2. The client picks a mechanism. The stream checks that it is one of the list and calls [New].
//  3. Each message of the client, base64 taken off, goes through [Exchange.Step]; what comes back goes to the client as a
//     challenge, or with the success.
//  4. A [Failure] goes to the client as it stands. Any other error is our own fault: it is logged and the client is
//     told [TemporaryAuthFailure].
//  5. When Step says done, [Exchange.Username] is the localpart of the account.
//
// Three rules hold in every mechanism. An account that does not exist looks and costs like a wrong password: the same
// messages, the same failure, the same work. Nobody acts for somebody else: an authorization identity is empty or the
// user's own bare address. No error text holds anything that a client or a directory gave us.
//
// Files in reading order: exchange.go (one login), mechanism.go (names and their order), failure.go, identity.go (user
// names and authorization identities), plain.go, oauthbearer.go, scram.go, message.go (the grammar of SCRAM), keys.go (what an account
// keeps instead of its password), binding.go, external.go, anonymous.go.
//
// The package does no I/O, knows no XML and no base64 of the stream, keeps no accounts, counts no failed logins, and
// does not know whether its stream is encrypted: the caller sees to that.
package sasl
