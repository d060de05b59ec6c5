package crash

import (
	"strconv"
	"strings"
	"testing"
)

// A tally is what became of all messages.
type tally struct {
	sent, acknowledged           int
	missing, doubled, disordered int
	refused                      int
	examples                     []string
}

// count holds what the recipients have got against what the senders were told.
func count(t *testing.T, senders []*sender, recipients []*recipient) tally {
	t.Helper()
	var c tally
	byName := map[string]*sender{}
	for _, s := range senders {
		byName[s.name] = s
		c.sent += len(s.sent)
		c.acknowledged += len(s.acknowledged)
		c.refused += len(s.refused)
		c.examples = append(c.examples, s.refused...)
		for _, n := range s.acknowledged {
			if s.sent[n].came[s.id(n)] == 0 {
				c.missing++
				c.examples = append(c.examples, "missing: "+s.id(n)+" for "+s.sent[n].name)
			}
		}
	}
	for _, r := range recipients {
		last := map[string]int{}
		for _, id := range r.order {
			name, digits, _ := strings.Cut(id, "-")
			n, err := strconv.Atoi(digits)
			s := byName[name]
			if err != nil || s == nil || n >= len(s.sent) || s.sent[n] != r {
				t.Errorf("%s got %q, which nobody has sent to it", r.name, id)
				continue
			}
			if previous, ok := last[name]; ok && n < previous && r.came[id] == 1 {
				c.disordered++
				c.examples = append(c.examples, "out of order: "+id+" for "+r.name)
			}
			last[name] = n
		}
		for id, times := range r.came {
			if times > 1 {
				c.doubled++
				c.examples = append(c.examples, "came "+strconv.Itoa(times)+" times: "+id+" for "+r.name)
			}
		}
	}
	return c
}

func (c tally) check(t *testing.T) {
	t.Helper()
	if c.acknowledged == 0 {
		t.Error("nothing was acknowledged: the run shows nothing")
	}
	if c.missing+c.doubled+c.disordered+c.refused > 0 {
		t.Errorf("%d missing, %d doubled, %d out of order, %d refused; some of them:\n%s", c.missing, c.doubled, c.disordered, c.refused,
			strings.Join(c.examples[:min(20, len(c.examples))], "\n"))
	}
}
