// Package register lets people see to their own account in band (XEP-0077): change
// the password, remove it and, where the host allows, make one.
//
//  1. Who is logged in sends a request to the host or to its own account; the
//     router brings it to [Service.HandleIQ].
//  2. Who is not yet logged in sends it on the bare stream; the edge that owns the
//     stream asks [Service.Open] whether to offer that, and [Service.HandleStream]
//     for the answer.
//
// Files in reading order: ports.go (what it needs of accounts), register.go (the
// requests of members), stream.go (those of strangers).
//
// It asks for a name and a password, nothing else, and sends no data form and no
// redirection.
package register
