// Package rsm holds the two halves of result set management (XEP-0059): what part
// of a list somebody asks for, and which part it is that they are given.
//
//  1. A service reads the <set/> of a request with [Read] or [Parse].
//  2. It looks up the page that the [Request] means, and answers with a [Part].
//
// Files in reading order: request.go, part.go.
//
// It does not page through anything: what the ids mean, and how large a page may
// be, is known by the service alone.
package rsm
