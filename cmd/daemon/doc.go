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
// what), adapt.go (where two parts need a word between them), config.go,
// config_keys.go, config_load.go, config_check.go, config_print.go, nearest.go;
// cert.go, cert_doubts.go, selfsigned.go; serve.go, reload.go, rest.go, drain.go,
// web.go (what is reached over HTTP), control.go, status.go; agent.go, output.go, password.go; cmd_user.go and its
// siblings, cmd_batch.go, cmd_admin.go, cmd_export.go, cmd_import.go, cmd_config.go, wire_backup.go, cmd_backup.go, cmd_restore.go, quickstart.go, try.go; log.go,
// fault.go (what people see of errors).
//
// It makes no decision about a stanza, and no package but the command imports it.
package daemon
