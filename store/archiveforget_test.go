package store

import (
	"bytes"
	"testing"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// A step of a removal does not fit behind what others write in the same sync, and runs again: nothing is skipped.
func TestForgetStepRunsAgain(t *testing.T) {
	s, err := Open(t.Context(), badger.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	romeo, nurse := jid.MustParse("romeo@montague.lit"), jid.MustParse("nurse@capulet.lit")
	secret, other := bytes.Repeat([]byte("secret"), 60<<10), bytes.Repeat([]byte("x"), 450<<10)
	for _, e := range []archive.Entry{{Owner: romeo, ID: 1, Peer: nurse, XML: secret}, {Owner: nurse, ID: 1, Peer: romeo, XML: []byte("<a/>")}} {
		if err := outcome(s.archive.Append(e).(ticket).Commit); err != nil {
			t.Fatal(err)
		}
	}
	// The committer is held up until the step waits behind another large write.
	gate := make(chan struct{})
	s.archive.Edit(nurse, 1, func(archive.Entry) []byte { <-gate; return nil })
	time.Sleep(50 * time.Millisecond)
	s.archive.Append(archive.Entry{Owner: nurse, ID: 2, Peer: romeo, XML: other})
	done := make(chan error)
	go func() { done <- s.Forget(t.Context(), romeo) }() // ends when the gate opens
	time.Sleep(50 * time.Millisecond)
	close(gate)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	err = s.db.View(func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: logPrefix()}, func(_, val []byte) (bool, error) {
			if bytes.Contains(val, []byte("secretsecret")) {
				t.Error("the message is still in the log")
			}
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
