package store

import (
	"context"
	"fmt"

	"causeway/store/badger"
)

// Hosts keeps what is settled of whole hosts while the server runs.
type Hosts struct{ db *badger.DB }

// Hosts gives the repository of hosts.
func (s *Store) Hosts() Hosts { return Hosts{s.db} }

// SetStopped notes whether a host is stopped. When it returns nil that is on the disk.
func (h Hosts) SetStopped(ctx context.Context, host string, stopped bool) error {
	err := updateEssential(ctx, h.db, func(txn *badger.Txn) error { return mark(txn, stoppedKey(host), stopped) })
	if err != nil {
		return fmt.Errorf("note whether %s is stopped: %w", host, err)
	}
	return nil
}

// Stopped reports whether a host is stopped.
func (h Hosts) Stopped(ctx context.Context, host string) (is bool, err error) {
	err = view(ctx, h.db, func(txn *badger.Txn) (err error) {
		is, err = txn.Has(stoppedKey(host))
		return err
	})
	return is, err
}
