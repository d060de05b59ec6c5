// Package upload is the HTTP side of uploaded files (XEP-0363 1.2 #upload, RFC 9110):
// /upload/ID/NAME.
//
//  1. path.go takes the path of a request apart, strictly: whatever could mean something
//     else to somebody is no file of ours.
//  2. PUT hands a body to Files, with what the request says of it, and answers 201 when
//     it is on the disk (put.go).
//  3. GET and HEAD answer with the file: whole, or in ranges (RFC 9110 §14), with
//     headers that let no browser run it (get.go).
//  4. OPTIONS tells web clients of other sites that they may do all this (#impl).
//
// Files in reading order: ports.go, upload.go, path.go, put.go, get.go.
//
// It decides nothing: Files knows slots, tokens and quotas.
package upload
