package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"causeway/store"
	"causeway/store/badger"
)

// Target says where a backup is restored to.
type Target struct {
	Store   string // folder of the store
	Uploads string // folder of the uploaded files
	Force   bool   // what is there already is moved aside
	// Engine has the options of the store but its folder.
	Engine badger.Options
}

// Unfinished is where the new store grows until it is complete.
func (t Target) Unfinished() string { return t.Store + unfinished }

// Restored says what a restore has done.
type Restored struct {
	Summary          // of the last file of the chain
	Expired uint64   // records that had ended and were left out
	Aside   []string // where the folders that were there are now
}

// Parts of names beside the folders of a target.
const (
	unfinished = ".restoring"
	asideStamp = ".before-20060102T150405Z"
)

// Restore brings back what the last file of a chain has. The files may be given in any order. All of them are verified
// first; until a new store is complete and has been compared with them nothing of the target is changed. No server may be
// running on it.
func Restore(ctx context.Context, t Target, paths ...string) (Restored, error) {
	if err := t.free(); err != nil {
		return Restored{}, err
	}
	c, err := openChain(paths)
	if err != nil {
		return Restored{}, err
	}
	defer c.close() //nolint:errcheck // files that were only read
	if schema := c.last().header.schema; schema > store.SchemaVersion {
		return Restored{}, c.last().about(fmt.Errorf("%w: its store has schema %d, known are those up to %d", ErrNewer, schema, store.SchemaVersion))
	}
	list, err := c.verify(ctx)
	if err != nil {
		return Restored{}, err
	}
	done := Restored{Summary: list[len(list)-1]}
	if done.Expired, err = t.build(ctx, c); err == nil {
		done.Aside, err = t.install()
	}
	if err != nil {
		return Restored{}, errors.Join(err, t.clean())
	}
	return done, nil
}

// free says whether the folders can be had.
func (t Target) free() error {
	for _, dir := range []string{t.Store, t.Uploads} {
		full, err := hasFiles(dir)
		if err != nil {
			return err
		}
		if full && !t.Force {
			return fmt.Errorf("%s: %w", dir, ErrExists)
		}
	}
	return nil
}

func hasFiles(dir string) (bool, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(list) > 0, err
}

// clean removes what is unfinished.
func (t Target) clean() error {
	return errors.Join(os.RemoveAll(t.Store+unfinished), os.RemoveAll(t.Uploads+unfinished))
}

// build makes both folders beside their places.
func (t Target) build(ctx context.Context, c chain) (expired uint64, err error) {
	if err := t.clean(); err != nil {
		return 0, err
	}
	opts := t.Engine
	opts.Dir, opts.Memory = t.Unfinished(), false
	db, err := badger.Open(ctx, opts)
	if err != nil {
		return 0, err
	}
	expired, err = fill(ctx, db, c)
	if err == nil {
		err = compare(ctx, db, c)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	s, err := store.Open(ctx, opts) // it must be one that this program can use
	if err != nil {
		return 0, err
	}
	err = t.writeUploads(ctx, s, c)
	return expired, errors.Join(err, s.Close())
}

// writeUploads brings back the uploaded files.
func (t Target) writeUploads(ctx context.Context, s *store.Store, c chain) error {
	dir := t.Uploads + unfinished
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	written := 0
	err = c.each(func(segment) error { return nil }, func(u upload) error {
		if written++; written%100 == 1 || u.size > chunkBytes {
			if err := s.Room(dir); err != nil {
				return err
			}
		}
		return c.writeUpload(ctx, root, u)
	})
	return errors.Join(err, root.Close())
}

func (c chain) writeUpload(ctx context.Context, root *os.Root, u upload) error {
	name := filepath.FromSlash(u.name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = c.copyUpload(ctx, f, u)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// install moves the old folders aside and the new ones to their places, the store last: where a store is, a restore has
// been finished. If it fails, the old ones are where they were.
func (t Target) install() (aside []string, err error) {
	stamp := time.Now().UTC().Format(asideStamp)
	var undo []func() error
	defer func() {
		for i := len(undo) - 1; err != nil && i >= 0; i-- {
			err = errors.Join(err, undo[i]())
		}
	}()
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() error { return os.Rename(to, from) })
		return nil
	}
	for _, dir := range []string{t.Store, t.Uploads} {
		full, err := hasFiles(dir)
		if err != nil {
			return nil, err
		}
		if full {
			aside = append(aside, dir+stamp)
			err = move(dir, dir+stamp)
		} else if err = os.Remove(dir); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	for _, dir := range []string{t.Uploads, t.Store} {
		if err := move(dir+unfinished, dir); err != nil {
			return nil, err
		}
	}
	return aside, errors.Join(syncDir(filepath.Dir(t.Store)), syncDir(filepath.Dir(t.Uploads)))
}
