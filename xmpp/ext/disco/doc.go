// Package disco tells what a host or an account is and can do (XEP-0030 2.5.0,
// with the forms of XEP-0128 for the contact addresses of XEP-0157).
//
//  1. The wiring gives functions that collect features and items from what is
//     wired, so nothing can be told that is not there.
//  2. disco#info of a host: its identity, features and contact form, the same for
//     all who ask, made once. Of an account: for the account itself and those who
//     subscribe to its presence, service-unavailable for all others.
//  3. disco#items of a host: its rooms service, components and so on; of an
//     account: its connected resources, an empty list for strangers.
//  4. A node of a host is asked of each NodeService; one that nobody knows is
//     item-not-found.
//
// Files in reading order: ports.go (what it asks of others), disco.go (the
// service), info.go and items.go (the two answers), place.go (what is neither).
//
// It does not ask others what they can do, and does not answer for connected
// resources: the router delivers a query to a full JID to the client itself.
package disco
