// Package rest has the built server answer back ends: the request lines of the document
// "Platform API", pasted into a shell with real curl (curl_test.go), and registrations while
// the server is killed again and again (kill_test.go).
package rest
