// Package vcard keeps one vCard for each account (XEP-0054 1.3, vcard-temp).
//
//  1. The owner gets and sets it whole; there are no partial updates.
//  2. Anybody may read that of an account; a card that is not there looks the
//     same as an account that is not there.
//  3. Of the photo in it (XEP-0153) the hash is kept beside the card, so that presence
//     can name it without the card being read. Who asked for it by OnPhoto learns of
//     another photo, and SetPhoto changes nothing but the photo.
//
// Files in reading order: ports.go (what it asks of the store), vcard.go (the
// service), photo.go.
//
// Apart from the photo it does not look into the card: what clients put there is kept
// as it came. It never decodes an image, and has no card for hosts.
package vcard
