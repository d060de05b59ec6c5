// Package daemon is the wiring room: the one place that knows every other. It
// reads the configuration, builds the server of its parts, runs it and ends it in
// order, and holds the commands of the causeway binary.
//
//  1. Main reads the command line (root.go) and runs one command.
//  2. serve loads the configuration, builds a house (wire.go) and listens.
//  3. Commands that change a server speak to it over a socket in its data folder
//     (control.go), in the same ad-hoc commands (XEP-0050, XEP-0133) that
//     administrators use. When no server runs they build a house without
//     listeners for themselves (agent.go).
//  4. SIGTERM ends the server in order (drain.go); SIGHUP reads the certificates anew
//     (reload.go).
//
// Files in reading order: root.go (the commands), usage.go, wire.go (what is made of
// what; the wire_*.go beside it make one part each), adapt.go (where two parts need a
// word between them), config.go, config_keys.go, config_load.go, config_check.go and its
// siblings, config_print.go, nearest.go; cert.go, cert_doubts.go, selfsigned.go; serve.go,
// reload.go, memory.go, processors.go, drain.go, web.go (what is reached over HTTP),
// control.go, status.go; agent.go, output.go, password.go; the commands by their names: cmd_user.go and so on,
// cmd_batch.go (many accounts at once), quickstart.go, try.go; log.go, fault.go (what
// people see of errors).
//
// It makes no decision about a stanza, and no package but the command imports it.
package daemon
