package badgertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// ErrPowerCut is what the engine gets from the disk once the power is gone.
var ErrPowerCut = errors.New("power is cut")

// logHeader is the length of the header at the start of each of Badger's logs.
const logHeader = 20

// PowerCut is a badger.Fault. Set the exported fields before the engine is opened.
type PowerCut struct {
	Image   string // folder to make for what the disk kept
	At      int    // the power goes at the so-manieth commit, counted from 1; 0: never
	Written bool   // the power goes after the batch was written, not before; it is not synced in either case
	Early   bool   // the defect: waiters are told before the sync

	dir string

	mu      sync.Mutex
	commits int
	synced  map[string]int64 // name of a log: bytes that are safe
	off     bool
	err     error // of making the image
}

// NewPowerCut plays the disk under the folder dir. What is there already is safe.
func NewPowerCut(dir string) (*PowerCut, error) {
	p := &PowerCut{dir: dir, synced: make(map[string]int64)}
	return p, p.noteSynced()
}

// BeforeCommit implements badger.Fault.
func (p *PowerCut) BeforeCommit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits++
	if p.commits == p.At && !p.Written {
		p.cut()
	}
	return p.state()
}

// AfterCommit implements badger.Fault.
func (p *PowerCut) AfterCommit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.commits == p.At {
		p.cut()
	}
	if !p.off {
		if err := p.noteSynced(); err != nil {
			return err
		}
	}
	return p.state()
}

// EarlyAck implements badger.Fault. A machine without power acknowledges nothing.
func (p *PowerCut) EarlyAck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Early && !p.off
}

// Err tells whether the image could be made.
func (p *PowerCut) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *PowerCut) state() error {
	if p.off {
		return ErrPowerCut
	}
	return nil
}

// noteSynced moves the safe end of each log to where the written bytes end now.
func (p *PowerCut) noteSynced() error {
	files, err := os.ReadDir(p.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		name := f.Name()
		if !isLog(name) {
			continue
		}
		path := filepath.Join(p.dir, name)
		end, err := writtenEnd(path, max(logHeader, p.synced[name]))
		if errors.Is(err, fs.ErrNotExist) {
			continue // its content has moved to a table
		}
		if err != nil {
			return err
		}
		p.synced[name] = end
	}
	return nil
}

// isLog says whether a file is a log of recent writes or one of large values.
func isLog(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".mem" || ext == ".vlog"
}

// writtenEnd finds the first long run of zeros at or after from: the logs are laid out in advance. Tests
// must not store such runs.
func writtenEnd(path string, from int64) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	chunk := make([]byte, 64<<10)
	for at := from; ; {
		n, err := f.ReadAt(chunk, at)
		used := len(bytes.TrimRight(chunk[:n], "\x00"))
		if used < n || err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return at + int64(used), err
		}
		at += int64(n)
	}
}

// cut copies what the disk keeps. The committer stands still meanwhile, but tables may still be written and
// merged: it copies again until nothing has moved.
func (p *PowerCut) cut() {
	p.off = true
	for range 100 {
		before, err := sizes(p.dir)
		if err == nil {
			err = p.copyAll(before)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			p.err = err
			return
		}
		after, err := sizes(p.dir)
		if err == nil && maps.Equal(before, after) {
			return
		}
	}
	p.err = errors.New("folder never came to rest")
}

// sizes maps the names of the files in dir to their lengths.
func sizes(dir string) (map[string]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := make(map[string]int64)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			found[e.Name()] = info.Size()
		}
	}
	return found, nil
}

func (p *PowerCut) copyAll(files map[string]int64) error {
	if err := os.RemoveAll(p.Image); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Image, 0o700); err != nil {
		return err
	}
	for name := range files {
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return err
		}
		if isLog(name) {
			safe := min(int64(len(data)), max(logHeader, p.synced[name]))
			clear(data[safe:])
		}
		if err := os.WriteFile(filepath.Join(p.Image, name), data, 0o600); err != nil {
			return fmt.Errorf("make image: %w", err)
		}
	}
	return nil
}
