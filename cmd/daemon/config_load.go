package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// defaultFile is read when no file is named, if it is there.
const defaultFile = "causeway.toml"

// load makes the configuration: the defaults, then the file, then the environment
// (as os.Environ has it), then what the command line sets by key. The error has all
// mistakes, not only the first. The notes are for people: what is no mistake, but
// perhaps not what they meant.
func load(file string, environ []string, set map[string]string) (c Config, notes []string, err error) {
	c = Default()
	text, base, err := readConfig(file)
	if err != nil {
		return c, nil, err
	}
	var mistakes []error
	if base == "" {
		folder, _ := filepath.Abs(".")
		notes = append(notes, fmt.Sprintf("no %s in %s: defaults only", defaultFile, folder))
	} else {
		mistakes = c.decode(text, cmp.Or(file, defaultFile))
	}
	if err := c.root(base); err != nil {
		return c, nil, err
	}
	unknown, wrong := c.environment(environ)
	mistakes, notes = append(mistakes, wrong...), append(notes, unknown...)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		k, ok := lookup(&c, name)
		if !ok {
			mistakes = append(mistakes, unknownKey(&c, name, "--set "+name))
		} else if err := k.set(set[name]); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	if err := c.root(""); err != nil {
		return c, nil, err
	}
	mistakes = append(mistakes, c.check()...)
	return c, append(notes, c.doubts()...), errors.Join(mistakes...)
}

// readConfig reads the file and gives its folder, "" if there is none. Not having
// the default file is no fault.
func readConfig(file string) (text, base string, err error) {
	named := file != ""
	path, err := filepath.Abs(cmp.Or(file, defaultFile))
	if err != nil {
		return "", "", fmt.Errorf("read configuration: %w", err)
	}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return "", "", nil
	case errors.Is(err, fs.ErrNotExist):
		return "", "", hinted(fmt.Errorf("configuration %s does not exist", path), "causeway quickstart DOMAIN writes one")
	case errors.Is(err, fs.ErrPermission):
		return "", "", hinted(fmt.Errorf("configuration %s may not be read by this user", path), "run causeway as its owner, or change who may read it")
	case err != nil:
		return "", "", fmt.Errorf("read configuration: %w", err)
	}
	return string(raw), filepath.Dir(path), nil
}

// decode reads the text of a file over c and gives all mistakes in it, in the
// order of their lines.
func (c *Config) decode(text, file string) []error {
	var tree map[string]any
	_, err := toml.Decode(text, &tree)
	var broken toml.ParseError
	switch {
	case errors.As(err, &broken):
		return []error{fmt.Errorf("%s: line %d: %s", file, broken.Position.Line, broken.Message)}
	case err != nil:
		return []error{fmt.Errorf("%s: %w", file, err)}
	}
	type mistake struct {
		line int
		err  error
	}
	var mistakes []mistake
	var walk func(prefix string, table map[string]any)
	walk = func(prefix string, table map[string]any) {
		for _, word := range slices.Sorted(maps.Keys(table)) {
			name := prefix + word
			line := lineOf(text, name)
			where := fmt.Sprintf("%s: line %d", file, line)
			inner, isTable := table[word].(map[string]any)
			switch k, ok := lookup(c, name); {
			case ok:
				if err := k.assign(table[word]); err != nil {
					mistakes = append(mistakes, mistake{line, fmt.Errorf("%s: %w", where, err)})
				}
			case isTable && isSection(c, name):
				walk(name+".", inner)
			case isSection(c, name):
				mistakes = append(mistakes, mistake{line, fmt.Errorf("%s: %s is a section: [%[2]s]", where, name)})
			default:
				mistakes = append(mistakes, mistake{line, unknownKey(c, name, where)})
			}
		}
	}
	walk("", tree)
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return cmp.Compare(a.line, b.line) })
	list := make([]error, len(mistakes))
	for i := range mistakes {
		list[i] = mistakes[i].err
	}
	return list
}

// environment takes over what the environment sets. A variable that is no key is a
// note and no mistake: systems that run containers set variables of their own, named
// after the service.
func (c *Config) environment(environ []string) (notes []string, mistakes []error) {
	known := make(map[string]key)
	for _, s := range sections(c) {
		for _, k := range s.keys {
			known[k.env()] = k
		}
	}
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(entry, "=")
		k, ok := known[name]
		switch {
		case !strings.HasPrefix(name, "CAUSEWAY_"):
		case !ok:
			note := "environment: " + name + " is no setting"
			word := strings.ToLower(strings.TrimPrefix(name, "CAUSEWAY_"))
			if k, ok := lookup(c, nearest(c, strings.Replace(word, "_", ".", 1))); ok {
				note += "; did you mean " + k.env() + "?"
			}
			notes = append(notes, note)
		default:
			if err := k.set(value); err != nil {
				mistakes = append(mistakes, fmt.Errorf("environment %s: %w", name, err))
			}
		}
	}
	return notes, mistakes
}

// root makes all relative paths begin at a folder, "" being the working folder.
func (c *Config) root(base string) error {
	abs := func(path string) (string, error) {
		if path == "" || filepath.IsAbs(path) {
			return path, nil
		}
		return filepath.Abs(filepath.Join(base, path))
	}
	for _, s := range sections(c) {
		for _, k := range s.keys {
			if k.tag.Get("path") == "" {
				continue
			}
			list, isList := k.value.Interface().([]string)
			if !isList {
				list = []string{k.value.String()}
			}
			rooted := make([]string, len(list))
			for i, path := range list {
				var err error
				if rooted[i], err = abs(path); err != nil {
					return fmt.Errorf("%s: %w", k.name, err)
				}
			}
			if isList {
				k.value.Set(reflect.ValueOf(rooted))
			} else {
				k.value.SetString(rooted[0])
			}
		}
	}
	return nil
}

// unknownKey is the error for a key that does not exist.
func unknownKey(c *Config, name, where string) error {
	hint := "causeway config print lists all keys"
	if known := nearest(c, name); known != "" {
		hint = "did you mean " + known + "?"
	}
	return hinted(fmt.Errorf("%s: unknown key %s", where, name), hint)
}

func isSection(c *Config, name string) bool {
	return slices.ContainsFunc(sections(c), func(s section) bool { return s.name == name && name != "" })
}

// lineOf finds the line of a key in a file: the TOML reader does not tell it.
func lineOf(text, name string) int {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t") + "."
			if table == name+"." {
				return i + 1
			}
			continue
		}
		word, _, ok := strings.Cut(line, "=")
		if full := table + strings.Trim(strings.TrimSpace(word), `"'`); ok && (full == name || strings.HasPrefix(full, name+".") || strings.HasPrefix(name, full+".")) {
			return i + 1
		}
	}
	return 0
}

// hosts gives the domains that are served.
func (c *Config) hosts() []string {
	if len(c.Hosts) == 0 {
		return []string{"localhost"}
	}
	return c.Hosts
}
