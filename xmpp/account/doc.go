// Package account knows who exists on our hosts and how they prove it (RFC 5802,
// RFC 8265, XEP-0077), and lets administrators see to it (XEP-0133).
//
//  1. The wiring room makes a [Service] over a [Store].
//  2. A login asks the [Directory] of its host for a key set, or whether a password
//     is right. For who does not exist the answer looks and costs the same.
//  3. The [Throttle] is asked before each try, and told how it ended.
//  4. The router asks the Service whether an account exists; mostly the cache answers.
//  5. Commands of administrators ([Admin]) and of people themselves change
//     accounts through the Service, the one way in.
//  6. Removing an account ends its sessions, then runs every step that OnRemove
//     was given, then deletes the record.
//
// Files in reading order: account.go (the record and the errors), ports.go (the
// Store), service.go (what can be done with accounts), credential.go (key sets,
// true and fake), lacking.go (which of them everybody has), cache.go, throttle.go, admin.go (the list of commands),
// admin_users.go, admin_lists.go, admin_sessions.go.
//
// It keeps no password in clear, no session and no contact list. Who administers a
// host is said by the configuration.
package account
