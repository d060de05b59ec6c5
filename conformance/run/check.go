package run

import (
	"strings"
	"time"
)

// A Level is how strongly a specification requires something (RFC 2119).
type Level string

// The levels. Musts decide the exit code.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Rank orders levels: 0 is the strongest.
func (l Level) Rank() int {
	switch l {
	case Must:
		return 0
	case Should:
		return 1
	}
	return 2
}

// A Check is one requirement of one document, and how to see whether a server
// meets it.
type Check struct {
	// ID is document/section/word, such as 6120/4.9.3.1/mismatched-tag,
	// 0045/enter-nonick/no-nick or webim/message/order. It never changes once it is
	// published.
	ID    string
	Level Level
	Text  string        // the requirement in our own words
	Needs []string      // what the target must offer, as Capabilities has it
	Alone bool          // it disturbs others and runs by itself
	Limit time.Duration // its end; 0 is twelve times the patience
	Run   func(*T)
}

// Document gives the first part of the id: 6120 for RFC 6120, 0045 for XEP-0045, the
// name of the bridge for the source document of a bridge.
func (c Check) Document() string { doc, _, _ := strings.Cut(c.ID, "/"); return doc }

// Section gives the second part of the id: a section of an RFC, an anchor of a XEP.
func (c Check) Section() string {
	if parts := strings.Split(c.ID, "/"); len(parts) == 3 {
		return parts[1]
	}
	return ""
}

// Cite gives the place of the requirement as we cite it.
func (c Check) Cite() string {
	switch {
	case c.ofBridge():
		return c.Document() + " #" + c.Section()
	case strings.HasPrefix(c.ID, "0"):
		return "XEP-" + c.Document() + " #" + c.Section()
	}
	return "RFC " + c.Document() + " §" + c.Section()
}

// Link gives the address of that place, "" if it has none: the source documents of
// bridges are no longer where they were.
func (c Check) Link() string {
	switch {
	case c.ofBridge():
		return ""
	case strings.HasPrefix(c.ID, "0"):
		return "https://xmpp.org/extensions/xep-" + c.Document() + ".html#" + c.Section()
	}
	return "https://www.rfc-editor.org/rfc/rfc" + c.Document() + ".html#section-" + c.Section()
}

// ofBridge reports whether the document is the source of a bridge.
func (c Check) ofBridge() bool { return c.ID != "" && (c.ID[0] < '0' || c.ID[0] > '9') }

// An Outcome is how a check ended.
type Outcome string

// The outcomes. Errored is a check that could not be carried out: nobody could log
// in, say. It counts against the target as little as for it.
const (
	Passed     Outcome = "pass"
	Failed     Outcome = "fail"
	NotOffered Outcome = "not offered"
	Errored    Outcome = "error"
	NotRun     Outcome = "not run"
)

// A Result is what became of one check.
type Result struct {
	Check    Check
	Outcome  Outcome
	Reason   string   // why it did not pass
	Exchange []string // what was said, if it did not pass
	Took     time.Duration
}

// Select gives the checks of these sections and of this level or stronger. A section
// is the beginning of an id that ends where a part of it ends: 6120, 6120/4.9,
// 0045/enter-muc. No sections are all.
func Select(all []Check, sections []string, weakest Level) []Check {
	var list []Check
	for _, c := range all {
		if weakest != "" && c.Level.Rank() > weakest.Rank() {
			continue
		}
		in := len(sections) == 0
		for _, s := range sections {
			in = in || within(c.ID, s)
		}
		if in {
			list = append(list, c)
		}
	}
	return list
}

func within(id, section string) bool {
	section = strings.NewReplacer("RFC", "", "rfc", "", "XEP-", "", "xep-", "", " §", "/", " #", "/", " ", "").Replace(section)
	rest, ok := strings.CutPrefix(id, strings.Trim(section, "/"))
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '.')
}
