// Package private keeps XML of clients for each account: preferences, bookmarks
// (XEP-0049 1.2).
//
//  1. A set holds elements, each in a namespace of its own. All are stored or
//     none, each in place of what had its name and namespace.
//  2. A get names one element and receives what is stored, or the empty element
//     it asked with.
//  3. What has another home by now, as bookmarks have, is answered for by a View; the
//     store keeps what that has no place for.
//
// Files in reading order: ports.go (what it asks of the store), private.go (the
// service), split.go (cuts a query into elements that stand alone).
//
// It does not look into the elements, and lets nobody but the owner near them.
package private
