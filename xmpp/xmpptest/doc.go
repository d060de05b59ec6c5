// Package xmpptest holds what tests of streams need: a buffered connection in
// memory (pipe.go), a puppet client that sends bytes and says what it wants to
// see (puppet.go), and the comparison of XML with a pattern (match.go). All of it
// works inside a testing/synctest bubble, where waiting costs no time.
package xmpptest
