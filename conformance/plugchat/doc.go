// Package plugchat checks the API of a chat bar that sites integrate their users with:
// the document "plugchat API". A MUST is what the document states or shows in its
// examples; a SHOULD is what its real clients need: PHP, which loses the answer of an
// HTTP error, and jQuery.
//
// The checks need both keys of a site. What changes a visitor is not offered unless the
// id of an open bar is given, which is the cookie plugChatUserSessionId of a browser that
// has one; the visitor is logged out in the end. api.go has the checks by the chapters of
// the document: response, jsonp, auth, login, logout, getonline.
package plugchat
