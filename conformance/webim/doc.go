// Package webim checks what answers pages with the webim JS library: the document
// "js库接口协议". A MUST is what the document states; a SHOULD is what the library 5.8
// needs to work, where the document is silent or the library has gone on. Where the two
// differ (the bare word ok and the JSON string "ok", the poll's address) a MUST takes
// either.
//
// The checks need two people with passwords, better three; what needs them to be
// contacts of each other is not offered unless they are. They use rooms of their own,
// and all leave them. Sections are the headings of the document:
//
//	common                       online.go, jsonp.go
//	online, offline, refresh     online.go, session.go
//	buddies, presence, status    people.go
//	message, history             messages.go, history.go
//	rooms, join, leave, members  rooms.go
//	setting, notification        session.go
//	connection                   packets.go: the poll
//
// play.go has what the steps are written in.
package webim
