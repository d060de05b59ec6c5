package store

import (
	"context"

	"causeway/store/badger"
)

// SchemaVersion is the number of the layout that this version of the program writes. Of a backup with a higher
// number it can make nothing.
const SchemaVersion = schemaVersion

// Snapshot runs fn on all records as they are now, for package backup. See badger.DB.Snapshot.
func (s *Store) Snapshot(ctx context.Context, fn func(*badger.Snapshot) error) error {
	return s.db.Snapshot(ctx, fn)
}

// Room says whether there is more free space where dir is than the store keeps free; if not the error is
// badger.ErrFull.
func (s *Store) Room(dir string) error { return s.db.Room(dir) }
