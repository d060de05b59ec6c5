// Package resume cuts connections in the middle of a conversation and comes back
// by stream management (XEP-0198 #resumption): what both sides say must arrive
// exactly once and in order.
//
// How a run goes:
//
//  1. Two people talk, each over a connection with a fuse that blows after a
//     random number of bytes, read or written: inside a stanza, an
//     acknowledgement, a TLS record, sometimes inside the login or the <resumed/>.
//  2. It blows as a reset, as an orderly end of the TCP connection, or silently,
//     so that the server still believes in the old connection when the new one
//     comes.
//  3. The client connects again, resumes with the number of stanzas that it has
//     handled, and sends again what the server has not.
//  4. In the end each must have got all that the other has said, once, in order.
//
// What may not be resumed, and the errors for it, is a table beside that.
//
// Files in reading order: resume_test.go (the run), chatter_test.go (a person),
// refused_test.go (the errors).
package resume
