package backup

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
)

// syncEvery is how many bytes are written between two syncs: what piles up in the memory of the system would hold up the
// store's own syncs when it is written at once.
const syncEvery = 1 << 20

// A writer writes a backup under a name of its own until it is done.
type writer struct {
	tmp    *os.File
	path   string
	check  func(dir string) error // asked now and then whether to go on writing to a folder
	out    *bufio.Writer
	sum    hash.Hash
	at     int64 // bytes so far
	synced int64
}

// create begins path+".tmp". What an earlier backup may have left there is removed; nobody else's file is followed.
func create(path string, check func(dir string) error) (*writer, error) {
	tmp := path + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	w := &writer{tmp: f, path: path, check: check, out: bufio.NewWriterSize(f, 256<<10), sum: sha256.New()}
	if err := w.bytes([]byte(magic), true); err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	return w, nil
}

// frame writes a frame.
func (w *writer) frame(k kind, head, body []byte) error {
	if len(head) > maxHead || len(body) > maxBody {
		return fmt.Errorf("a frame of %d and %d bytes is too large", len(head), len(body))
	}
	f := frame{kind: k, head: head, size: len(body)}
	if err := errors.Join(w.bytes(f.prefix(), true), w.bytes(head, true), w.bytes(body, false)); err != nil {
		return err
	}
	return w.rest()
}

// bytes writes b; what is summed is part of the checksum of the file.
func (w *writer) bytes(b []byte, summed bool) error {
	if summed {
		w.sum.Write(b)
	}
	w.at += int64(len(b))
	_, err := w.out.Write(b)
	return err
}

// rest lets the disk keep up.
func (w *writer) rest() error {
	if w.at-w.synced < syncEvery {
		return nil
	}
	w.synced = w.at
	if err := w.check(filepath.Dir(w.path)); err != nil {
		return err
	}
	return errors.Join(w.out.Flush(), w.tmp.Sync())
}

// finish writes the checksum and syncs. The file has its own name only after publish.
func (w *writer) finish() error {
	if err := w.bytes(w.sum.Sum(nil), false); err != nil {
		return err
	}
	return errors.Join(w.out.Flush(), w.tmp.Sync())
}

// publish gives the file its name.
func (w *writer) publish() error {
	err := w.tmp.Close()
	if err == nil {
		err = os.Rename(w.tmp.Name(), w.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(w.tmp.Name()))
	}
	return syncDir(filepath.Dir(w.path))
}

// abandon leaves nothing.
func (w *writer) abandon() error {
	return errors.Join(w.tmp.Close(), os.Remove(w.tmp.Name()))
}

// syncDir makes names in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
