package oracle

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

const (
	keptLines  = 80  // of one check
	keptLength = 700 // of one line, in bytes
)

// A Log is the exchange of one check: what went out and what came in, on all its
// streams. Secrets of logins are left out. It may be used by several goroutines.
type Log struct {
	mu      sync.Mutex
	lines   []string
	dropped int
}

// Out notes what a stream has sent, In what it has read.
func (l *Log) Out(who, text string) { l.add(who+" → ", text) }

// In notes what a stream has read.
func (l *Log) In(who, text string) { l.add(who+" ← ", text) }

// Note notes what is neither.
func (l *Log) Note(who, text string) { l.add(who+" · ", text) }

// secrets finds what logins carry: the texts of SASL and the passwords of forms.
var secrets = regexp.MustCompile(`(?s)(<(?:auth|response|challenge|success)\b[^>]*>)[^<]+|(<password>)[^<]+|(var=['"]password(?:-verify)?['"][^>]*>\s*<value>)[^<]+`)

func (l *Log) add(head, text string) {
	if l == nil {
		return
	}
	all := len(text)
	text = secrets.ReplaceAllString(text[:min(all, 8*keptLength)], "$1$2$3…") // a flood is long
	if len(text) > keptLength {
		text = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:keptLength], ""), all)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, head+text)
	if len(l.lines) > keptLines {
		// The end of an exchange says more than its middle.
		l.lines = append(l.lines[:keptLines/4], l.lines[keptLines/4+1:]...)
		l.dropped++
	}
}

// Lines gives the exchange.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := append([]string(nil), l.lines...)
	if l.dropped > 0 {
		at := keptLines / 4
		list = append(list[:at], append([]string{fmt.Sprintf("… %d lines …", l.dropped)}, list[at:]...)...)
	}
	return list
}
