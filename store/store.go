package store

import (
	"context"
	"errors"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Store is an open store. Its methods and those of its repositories may be called by any number of
// goroutines at the same time.
type Store struct {
	db      *badger.DB
	ids     *ids
	archive *Archive
	rooms   *Rooms
	apps    *Apps
}

// Open opens the store in opts.Dir, or in memory, and brings an older layout up to date. A layout
// that is newer than the program is refused, ErrNewer; then nothing has been changed.
func Open(ctx context.Context, opts badger.Options) (*Store, error) {
	db, err := badger.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, current()); err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", opts.Dir, err), db.Close())
	}
	archive, err := openArchive(ctx, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", opts.Dir, err), db.Close())
	}
	rooms, err := openRooms(ctx, db, archive)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", opts.Dir, err), archive.close(), db.Close())
	}
	return &Store{db: db, ids: &ids{}, archive: archive, rooms: rooms, apps: &Apps{db: db, memo: newStretchMemo()}}, nil
}

// Close finishes what is waiting to be written and closes the store. It may be called more than once.
func (s *Store) Close() error {
	s.rooms.close()
	return errors.Join(s.archive.close(), s.db.Close())
}

// Stopped is closed when the store has ended, be it by Close, be it by itself because the disk failed or is
// full; the server cannot go on then.
func (s *Store) Stopped() <-chan struct{} { return s.db.Stopped() }

// Writable reports whether writes are taken: the store is open, and the disk has room.
func (s *Store) Writable() bool { return s.db.Writable() }

// Behind reports whether so much waits for the disk that those who write much should wait, too, or all should, and gives
// a channel that is closed when there is room again; nil if nobody need wait. It costs next to nothing then.
func (s *Store) Behind() (all bool, relief <-chan struct{}) {
	crowd, relief := s.db.Crowded()
	return crowd == badger.Heavy, relief
}

// Accounts gives the repository of accounts.
func (s *Store) Accounts() Accounts { return Accounts{s.db, s.ids} }

// Rosters gives the repository of contact lists.
func (s *Store) Rosters() Rosters { return Rosters{s.db} }

// Archive gives the repository of archives.
func (s *Store) Archive() *Archive { return s.archive }

// Offline gives the repository of messages that wait.
func (s *Store) Offline() Offline { return Offline{s.db} }

// Private gives the repository of private XML storage.
func (s *Store) Private() Private { return Private{s.db} }

// VCards gives the repository of vCards.
func (s *Store) VCards() VCards { return VCards{s.db} }

// Blocks gives the repository of block lists.
func (s *Store) Blocks() Blocks { return Blocks{s.db} }

// Departures gives the repository of last departures.
func (s *Store) Departures() Departures { return Departures{s.db} }

// update runs fn as one atomic, durable step.
func update(ctx context.Context, db *badger.DB, fn func(*badger.Txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return outcome(db.Submit(fn))
}

// updateEssential is update for a step that frees space or must be possible on a disk that is nearly full.
func updateEssential(ctx context.Context, db *badger.DB, fn func(*badger.Txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return outcome(db.SubmitEssential(fn))
}

func outcome(c *badger.Commit) error {
	<-c.Done()
	return tell(c.Err())
}

// view runs fn on a consistent picture.
func view(ctx context.Context, db *badger.DB, fn func(*badger.Txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return tell(db.View(fn))
}

// get reads one record; nil when there is none.
func get(ctx context.Context, db *badger.DB, key []byte) (val []byte, err error) {
	err = view(ctx, db, func(txn *badger.Txn) error {
		val, err = read(txn, key)
		return err
	})
	return val, err
}

// read is get inside a closure.
func read(txn *badger.Txn, key []byte) ([]byte, error) {
	val, err := txn.Get(key)
	if errors.Is(err, badger.ErrNotFound) {
		return nil, nil
	}
	return val, err
}

// tell makes what the engine refuses for want of space or time into what the sender of a stanza is told
// (RFC 6120 §8.3.3.18). The engine's error stays wrapped inside.
func tell(err error) error {
	if errors.Is(err, badger.ErrClosed) {
		return err // the server is ending, whatever the cause
	}
	if errors.Is(err, badger.ErrFull) || errors.Is(err, badger.ErrBusy) {
		return fmt.Errorf("%w: %w", stanza.ResourceConstraint.Err("the server cannot store more at the moment"), err)
	}
	return err
}

// ticket is a Commit as the router knows it.
type ticket struct{ *badger.Commit }

var _ router.Ticket = ticket{}

// Err implements router.Ticket.
func (t ticket) Err() error { return tell(t.Commit.Err()) }

// OnDone implements router.Ticket.
func (t ticket) OnDone(f func(error)) {
	select {
	case <-t.Done():
		f(t.Err())
	default: // it was taken: what the engine refuses it refuses at once
		t.Commit.OnDone(f)
	}
}
