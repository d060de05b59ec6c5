// Package stanza holds the three things that travel over XMPP: message, presence
// and iq (RFC 6120 §8, RFC 6121 §4 and §5), as the bytes that came in and the few
// facts about them that routing needs.
//
// The way of a stanza:
//
//  1. A Scanner runs over the bytes of one element as they come in. It checks all
//     that RFC 6120 §11 asks (XML 1.0, namespaces, UTF-8, no DTD) and our Limits,
//     and notes in an Index where the head and the children stand.
//  2. Stanza.Reset reads the head: kind, type, from, to. Nothing is copied.
//  3. Has, Child and Text look at children; Decode makes a Go value of one, which
//     is for services that answer requests.
//  4. New, Result and ErrorReply build stanzas of our own.
//  5. AppendTo writes the bytes as they leave: a new from and to, all else spliced
//     as it came.
//
// Steps 1, 2 and 5 do not allocate.
//
// Files in reading order: stanza.go (the values), head.go, children.go, element.go, append.go,
// content.go (between streams of different kinds), build.go, decode.go, error.go;
// escape.go and attributes.go under them; then the Scanner: scan.go (what it is, and
// its states), scan_tag.go, scan_element.go, namespace.go, scan_text.go, names.go.
//
// The package knows no streams, no routing and no payloads, and makes no tree.
package stanza
