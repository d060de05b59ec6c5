package portable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"causeway/store"
)

// ErrFileExists is the error of a file that is there and shall not be replaced.
var ErrFileExists = errors.New("the file exists")

// ExportFile is Export to a file that only its owner can read (XEP-0227 #security). The
// file has its name only when all of it is on the disk. With force it takes the place
// of one that is there.
func ExportFile(ctx context.Context, s *store.Store, want Wanted, file string, force bool) (report *Report, err error) {
	if _, err := os.Lstat(file); err == nil && !force {
		return nil, fmt.Errorf("export: %s: %w", file, ErrFileExists)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.tmp") // its mode is 0600
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	report, err = Export(ctx, s, want, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return report, err
	}
	return report, name(f.Name(), file, force)
}

// name gives a written file its name, and sees to it that the name is on the disk too.
func name(written, file string, force bool) error {
	if force {
		if err := os.Rename(written, file); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	} else {
		// A link, unlike a rename, fails if somebody has made the file meanwhile.
		err := os.Link(written, file)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("export: %s: %w", file, ErrFileExists)
		}
		if err == nil {
			err = os.Remove(written)
		} else {
			err = os.Rename(written, file) // a file system without links
		}
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
