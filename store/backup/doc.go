// Package backup writes all that a server keeps into a file while it runs, and brings it back. The format is its own;
// doc/adr/0010-backup.md has the reasons for it.
//
// A backup:
//
//  1. Take opens FILE.tmp and walks a snapshot of the store, key by key (take.go). Writers go on.
//  2. Records are collected into segments of about 64 KiB (segments.go). In a full backup all are written.
//  3. In an increment a segment that has the same digest as the one of the earlier file for the same range of keys is not
//     written again: a reference says in which file of the chain it lies, and where. So a file always lists the
//     whole state; a deleted key is one that no segment has. No version, clock or log of deletions needs to be trusted.
//  4. Uploaded files follow, likewise (uploads.go): they never change, so the same name and size is the same file.
//  5. After the trailer the file is synced and renamed. Whatever ends this early leaves no FILE.
//
// Restoring:
//
//  1. A chain is the full backup and its increments up to the state that is wanted (chain.go).
//  2. Verify reads every byte of every file and follows every reference, before anything is changed (verify.go).
//  3. Restore builds a new store beside the place of the old one, reads it back, compares it with the files, and then moves
//     it to its place (restore.go).
//
// A file is "causeway backup 1\n", frames, and a SHA-256. A frame (frame.go) is its kind in one byte, the lengths of its head and
// of its body as big-endian uint32, head and body. The SHA-256 at the end is over everything but the bodies, and each
// head has the SHA-256 of its body; so the outline of a file can be read and trusted without its bodies, and no byte can change
// unnoticed. The checksum also names the file: an increment lists those of the files before it. Frames, in this order:
//
//	'h'  header: schema, version, time, hosts, checksums of the earlier files, oldest first
//	's'  segment: first key, records, digest; the body has the records
//	'r'  segment that lies in an earlier file: first key, records, size, digest, file, offset of its frame
//	'f'  uploaded file: name, size; followed by 'c'
//	'c'  chunk of the uploaded file: digest; the body has the bytes
//	'g'  uploaded file that lies in an earlier file: name, size, file, offset of its frame
//	'z'  trailer: records and uploaded files in all
//
// Heads are integers as varints and byte strings with their length before them (head.go); the trailer has two integers of eight bytes. Segments come in the order of keys, uploaded
// files in that of names.
//
// Files in reading order: frame.go, head.go, outline.go, write.go, take.go, segments.go, uploads.go, chain.go, pace.go, verify.go,
// restore.go, fill.go.
//
// The package does not compress or encrypt (a pipe or the disk can), holds neither the configuration nor the keys of certificates, and
// knows nothing of what the records mean.
package backup
