// Package avatar makes one picture of two: that of personal eventing (XEP-0084 1.1.4,
// User Avatar) and the photo in the vCard (XEP-0153 1.1, vCard-Based Avatars), as XEP-0398
// 1.0.0 asks.
//
//  1. A client publishes metadata. If the image lies in the data node, its SHA-1 is
//     what the metadata says and anybody may read it, it becomes the photo of the card
//     (XEP-0398 #pep2vcard).
//  2. A client sets a card with a photo. The image and then its metadata are published
//     (#vcard2pep).
//  3. Taking the picture away on one side takes it away on the other.
//  4. Whenever an account's client sends available presence, the hash of the photo is
//     put into it, unless the client says that it shows none (#presence). After a
//     change the presence of all its clients is sent again.
//
// A conversion is done only where the other side differs, so what it causes there ends
// the matter. One account's conversions are done one after the other (desk.go).
//
// Files in reading order: ports.go (what it asks of others), avatar.go (the service),
// convert.go (between the two), image.go (what is written and read), presence.go,
// stamp.go, desk.go.
//
// It never decodes an image, fetches none from addresses, and does not fail what the
// client did when a conversion is not possible.
package avatar
