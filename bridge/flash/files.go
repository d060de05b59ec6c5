package flash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"time"
)

// filesEvery is how often the files are brought up to date, if there is anything new.
const filesEvery = time.Second

const (
	onlineFile = "online.txt"
	// temporary is the name that a file has while it is written. It begins in a way that no
	// reader looks for: some take whatever begins with room_ for a room (wire §0, fact 8).
	temporary = ".causeway-status"
)

// ourFiles are the names of files of rooms.
var ourFiles = regexp.MustCompile(`^room_[1-9][0-9]*\.txt$`)

// Files keeps online.txt and room_N.txt of a host in a folder (flash #get-numbers,
// #get-username-list; wire §3): within a second of a change, and all of them right after a
// start, whatever the end was. No reader ever finds half a file. The folder has to be
// there, and belongs to one host. It returns when ctx ends.
func (s *Server) Files(ctx context.Context, host, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("folder of the status of %s: %w", host, err)
	}
	defer func() { _ = root.Close() }()
	w := &writer{root: root, census: census{host: host, server: s}, now: make(map[string]string)}
	if err := w.clean(); err != nil {
		return fmt.Errorf("folder of the status of %s: %w", host, err)
	}
	tick := time.NewTicker(filesEvery)
	defer tick.Stop()
	failing := false
	for {
		err := w.refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Error("status files could not be written", slog.String("host", host), slog.Any("err", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// A writer keeps the files of a folder.
type writer struct {
	root   *os.Root
	census census
	now    map[string]string // what the files have that are not as they should be yet; see refresh
	had    map[string]bool   // files of rooms that an earlier server has left
}

// clean finds what an earlier server has left: half a file, and rooms that may not be there
// any more.
func (w *writer) clean() error {
	entries, err := fs.ReadDir(w.root.FS(), ".")
	if err != nil {
		return err
	}
	w.had = make(map[string]bool)
	for _, e := range entries {
		switch {
		case e.Name() == temporary:
			err = errors.Join(err, w.root.Remove(temporary))
		case ourFiles.MatchString(e.Name()):
			w.had[e.Name()] = true
		}
	}
	return err
}

// refresh writes what has changed. What fails is tried again at the next turn; a file that
// cannot be written keeps no other from being so. The error is the first.
func (w *writer) refresh(ctx context.Context) error {
	ch, err := w.census.look(ctx)
	if ch.figures != "" {
		w.now[onlineFile] = ch.figures
	}
	for n, text := range ch.rooms {
		w.now[roomFile(n)] = text
	}
	for _, n := range ch.gone {
		delete(w.now, roomFile(n))
		w.had[roomFile(n)] = true
	}
	if err != nil {
		return err
	}
	for name, text := range w.now {
		delete(w.had, name) // there is such a room
		if fault := w.write(name, text); fault != nil {
			err = cmpErr(err, fault)
			continue
		}
		delete(w.now, name)
	}
	for name := range w.had {
		if fault := w.root.Remove(name); fault != nil && !errors.Is(fault, fs.ErrNotExist) {
			err = cmpErr(err, fault)
			continue
		}
		delete(w.had, name)
	}
	return err
}

func roomFile(n int) string { return "room_" + strconv.Itoa(n) + ".txt" }

// write puts a whole file in the place of what was there. After a loss of power it may be
// an old one, or empty, until the server has started.
func (w *writer) write(name, text string) error {
	f, err := w.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) { // of a turn that failed
		if err = w.root.Remove(temporary); err == nil {
			f, err = w.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return w.root.Rename(temporary, name)
}
