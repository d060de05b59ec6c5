// Package carbons gives the devices of a person copies of the messages that her
// other devices send and receive (XEP-0280 1.0.1).
//
//  1. A client asks for copies ([Service.HandleIQ]); its session remembers that.
//  2. The router shows each message to [Service.Follow] after it was delivered, in the
//     turn of sender and recipient, so copies and originals have one order.
//  3. eligible.go says whether the message is one that is copied; carbons.go makes one
//     copy for each side and gives it to the sessions that want it and have not got
//     the message itself.
//
// Copies go to sessions directly: they are not routed, kept, copied or bounced.
package carbons
