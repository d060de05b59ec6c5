// Package vcard keeps one vCard for each account (XEP-0054 1.3, vcard-temp).
//
//  1. The owner gets and sets it whole; there are no partial updates.
//  2. Anybody may read that of an account; a card that is not there looks the
//     same as an account that is not there.
//
// Files in reading order: ports.go (what it asks of the store), vcard.go (the
// service).
//
// It does not look into the card: what clients put there is kept as it came. It
// has no card for hosts.
package vcard
