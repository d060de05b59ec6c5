package portable

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"causeway/xmpp/jid"
)

// A Source is an export on the disk: a file with what it includes, or a folder of
// files each of which holds a few accounts, as Prosody writes them.
type Source struct {
	Path string
	// Rename maps hosts of the file to hosts of ours. Every address of such a host is
	// another from then on: in rosters, block lists, archives and the like, but not
	// inside what people wrote.
	Rename map[string]string

	where func() string
}

// errStop ends the reading because nobody wants the rest.
var errStop = errors.New("stop")

// Where is the place in the file, for people, of the record that Records gave last.
func (s *Source) Where() string {
	if s.where == nil {
		return s.Path
	}
	return s.where()
}

// Records gives all that the export says, in bounded memory. The first error is the
// last record: one of the disk, or of a file that is not well-formed or not of the
// format (XEP-0227 #fileformat), with the name of the file and the line.
func (s *Source) Records(ctx context.Context) iter.Seq2[Record, error] { return s.records(ctx, false) }

func (s *Source) records(ctx context.Context, shallow bool) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		w := &walker{ctx: ctx, source: s, yield: yield, shallow: shallow}
		if err := w.read(); err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// A walker reads an export. It goes down as the elements do.
type walker struct {
	ctx    context.Context //nolint:containedctx // a walker lives for one call of Records
	source *Source
	yield  func(Record, error) bool
	root   *os.Root // the folder of the export; no include leads out of it
	folder bool     // the export is a folder of files
	// shallow says that only the frame is wanted: hosts and accounts.
	shallow bool

	host  string  // of the element that is being read
	owner jid.JID // of the element that is being read
}

func (w *walker) emit(r Record) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.yield(r, nil) {
		return errStop
	}
	return nil
}

// read reads the one file, or those of a folder in the order of their names.
func (w *walker) read() error {
	info, err := os.Stat(w.source.Path)
	if err != nil {
		return fmt.Errorf("open export: %w", err)
	}
	dir, names := filepath.Dir(w.source.Path), []string{filepath.Base(w.source.Path)}
	if info.IsDir() {
		dir, w.folder = w.source.Path, true
		if names, err = xmlFiles(dir); err != nil {
			return err
		}
	}
	if w.root, err = os.OpenRoot(dir); err != nil {
		return fmt.Errorf("open export: %w", err)
	}
	defer func() { _ = w.root.Close() }()
	for _, name := range names {
		if err := w.file(name, levelTop); err != nil {
			return err
		}
	}
	return nil
}

func xmlFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open export: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".xml") {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("open export: no .xml files in %s", dir)
	}
	sort.Strings(names)
	return names, nil
}

// A level says what an element stands in.
type level int

const (
	levelTop    level = iota // nothing
	levelServer              // <server-data/>
	levelHost                // <host/>
	levelUser                // <user/>
)

// file reads a file whose root element stands at a level. Since the root element has
// to be one that may stand there, and is itself never an include, files that include
// each other in a circle, or include each other without end, are refused as misplaced.
func (w *walker) file(name string, l level) error {
	// A pipe would keep us waiting when it is opened.
	if info, err := w.root.Stat(name); err != nil {
		return fmt.Errorf("open export: %w", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("open export: %s is not a file", name)
	}
	f, err := w.root.Open(name)
	if err != nil {
		return fmt.Errorf("open export: %w", err)
	}
	defer func() { _ = f.Close() }()
	d := newDocument(name, bufio.NewReaderSize(f, 64<<10))
	outer := w.source.where
	w.source.where = d.where
	defer func() { w.source.where = outer }()
	for {
		tok, err := d.next()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%s: no export: there is no XML in it", name)
		}
		if err != nil {
			return err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if l == levelTop && w.folder && w.partial(start.Name) {
			return w.emit(problem("file %s, which is part of another", name))
		}
		if start.Name.Space == nsInclude || !w.fits(start.Name, l) {
			return d.fault(fmt.Errorf("<%s/> cannot stand here", clip(start.Name.Local)))
		}
		if err := w.element(d, l, start); err != nil {
			return err
		}
		return d.end()
	}
}

// fits reports whether an element may be the root of a file at a level.
func (w *walker) fits(name xml.Name, l level) bool {
	switch l {
	case levelTop:
		return name == xml.Name{Space: NS, Local: "server-data"}
	case levelServer:
		return name == xml.Name{Space: NS, Local: "host"}
	case levelHost:
		return name == xml.Name{Space: NS, Local: "user"}
	default:
		return name.Space != NS || name.Local == "offline-messages" || name.Local == "presence"
	}
}

// partial reports whether the root element of a file is one of those that are included
// by others (XEP-0227 #xinclude-layout).
func (w *walker) partial(root xml.Name) bool {
	return w.fits(root, levelServer) || w.fits(root, levelHost)
}

// children reads the elements inside the one that was begun last.
func (w *walker) children(d *document, start xml.StartElement, each func(xml.StartElement) error) error {
	defer d.enter(start)()
	for inside := d.depth; ; {
		tok, err := d.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := each(t); err != nil {
				return err
			}
		case xml.EndElement:
			if d.depth < inside {
				return nil
			}
		}
	}
}

