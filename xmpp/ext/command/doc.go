// Package command runs ad-hoc commands (XEP-0050) that the hosts offer.
//
//  1. The wiring room adds each [Command] to the [Service].
//  2. A client asks discovery for the node [NS] and is shown what it may run
//     ([Service.Commands]).
//  3. It runs one; if the command has forms, a session begins, and each form
//     filled in leads to the next (XEP-0050 #execute-multiple), or back.
//  4. With the last form the command runs once, and the session is over.
//
// Files in reading order: command.go (what a command is, and the list), run.go
// (one request), session.go (executions that wait for a form), errors.go (the
// table of XEP-0050 #desc-errors).
//
// The package knows no command. Answers are in English whatever language was
// asked for.
package command
