package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Clean implements upload.Files. A folder that has become empty stays.
func (f *Folder) Clean(keep func(id string, half bool) (bool, error)) error {
	dirs, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range dirs {
		if !d.IsDir() {
			continue // not ours
		}
		if err := f.cleanFolder(d.Name(), keep); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) cleanFolder(name string, keep func(id string, half bool) (bool, error)) error {
	dir := filepath.Join(f.dir, name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, half := e.Name(), name == tmp
		if whole, err := f.path(id); e.IsDir() || err != nil || !half && whole != filepath.Join(dir, id) {
			continue // not ours
		}
		stays, err := keep(id, half)
		if err != nil {
			return err
		}
		if stays {
			continue
		}
		if err := remove(filepath.Join(dir, id)); err != nil {
			return err
		}
	}
	return nil
}
