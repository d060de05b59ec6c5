// Package sessions looks at what becomes of sessions when there is too much, or
// too many, or the end comes at a bad time (RFC 6120, RFC 6121, XEP-0198): what
// plays cannot say because it takes many stanzas, clients that do not read, or a
// clock. The server is the built binary in a process of its own.
//
// Files in reading order: sessions_test.go (the server and its people),
// overflow_test.go (a client that does not read), backlog_test.go (a long absence),
// removal_test.go (an account that goes), shutdown_test.go (the server goes),
// roster_test.go (large rosters and busy ones), crowd_test.go (many sessions).
package sessions
