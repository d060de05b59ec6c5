// Package stream holds XML streams: RFC 6120 §4, the restrictions of RFC 6120 §11,
// and the errors that end a stream.
//
// The way of bytes that come in:
//
//  1. The owner of a connection reads into Framer.Buffer and says how much by
//     Advance.
//  2. Framer.Next gives what is whole: the opening tag as a Header, each element
//     with its Index, the closing tag; white space between them is skipped.
//  3. An element that uses a prefix declared on the stream element gets that
//     declaration itself, so that it may leave on any other stream.
//  4. What breaks a rule is an Error with the condition of RFC 6120 §4.9.3. The
//     owner writes it (AppendError), closes the stream (AppendClose) and hangs up.
//  5. When nothing comes for now, Framer.Release gives the buffer back.
//
// Files in reading order: framer.go (what comes in), buffer.go (its memory),
// header.go (opening and closing tags), error.go.
//
// The package does no I/O, and does not negotiate: it knows no TLS, no SASL and no
// limits of time.
package stream
