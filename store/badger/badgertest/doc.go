// Package badgertest plays a disk that loses power under package badger (our own fault model; no document
// describes one).
//
//  1. NewPowerCut is given to badger.Options.Fault before the engine is opened.
//  2. After each sync it notes how far the logs of recent writes and of large values reach: that much is safe.
//  3. At the chosen commit the power goes: the engine gets errors from then on, and Image holds a copy of
//     the folder in which every byte of those logs that was not synced is zero.
//  4. The test opens the engine on Image and compares what it finds with what was acknowledged.
//
// Noise is what large values are made of in such tests: nothing makes it smaller.
//
// It does not play torn sectors, nor loss in the sorted tables, which Badger syncs before it refers to them.
package badgertest
