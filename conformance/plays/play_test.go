package plays

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// A play is one script.
type play struct {
	name       string // of the file, without its ending
	file       string
	cast       []string // bare JIDs with an account
	admins     []string
	components []string   // each DOMAIN=SECRET, once
	groups     [][]string // of tools: each a name and a host
	alone      bool       // has a server of its own ...
	settings   []string   // ... with these
	steps      []step
	files      map[string]string
}

// A step is one direction.
type step struct {
	line  int
	text  string
	words []string
}

var (
	citation = regexp.MustCompile(`RFC \d{4} §[\dA-Z]|XEP-\d{4} #\w|(webim|rest|oauth|flash|plugchat|websdk) #\w`)
	// word is one in double quotes, which are taken off, or one without spaces.
	word = regexp.MustCompile(`"([^"]*)"|\S+`)
)

// readPlay reads a script.
func readPlay(file string) (*play, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	return newPlay(file, archive)
}

// newPlay takes a script apart and checks that it hangs together.
func newPlay(file string, archive *txtar.Archive) (*play, error) {
	p := &play{
		name:  strings.TrimSuffix(filepath.Base(file), ".txtar"),
		file:  file,
		files: make(map[string]string),
	}
	for _, f := range archive.Files {
		p.files[f.Name] = strings.TrimSpace(string(f.Data))
	}
	title := ""
	for i, line := range strings.Split(string(archive.Comment), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			title += line
		} else if line != "" {
			p.direct(step{line: i + 1, text: line, words: split(line)})
		}
	}
	if !citation.MatchString(title) {
		return nil, fmt.Errorf("%s: no section or anchor is cited", file)
	}
	return p, p.checkFiles()
}

// split gives the words of a line.
func split(line string) []string {
	var words []string
	for _, m := range word.FindAllStringSubmatch(line, -1) {
		if strings.HasPrefix(m[0], `"`) {
			words = append(words, m[1])
		} else {
			words = append(words, m[0])
		}
	}
	return words
}

// direct takes one direction; what is needed before the play is not a step.
func (p *play) direct(s step) {
	switch rest := s.words[1:]; s.words[0] {
	case "cast":
		p.cast = append(p.cast, rest...)
	case "admin":
		p.admins = append(p.admins, rest...)
	case "server":
		p.alone = true
		p.settings = append(p.settings, rest...)
	case "group":
		p.groups = append(p.groups, rest)
	case "component":
		if entry := strings.Join(rest[min(1, len(rest)):], "="); !slices.Contains(p.components, entry) {
			p.components = append(p.components, entry)
		}
		p.steps = append(p.steps, s)
	default:
		p.steps = append(p.steps, s)
	}
}

// checkFiles sees to it that every file is used, and every one that is used is there.
func (p *play) checkFiles() error {
	used := make(map[string]bool)
	var faults []error
	for _, s := range p.steps {
		for _, w := range s.words {
			if !strings.HasSuffix(w, ".xml") && !strings.HasSuffix(w, ".http") {
				continue
			}
			used[w] = true
			if _, ok := p.files[w]; !ok {
				faults = append(faults, fmt.Errorf("%s:%d: there is no %s", p.file, s.line, w))
			}
		}
	}
	for name := range p.files {
		if !used[name] {
			faults = append(faults, fmt.Errorf("%s: nobody sends or wants %s", p.file, name))
		}
	}
	return errors.Join(faults...)
}

// A translation turns the hosts that a play speaks of into its own, and back.
type translation struct{ out, in *strings.Replacer }

var hosts = []string{"capulet.lit", "montague.lit"}

// prefix is what the hosts of the play begin with.
func (p *play) prefix() string { return strings.ReplaceAll(p.name, "_", "-") + "." }

func (p *play) translation() translation {
	var out, in []string
	for _, host := range hosts {
		out = append(out, host, p.prefix()+host)
		in = append(in, p.prefix()+host, host)
	}
	return translation{strings.NewReplacer(out...), strings.NewReplacer(in...)}
}

// each gives what the words are outside.
func (t translation) each(words []string) []string {
	var list []string
	for _, w := range words {
		list = append(list, t.out.Replace(w))
	}
	return list
}

// cut takes a word off a list, if it is there.
func cut(words []string, w string) (rest []string, found bool) {
	i := slices.Index(words, w)
	if i < 0 {
		return words, false
	}
	return slices.Delete(slices.Clone(words), i, i+1), true
}
