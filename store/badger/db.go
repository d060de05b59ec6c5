package badger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Errors of the engine; test for them with errors.Is.
var (
	// ErrNotFound says that a key has no value, or one that has expired.
	ErrNotFound = errors.New("key not found")
	// ErrClosed says that the engine is closed or has stopped; the cause is wrapped beside it.
	ErrClosed = errors.New("store is closed")
	// ErrFull says that the disk is too full for writes that are not essential.
	ErrFull = errors.New("not enough free disk space")
	// ErrBusy says that too many writes wait for the disk already; the write was not taken.
	ErrBusy = errors.New("too many writes are waiting")
	// ErrTooLarge says that a key, a value or all writes of one closure exceed what one transaction can hold.
	ErrTooLarge = errors.New("write is too large")
	// ErrDamaged says that the files are not what the engine has written.
	ErrDamaged = errors.New("the store is damaged")
	// ErrReadOnly says that a closure of View tried to write.
	ErrReadOnly = errors.New("transaction is read-only")
)

// DB is an open engine. Its methods may be called by any number of goroutines at the same time.
type DB struct {
	kv    *badgerdb.DB
	opts  Options
	queue *queue
	full  atomic.Bool   // below the low water mark; set by the watcher
	look  chan struct{} // has a token when much was written since the watcher last looked
	// unsynced is set when a value of the running commit, or of one before, may not be on the disk. Badger says so in
	// its log only.
	unsynced atomic.Bool
	fresh    int // bytes written since then; belongs to the committer

	mu     sync.RWMutex // guards closed, so that no View begins once the end waits for the views
	closed bool
	views  sync.WaitGroup

	haltOnce  sync.Once
	halted    chan struct{} // closed when the end has been asked for
	cause     error         // why; written before halted is closed
	committed chan struct{} // closed when the committer has ended
	stopped   chan struct{} // closed when everything has ended
	closeErr  error         // of closing Badger; written before stopped is closed
}

// Open opens the engine in opts.Dir, or in memory, and repairs what a crash left behind. It refuses
// to open below the stop mark of free space (ErrFull), because Badger would die there with SIGBUS.
func Open(ctx context.Context, opts Options) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	db := &DB{
		opts:      opts,
		queue:     newQueue(),
		look:      make(chan struct{}, 1),
		halted:    make(chan struct{}),
		committed: make(chan struct{}),
		stopped:   make(chan struct{}),
	}
	if err := db.checkSpaceAtOpen(); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", opts.Dir, err)
	}
	if err := checkComplete(opts.Dir); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", opts.Dir, err)
	}
	kv, err := badgerdb.Open(opts.badger(&db.unsynced))
	if isLeftover(err) {
		if err = removeLeftovers(opts.Dir); err == nil {
			kv, err = badgerdb.Open(opts.badger(&db.unsynced))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open store in %s: %w", opts.Dir, err)
	}
	db.kv = kv
	c := newCommitter(db)
	go c.run() // ends when the queue is closed, see watch
	if !opts.Memory {
		go db.reclaim() // ends when halt is asked for
	}
	go db.watch() // ends after halt: by Close, a failed commit or a full disk
	return db, nil
}

// View runs fn on a consistent picture of the data: all that was acknowledged before the call.
// Writes of fn fail with ErrReadOnly. fn must not keep the Txn.
func (db *DB) View(fn func(*Txn) error) error {
	db.mu.RLock()
	if db.closed {
		db.mu.RUnlock()
		return db.closedErr()
	}
	db.views.Add(1)
	db.mu.RUnlock()
	defer db.views.Done()

	read := db.kv.NewTransaction(false)
	defer read.Discard()
	return fn(&Txn{read: read})
}

// Update runs fn in the group committer and returns when its writes are synced. An error of fn undoes
// the writes of fn, and only those, and is returned as it is. fn must be pure: it runs in another
// goroutine, perhaps twice. When ctx ends first, its error is returned and the outcome is unknown.
func (db *DB) Update(ctx context.Context, fn func(*Txn) error) error {
	return db.Submit(fn).Wait(ctx)
}

// UpdateEssential is Update for a write that must go on while the disk is nearly full: one that frees
// space or that the server cannot live without.
func (db *DB) UpdateEssential(ctx context.Context, fn func(*Txn) error) error {
	return db.SubmitEssential(fn).Wait(ctx)
}

// Takes says why Submit would refuse a write now, ErrFull or ErrBusy; nil if it would not.
func (db *DB) Takes() error {
	if db.full.Load() {
		return ErrFull
	}
	return db.queue.takes()
}

// Crowded tells who should wait before they write more, and gives a channel that is closed when there is room again;
// it is nil with None. It costs next to nothing then.
func (db *DB) Crowded() (Crowd, <-chan struct{}) { return db.queue.crowded() }

// Submit is Update without waiting. Closures run in the order of submission. A write that is refused
// (ErrFull, ErrBusy, ErrClosed) comes back as a Commit that is already done.
func (db *DB) Submit(fn func(*Txn) error) *Commit {
	if db.full.Load() {
		return refused(ErrFull)
	}
	return db.SubmitEssential(fn)
}

// SubmitEssential is UpdateEssential without waiting.
func (db *DB) SubmitEssential(fn func(*Txn) error) *Commit {
	c, err := db.queue.add(fn)
	if err != nil {
		return refused(err)
	}
	return c
}

// Close takes no more work, commits what is waiting, waits for the running views and closes the files.
// It may be called more than once. It must not be called from a closure or an OnDone function.
func (db *DB) Close() error {
	db.halt(nil)
	<-db.stopped
	return db.closeErr
}

// Writable reports whether writes are taken: the store is open, and the disk has room.
func (db *DB) Writable() bool {
	select {
	case <-db.stopped:
		return false
	default:
		return !db.full.Load()
	}
}

// Stopped is closed when the engine has ended: after Close, after a failed commit or because the disk is full.
func (db *DB) Stopped() <-chan struct{} { return db.stopped }

// halt asks for the end, once. A nil cause is an orderly Close; with another one nothing that waits is
// committed any more.
func (db *DB) halt(cause error) {
	db.haltOnce.Do(func() {
		db.cause = cause
		if cause != nil {
			db.opts.Logger.Error("store stopped", slog.Any("err", cause))
		}
		close(db.halted)
	})
}

// closedErr is ErrClosed with its cause. It may only be called after halt.
func (db *DB) closedErr() error {
	if db.cause == nil {
		return ErrClosed
	}
	return fmt.Errorf("%w: %w", ErrClosed, db.cause)
}
