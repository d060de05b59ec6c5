package store

import "context"

// Fold moves all recent entries of the archives to the index.
func (r *Archive) Fold(ctx context.Context) error {
	return r.fold(ctx)
}

// Recent is how many entries are not in the index.
func (r *Archive) Recent() int { return r.tail.size() }

// Sweep deletes what has expired.
var Sweep = (*Archive).sweep
