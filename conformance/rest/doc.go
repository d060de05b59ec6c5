// Package rest checks the REST admin API that back ends call: the document "Platform
// API", with its paths below /{org}/{app}. A MUST is what the document states or shows
// in its samples; a SHOULD is what its real clients need, or what a careful reader would
// add. The document prints one error in two spellings at times: a check takes either.
//
// The checks register users of their own and delete them. What needs an XMPP client
// (that somebody is online, is thrown out, may not log in) is not offered unless the
// address of the XMPP server is given. What deletes users that the checks have not made
// is not offered unless that is asked for. Files are the chapters of the document:
//
//	token.go, user_id.go
//	register.go, get.go, delete.go, change.go    user management
//	contacts.go, blocks.go                       contacts and blacklist
//	status.go, account.go                        online and offline; disabling
//	common.go                                    what holds for all calls
//
// play.go has what the steps are written in, envelope.go the shapes of answers.
//
// Beside the checks, tests have the built server answer back ends: the request lines of
// the document, pasted into a shell with real curl (curl_test.go), and registrations
// while the server is killed again and again (kill_test.go).
package rest
