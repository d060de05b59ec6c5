// Package ping answers XMPP pings (XEP-0199 2.0.1).
//
//  1. A client asks its host or its own account whether the stream still works.
//  2. The answer is an empty result.
//
// It does not ping anybody: whether a silent client is still there is the
// business of the stream (package c2s).
package ping
