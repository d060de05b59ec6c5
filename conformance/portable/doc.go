// Package portable moves people from Debian's Prosody to the built binary, as an operator would (XEP-0227), and has a
// real client see that they did not notice.
//
// How the run goes:
//
//  1. Prosody is started on loopback with three accounts that prosodyctl made, hashed. people.py logs in to them with
//     slixmpp, and gives them contacts, a vCard, private data, personal events, messages and a request that waits.
//  2. Prosody is stopped. Its migrator writes the accounts as XEP-0227, one file for each.
//  3. causeway import reads them, dry first; the server is started.
//  4. people.py logs in with the old passwords, by SCRAM, and looks for all of it.
//  5. causeway export writes them, a second server reads that, and its export is the same.
//
// That lies behind the build tag "interop", because it needs programs that a plain checkout does not have:
//
//	apt-get install prosody python3-slixmpp
//	go test -tags interop -v ./conformance/portable/
//
// kill_test.go needs none: it kills the server while that imports, as often as it takes.
//
// Files in reading order: main_test.go, portable_test.go, prosody_test.go, people.py; kill_test.go.
//
// What an export may have in it that Prosody never writes is tested in store/portable.
package portable
