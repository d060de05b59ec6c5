package badger

import (
	"log/slog"
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Options says where and how an engine keeps its data. The zero value plus Dir, or plus Memory, is usable.
type Options struct {
	// Dir is the folder of the data; it is made when it is missing. One process may have it open.
	Dir string
	// Memory keeps everything in memory and nothing on disk: for tests and throw-away servers.
	Memory bool
	// CacheMiB is a measure, in MiB, for the pieces that the engine works in: the table of recent writes has a
	// quarter of it, the other tables a sixteenth. The least and the default is 16, measured to be enough for a
	// hundred thousand messages a second. A file of the value log has as many bytes: space comes back by whole
	// files, and the last one is read at open.
	CacheMiB int
	// Logger gets the engine's alarms and Badger's own messages. Nil: nothing is logged.
	Logger *slog.Logger
	// FreeSpace reports the bytes free for us on the file system of dir. Nil: ask the system.
	FreeSpace func(dir string) (uint64, error)
	// LowWater is the free space, in bytes, below which writes that are not essential are refused with
	// ErrFull. 0: 256 MiB.
	LowWater uint64
	// StopWater is the free space, in bytes, below which the engine closes in order. 0: 64 MiB.
	StopWater uint64
	// Fault breaks the engine's promise on purpose, for tests of the tests. Nil in any real use.
	Fault Fault
}

const (
	mib = 1 << 20

	minCacheMiB      = 16
	defaultLowWater  = 256 * mib
	defaultStopWater = 64 * mib

	// maxKey and maxValue are the longest key and value, in bytes. Badger refuses keys above 65,000.
	maxKey   = 65000
	maxValue = 512<<10 - 1

	// largeValue is from which size on a value goes to Badger's value log, where it is written once. In the tree it
	// would be written again by each compaction: ten and more times, which is most of what a message costs.
	largeValue = 1 << 10
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.CacheMiB < minCacheMiB {
		o.CacheMiB = minCacheMiB
	}
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
	if o.LowWater == 0 {
		o.LowWater = defaultLowWater
	}
	if o.StopWater == 0 {
		o.StopWater = defaultStopWater
	}
	if o.Fault == nil {
		o.Fault = noFault{}
	}
	return o
}

// badger returns Badger's options. They are chosen for a small process beside many connections: Badger's
// own defaults hold 85 MB at open and up to 600 MB while loading, these 6 MB and 79 MB.
func (o Options) badger(unsynced *atomic.Bool) badgerdb.Options {
	quarter := int64(o.CacheMiB) * mib / 4
	opts := badgerdb.DefaultOptions(o.Dir).
		WithSyncWrites(!o.Memory).
		WithDetectConflicts(false). // there is one writer only, the committer
		WithMemTableSize(quarter).
		WithNumMemtables(2).
		WithNumLevelZeroTables(3).
		WithNumLevelZeroTablesStall(8).
		WithBaseTableSize(quarter / 4).
		WithBaseLevelSize(2 * quarter).
		WithValueThreshold(largeValue).
		WithValueLogFileSize(4 * quarter).
		// Tables are mapped, and neither compressed nor encrypted: Badger's caches would hold what is in memory anyway.
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithNumCompactors(2).
		WithMetricsEnabled(false).
		WithLogger(engineLog{o.Logger, unsynced})
	if o.Memory {
		opts = opts.WithInMemory(true).WithDir("").WithValueDir("").WithValueThreshold(maxValue + 1)
	}
	return opts
}
