package badger

// Fault breaks the engine on purpose, so that tests can show that they would notice. Its methods are
// called by the committer, one after the other.
type Fault interface {
	// BeforeCommit is called when a batch is about to be written. An error counts as a failed sync.
	BeforeCommit() error
	// AfterCommit is called when a batch is synced and nobody has been told yet. An error counts as a failed sync.
	AfterCommit() error
	// EarlyAck says whether waiters are told before the sync: the defect that a crash test must find.
	EarlyAck() bool
}

type noFault struct{}

func (noFault) BeforeCommit() error { return nil }
func (noFault) AfterCommit() error  { return nil }
func (noFault) EarlyAck() bool      { return false }
