// Package portable moves accounts between servers, in the format of XEP-0227 1.1, with what that builds on: XEP-0016,
// XEP-0049, XEP-0054, XEP-0060 #owner and #publisher, XEP-0163, XEP-0313, RFC 5802, RFC 6121 §2, and XInclude.
//
// Out of a server:
//
//  1. Export goes through the accounts of the hosts in order, and through what each keeps, page by page.
//  2. Each thing becomes a Record, and the writer makes it XML. The same store makes the same bytes.
//  3. ExportFile puts them into a file that has its name only when all of it is on the disk.
//
// Into a server:
//
//  1. A Source gives the Records of a file one by one, and of the files that it includes. What users have written is cut
//     out of the file as it stands, checked as if it had come by a stream, and declares the namespaces that it
//     needs. Nothing is taken that could make the reader grow: no DTD, no large token, no deep nesting.
//  2. Import reads all of it once, so that a file that is broken somewhere changes nothing, and then again.
//  3. The records of an account gather in a draft. Messages and items are written whenever a megabyte has come; the
//     account they belong to is closed until its end, and then opened with its roster in one step.
//  4. A Report says of each account what became of it, what was carried, and what was not.
//
// Files in reading order: record.go (what a file says); tape.go (the bytes of a file), element.go (one element that is kept
// as it is), read.go (the frame), include.go, read_part.go, read_credentials.go, privacy.go, read_archive.go,
// read_pubsub.go; write.go, write_pubsub.go, export.go, export_part.go, export_file.go; limits.go, import.go, draft.go,
// draft_part.go, draft_roster.go, draft_message.go, draft_node.go; report.go.
//
// It does not carry rooms, uploaded files, tokens and registrations for push. It tells no client and no contact: an account comes
// with its subscriptions, and so do those on the other side. It knows other servers by the XEP alone, but for the few
// places where they write something else, each of which is named.
package portable
