// Package crash kills the server with SIGKILL while people talk, and counts:
// what was acknowledged (XEP-0198 #acking) must be there after the restart, and
// must be there once.
//
// How a run goes:
//
//  1. Senders push messages to people who are not there, many at a time, with a
//     request for acknowledgement every few messages. They write down what they
//     have sent and what was acknowledged.
//  2. At a random moment the server is killed. It is started again on the same
//     data, one of the recipients fetches what waits, and the senders go on with
//     new messages.
//  3. In the end all recipients log in and take what waits for them. A last
//     message, the fence, tells that nothing more comes (RFC 6120 §10.1).
//  4. Each acknowledged message must have come exactly once, each other one at
//     most once, and those of one sender in the order in which they were sent.
//
// A second run does the same to a recipient whose connection was cut and whose
// session waits to be resumed. What was delivered to her before the cut is the
// server's to keep from the moment it learns of the cut; once it acknowledges a
// message that was sent later, all of it has to outlive the server.
//
// Files in reading order: crash_test.go, hibernate_test.go (the two runs),
// sender_test.go, recipient_test.go, count_test.go, upload_test.go (files).
//
// It proves nothing about the disk: a killed process leaves its writes with the
// kernel. That acknowledgements wait for the sync is shown in package store,
// where the power can be cut, together with a control run in which they do not.
package crash
