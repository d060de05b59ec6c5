// Package flash answers old tools: zero-terminated XML commands on a socket (the document
// "Server API" of a Flash chat server), and files and addresses that tell how the server
// is. Citations are flash #command for the document and wire §N for what real tools do,
// which doc/flash.md sums up. Each command becomes what an administrator of the host would
// say by XMPP:
//
//	add_room                 ad-hoc command room-add                    room.go, schedule.go
//	edit_room, del_room      room configuration, destroy (XEP-0045)     room.go, schedule.go
//	broadcast                announcement (XEP-0133)                    broadcast.go
//	private_message          message, with XHTML-IM (XEP-0071)          message.go
//	start_group, stop_group  ad-hoc commands host-start, host-stop      group.go
//	list_rooms, list_users   read from the rooms; online users          list.go
//	kick, ban, unban         roles, affiliations; XEP-0133              kick.go
//
// The way of a command:
//
//  1. A connection comes in (server.go), which is counted, and has ten seconds for its first
//     document.
//  2. A document is what stands before a zero byte (frame.go). What does not begin as XML is
//     not answered.
//  3. The address, the document, and then password and group are checked (command.go,
//     document.go). Whoever may not speak learns nothing of why.
//  4. The command says its stanzas by the bridge.Port, in the name of the host, and waits
//     until what they change is on the disk.
//  5. The reply is one line and one zero byte (reply.go). Unless more has come already, or the
//     client has asked to stay, the connection is ended from our side: old clients read until
//     they see that (conn.go).
//
// A group is a host; which one, and its password, are those of the App (bridge.Apps). The
// files are in files.go, and census.go has the figures for them and for those who ask by
// HTTP (web.go).
//
// Files in reading order: ports.go, server.go, conn.go, frame.go, document.go, value.go,
// command.go, fault.go, guesses.go, reply.go, admin.go, and one for each noun above.
//
// It keeps nothing on the disk but those files.
package flash