// element reads an element of the frame, which stands at a level.
func (w *walker) element(d *document, l level, start xml.StartElement) error {
	inner := func(at level) func(xml.StartElement) error {
		return func(c xml.StartElement) error { return w.element(d, at, c) }
	}
	switch {
	case start.Name.Space == nsInclude:
		return w.include(d, l, start)
	case l == levelUser:
		return w.part(d, start)
	case !w.fits(start.Name, l):
		return w.unknown(d, start)
	case l == levelTop:
		return w.children(d, start, inner(levelServer))
	case l == levelServer:
		if err := w.beginHost(d, start); err != nil {
			return err
		}
		return w.children(d, start, inner(levelHost))
	default:
		return w.user(d, start, inner(levelUser))
	}
}

// beginHost reads the attribute of XEP-0227 #hosts.
func (w *walker) beginHost(d *document, start xml.StartElement) error {
	j, err := jid.Parse(attr(start, "jid"))
	if err != nil || !j.IsHost() {
		return d.fault(fmt.Errorf("%q is not a host", clip(attr(start, "jid"))))
	}
	w.host = w.rename(j).Domain()
	return w.emit(Host{Domain: w.host})
}

// user reads an account (XEP-0227 #users). One whose name cannot be an address is left
// out.
func (w *walker) user(d *document, start xml.StartElement, part func(xml.StartElement) error) error {
	name := attr(start, "name")
	owner, err := jid.New(name, w.host, "")
	if err != nil || owner.Local() == "" {
		if err := w.emit(Problem{What: "name that is no localpart", User: name + "@" + w.host}); err != nil {
			return err
		}
		return d.skip()
	}
	w.owner = owner
	if err := w.beginUser(attr(start, "password")); err != nil {
		return err
	}
	if err := w.attributes(start); err != nil {
		return err
	}
	if err := w.children(d, start, part); err != nil {
		return err
	}
	return w.emit(UserEnd{})
}

func (w *walker) beginUser(password string) error {
	keys, ok := fromPassword(password)
	if !ok {
		return w.emit(User{JID: w.owner, Password: password})
	}
	if err := w.emit(User{JID: w.owner}); err != nil {
		return err
	}
	return w.emit(keys)
}

// attributes reports those that we do not know, such as Prosody's own.
func (w *walker) attributes(start xml.StartElement) error {
	for _, a := range start.Attr {
		if a.Name.Space == "" || a.Name.Space == "xmlns" {
			continue
		}
		if err := w.emit(problem("attribute of %s", clip(a.Name.Space))); err != nil {
			return err
		}
	}
	return nil
}

// unknown skips what we do not know, which is to be told (XEP-0227 #fileformat).
func (w *walker) unknown(d *document, start xml.StartElement) error {
	if err := w.emit(problem("<%s/> of %s", clip(start.Name.Local), clip(start.Name.Space))); err != nil {
		return err
	}
	return d.skip()
}

// attr gives an attribute without a namespace.
func attr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// rename gives an address of ours for one of the file.
func (w *walker) rename(j jid.JID) jid.JID {
	to, ok := w.source.Rename[j.Domain()]
	if !ok {
		return j
	}
	if moved, err := jid.New(j.Local(), to, j.Resource()); err == nil {
		return moved
	}
	return j
}

// address reads an address of the file.
func (w *walker) address(s string) (jid.JID, error) {
	j, err := jid.Parse(s)
	if err != nil {
		return jid.JID{}, err
	}
	return w.rename(j), nil
}
