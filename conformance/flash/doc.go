// Package flash checks the "Server API" of a Flash chat server: zero-terminated XML
// commands on a socket, and files that tell how the server is. A MUST is what the
// document states; a SHOULD is what its real clients need, who read until the server
// closes, or what a careful reader would add.
//
// The document shows no reply. Its clients want one XML document whose root has the
// attribute result, which for add_room is the number of the new room; a result that is a
// number from 0 up is a success here, anything else, and no reply, a refusal. Where the
// product that the document describes does the opposite of what it says (member and
// passallmessage) the document counts.
//
// The checks delete the rooms that they add. What a command does is seen by XMPP
// clients, so that is not offered unless the address of the XMPP server and a way to
// accounts are given; the files are not looked at unless their folder is, and groups
// are not stopped unless that is allowed.
//
//	command.go                       the envelope: framing, password, broken XML
//	rooms.go                         add_room, del_room, edit_room
//	talk.go                          broadcast, private_message
//	group.go                         start_group, stop_group
//	files.go                         online.txt, room_N.txt
//
// play.go has what the steps are written in.
package flash
