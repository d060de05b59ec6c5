// Package badger is the embedded engine of the store: Badger v4 (github.com/dgraph-io/badger/v4) behind
// ordered keys, closures that read and write, and one promise: what is acknowledged has been synced.
//
// The way of a write:
//
//  1. DB.Submit puts the closure into the queue and returns a Commit at once (queue.go, commit.go).
//     DB.Update does the same and waits.
//  2. The committer, one goroutine, takes all closures that wait and runs them in the order of
//     submission against one batch; a closure reads what the ones before it wrote (committer.go, batch.go).
//  3. A closure that returns an error loses its own writes; its neighbours keep theirs.
//     Closures may also share one record, which costs less than a record for each: Txn.Append.
//  4. The batch becomes one Badger transaction with SyncWrites; one sync serves all closures in it.
//     Batches form by themselves while the sync before runs; nobody waits for a timer.
//  5. After the sync, Commit.Done is closed for all of them and the OnDone functions run, in order.
//
// The queue is the only way to write, so Badger's conflict detection is off: there is never a second writer.
//
// When a commit fails, nobody can know what the disk kept. The engine then stops: everything later fails
// with ErrClosed. So a Commit without an error also says that every Commit before it was synced.
//
// Values of 1 KiB and more are in Badger's value log, where no compaction writes them again; the sync of a commit covers
// them. Its space is given back by whole files (reclaim.go). That it could not be synced Badger tells in its log only; the
// engine takes this as a failed commit (log.go). They are kept compressed, by frames, if that saves something (pack.go).
//
// Badger maps its files into memory, and a full disk kills such a process with SIGBUS. A watcher looks at
// the free space each second: below the low water mark writes are refused with ErrFull, except those marked
// as essential; below the stop mark the engine closes in order (watch.go, space.go).
//
// Files in reading order: options.go, db.go, leftover.go, txn.go, scan.go, pack.go, batch.go, commit.go, queue.go, committer.go,
// backup.go, watch.go, reclaim.go, space.go, fault.go, log.go.
//
// The package knows nothing of XMPP: keys and values are bytes. It does not lay out keys, encode records or
// know schema versions; that is package store. It does not encrypt or replicate.
package badger
