// Package prove shows that checks of a bridge can fail. It is for tests.
//
// A package of checks has a fake that meets its document, and a list of mutants: ways to
// be wrong. Of a bridge over HTTP they change what passes between the checks and the
// fake; others are switches of the fake. testdata/mutants.tsv says which of them each
// check notices; a check without one fails the test.
//
//	go test ./conformance/webim -run Proof -find    finds them again
package prove
