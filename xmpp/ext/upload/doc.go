// Package upload lets people upload files that others download by a link (XEP-0363
// 1.2).
//
// The way of a file:
//
//  1. A client asks upload.HOST for a slot, and says the name, the size and perhaps
//     the type and the purpose of the file. Only people of that host may.
//  2. The size is reserved in the owner's quota, an entry is made in the store, and
//     the client gets two URLs: one to upload to, with a signed token that ends soon,
//     and one to download from.
//  3. Put takes the file from whoever has the first URL: once, in exactly the size
//     that was announced. When it returns, file and entry are on the disk.
//  4. Open gives it to whoever has the second URL, until its time is over.
//  5. Run removes what has ended: unused slots, and files as their purpose has it
//     (XEP-0363 #purpose): that of messages after the configured time, ephemeral ones
//     when their sender wants it, those of profiles and permanent ones never. The
//     last two may have a quarter of the quota, since nothing takes them back.
//
// Files in reading order: ports.go (entries; what it asks of others), upload.go (the
// service), request.go (what is asked), errors.go, token.go, transfer.go (up and
// down), sweep.go (the end).
//
// It knows no HTTP: package bridge/upload calls Put and Open. It does not look into
// files, and nobody can list or delete them: XEP-0363 has no such thing.
package upload
