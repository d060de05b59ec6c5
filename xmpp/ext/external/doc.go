// Package external tells clients of servers that are not XMPP's and that they need
// for calls: STUN and TURN (XEP-0215 1.0).
//
//  1. The wiring reads the URIs of the configuration (uri.go; RFC 7064 §3.1, RFC 7065
//     §3.1).
//  2. A client of a host asks that host for all services, those of one type, or the
//     credentials of one (external.go).
//  3. A TURN server that shares a secret with this one gets credentials that end after
//     some time and that it can verify by itself (credentials.go).
//
// Files in reading order: uri.go, external.go, credentials.go.
//
// It contacts no server, and pushes no changes: the list only changes with a restart,
// which ends all sessions.
package external
