package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"causeway/xmpp/ext/upload"
)

// piece is how many bytes are written between two looks at the free space.
const piece = 8 << 20

// tmp is the folder of files that have not come whole.
const tmp = "tmp"

// A Folder keeps files in a folder. Its methods may be called from many goroutines,
// but not two Writes of the same id.
type Folder struct {
	dir   string
	spare int64
	free  func(dir string) (int64, error)
}

var _ upload.Files = (*Folder)(nil)

// New makes a Folder of dir, which is made when the first file comes. It writes
// nothing that would leave less than spare bytes free on the disk.
func New(dir string, spare int64) *Folder {
	return &Folder{dir: dir, spare: spare, free: freeSpace}
}

// Room implements upload.Files. Where the free space cannot be told, there is room.
func (f *Folder) Room(size int64) bool {
	// The folder may not be there yet; the one around it is.
	free, err := f.free(filepath.Dir(f.dir))
	return err != nil || free-size >= f.spare
}

// Write implements upload.Files.
func (f *Folder) Write(id string, size int64, body io.Reader) error {
	whole, err := f.path(id)
	if err != nil {
		return err
	}
	for _, dir := range []string{filepath.Join(f.dir, tmp), filepath.Dir(whole)} {
		if err := f.makeFolder(dir); err != nil {
			return err
		}
	}
	half := filepath.Join(f.dir, tmp, id)
	if err := f.fill(half, size, body); err != nil {
		return errors.Join(err, remove(half))
	}
	if err := os.Rename(half, whole); err != nil {
		return errors.Join(err, remove(half))
	}
	return syncFolder(filepath.Dir(whole))
}

// fill writes a new file and syncs it.
func (f *Folder) fill(path string, size int64, body io.Reader) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for left := size; left > 0; {
		if !f.Room(left) {
			return upload.ErrNoRoom
		}
		n, err := io.CopyN(file, body, min(left, piece))
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		left -= n
	}
	return file.Sync()
}

// Open implements upload.Files.
func (f *Folder) Open(id string) (io.ReadSeekCloser, error) {
	path, err := f.path(id)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, upload.ErrNotFound
	}
	if err != nil {
		return nil, err // not file, which would be an interface that is not nil
	}
	return file, nil
}

// Remove implements upload.Files.
func (f *Folder) Remove(ids []string) error {
	touched := make(map[string]bool)
	for _, id := range ids {
		path, err := f.path(id)
		if err != nil {
			return err
		}
		switch err := os.Remove(path); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		default:
			touched[filepath.Dir(path)] = true
		}
	}
	for dir := range touched {
		if err := syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// path is where the whole file of an id is.
func (f *Folder) path(id string) (string, error) {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if len(id) < 3 || strings.Trim(id, plain) != "" {
		return "", fmt.Errorf("%w: its id is none of ours", upload.ErrNotFound)
	}
	return filepath.Join(f.dir, id[:2], id), nil
}

// makeFolder makes a folder that only the server's user can enter, and what it lies in.
func (f *Folder) makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(syncFolder(f.dir), syncFolder(filepath.Dir(f.dir)))
}

// syncFolder puts the names in a folder on the disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remove removes a file if it is there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
