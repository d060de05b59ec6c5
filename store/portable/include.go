package portable

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"path"
)

// include reads the file that an <include/> names, as if what is in it stood here
// (XEP-0227 #xinclude). Taken are those that "MUST" be: a relative URI, no parse and
// no xpointer. The file lies in the folder of the export or below.
func (w *walker) include(d *document, l level, start xml.StartElement) error {
	if start.Name.Local != "include" || l == levelTop {
		return w.unknown(d, start)
	}
	if err := includable(start); err != nil {
		return d.fault(fmt.Errorf("include: %w", err))
	}
	name, err := target(d.name, attr(start, "href"))
	if err != nil {
		return d.fault(fmt.Errorf("include: %w", err))
	}
	if err := d.skip(); err != nil { // a fallback is not asked for
		return err
	}
	// The file inherits nothing: its declarations are its own.
	if err := w.file(name, l); err != nil {
		return fmt.Errorf("included at %s: %w", d.where(), err)
	}
	return nil
}

func includable(start xml.StartElement) error {
	if p := attr(start, "parse"); p != "" && p != "xml" {
		return fmt.Errorf("parse=%q is not supported", clip(p))
	}
	if attr(start, "xpointer") != "" {
		return errors.New("xpointer is not supported")
	}
	return nil
}

// target gives the path of an included file below the folder of the export. It is
// relative to the file that includes it; that it does not lead out by links is seen to
// when it is opened.
func target(from, href string) (string, error) {
	u, err := url.Parse(href)
	switch {
	case err != nil || href == "":
		return "", fmt.Errorf("%q is not a relative URI", clip(href))
	case u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || path.IsAbs(u.Path):
		return "", fmt.Errorf("%q is not the relative URI of a file", clip(href))
	}
	name := path.Join(path.Dir(from), u.Path)
	if name == "." || name == ".." || len(name) > 2 && name[:3] == "../" {
		return "", fmt.Errorf("%q leads out of the folder of the export", clip(href))
	}
	return name, nil
}
