package flash

import (
	"slices"
	"testing"

	"causeway/conformance/prove"
	"causeway/conformance/run"
)

// mutants gives the ways in which a server is wrong: each is a switch of the fake.
func mutants() []string {
	return []string{
		"there is no reply", "replies have lines", "replies are long", "replies are no XML", "replies have no result", "replies tell the password", "replies are not UTF-8",
		"the server waits for the client to close", "one document is answered", "a command comes in one portion", "browsers are answered", "documents have no end",
		"anything is UTF-8", "broken XML is mended", "document types are good", "attributes may be there twice", "there may be two roots", "any root will do",
		"any password is good", "no password is good", "any group is good", "paths are groups", "an unknown group is told", "only what is known is good",
		"end tags are not good", "any type will do", "groups stay stopped", "groups are not stopped", "a* is refused", "d* is refused", "e* is refused", "b* is refused",
		"nothing is broadcast", "messages need nothing", "messages go anywhere", "messages to nobody are taken", "anything is a number", "anything is an hour",
		"no special hours", "booleans are 0 and 1", "booleans are true and false", "all of the sample is needed", "descriptions are in ASCII", "there is no white board",
		"hours are not good", "edits need everything", "rooms need no name", "rooms have one number", "any room is there", "rooms are not deleted",
		"the files do not change", "numbers are words", "files are written under another name", "new rooms have people", "files stay",
	}
}

// TestProof: a good server passes every check, and each check notices one that is wrong.
// What needs XMPP is shown by package judge.
func TestProof(t *testing.T) {
	dir := t.TempDir()
	prove.Checks(t, func(mutant string) (run.Config, []run.Check, func()) {
		folder := prove.Folder(dir)
		f := newFake(mutant, folder)
		s := &Site{Addr: f.ln.Addr().String(), Group: "default", Password: fakePassword, Files: folder, Destructive: true}
		seen := slices.DeleteFunc(Checks(s), func(c run.Check) bool { return slices.Contains(c.Needs, XMPP) })
		return run.Config{Target: &run.Target{Patience: prove.Patience}, Offers: run.Offering(Files, Destructive), Parallel: 1}, seen, func() { _ = f.ln.Close() }
	}, mutants())
}
