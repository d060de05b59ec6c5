// Package last tells when somebody was last there (XEP-0012 2.0).
//
//  1. Asked of a host, it tells how long the server has been running.
//  2. Asked of an account, it tells how long ago the last resource went away, and
//     what it said then; 0 seconds while a resource is connected. Only the account
//     itself and those who subscribe to its presence are told.
//  3. Whoever ends a session calls [Service.Left], which notes the time when it
//     was the last one of the account.
//
// Files in reading order: ports.go (what it asks of others), last.go (the
// service).
//
// It does not answer for a connected resource: the router delivers a query to a
// full JID to the client itself (XEP-0012 #online).
package last
