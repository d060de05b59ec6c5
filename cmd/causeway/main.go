// Command causeway is an XMPP server and the commands that run it.
package main

import (
	"os"

	"causeway/cmd/daemon"
)

func main() { os.Exit(daemon.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
