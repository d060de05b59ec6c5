// Package judge runs the conformance checks against servers: against ours, of which it
// wants every MUST and SHOULD, and against Debian's Prosody and ejabberd, of which it
// wants what testdata/known.tsv has.
//
// It also proves that each check can fail: a proxy between the runner and a server that
// meets the requirement changes what passes, and the check has to notice.
// mutants_test.go has the list of changes, testdata/mutants.tsv says which of them each
// check notices; a check without one fails the tests.
//
//	go test -tags interop ./conformance/judge -run Proof -update   finds them again
//	go test -tags interop ./conformance/judge -run Narrow -narrow  replaces those that many checks notice
//	go test -tags interop ./conformance/judge -run Others -reports doc/conformance   writes the reports anew
//
// bridges_test.go does the same for the bridges of ours. That their checks can fail is
// shown beside them, with fakes; bridges_proof_test.go shows it for what XMPP clients see
// (testdata/mutants-rest.tsv, testdata/mutants-flash.tsv; -find finds them again).
package judge
