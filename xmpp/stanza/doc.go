// Package stanza holds the three things that travel over XMPP: message,
// presence and iq (RFC 6120 §8), as the bytes that came in and the few facts
// about them that routing needs.
package stanza
