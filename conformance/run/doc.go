// Package run runs checks of the XMPP specifications against any server.
//
//  1. A Check is one requirement and the steps that show whether it is met. The
//     packages beside this one hold them, one for each document, and give them as
//     tables; nothing registers itself.
//  2. Probe asks the target what it offers. A check whose Needs are not offered is
//     not run and has not failed.
//  3. Run runs checks side by side. Each has people of its own from an Accounts, a
//     limit of time, and a log of what was said; it ends by itself, by the first
//     thing that is not as it must be, or by the limit.
//  4. A Table is the same for the source document of a bridge: its steps have in their
//     hands what knows the ways of that bridge (packages webim, rest, oauth, flash,
//     plugchat).
//  5. A T is what a check has in its hands: people who log in, streams at each step
//     of a login, and the words in which it says what it wants.
//
// Files in reading order: check.go, target.go, probe.go, accounts*.go, runner.go, t.go,
// client.go, raw.go, table.go.
//
// It prints nothing; package report does.
package run
