// Package jid holds XMPP addresses: RFC 7622, and the escaping of localparts of
// XEP-0106 1.1.1.
//
// How an address is read:
//
//  1. Parse splits it at the first '/' and the first '@' before that.
//  2. If all parts are canonical ASCII, which is the rule, they are taken as they
//     stand.
//  3. Otherwise the PRECIS profiles and IDNA bring them to canonical form, and
//     what IDNA lets pass though it is in no host name is refused.
//  4. A Cache, one for many streams, saves step 2 and the copy for addresses that
//     come again, and step 3 with its cost for the others.
//
// Files in reading order: jid.go (the value), parse.go (text to address),
// canonical.go (the short way), prepare.go (the long way), cache.go, escape.go,
// recent.go (what services remember of the addresses that were asked about lately).
//
// The package does not know which addresses exist, and nothing of XML: an address
// may hold characters that must be escaped in an attribute.
package jid
