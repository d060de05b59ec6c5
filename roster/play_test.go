package roster

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlays runs the plays in testdata. Each begins with "== " and its name, which
// cites what it shows. The lines of a play:
//
//	bind WHO…             a client connects
//	login WHO…            and asks for its roster, and becomes available
//	friends A B           the two see each other's presence
//	C WHO: XML            a client sends ("remote" is all other servers)
//	S WHO: XML            it is given this next
//	close WHO             its connection is lost
//	forget A              the account is deleted
//	clear                 what was delivered does not matter
//
// Nothing may be delivered that the play does not say.
func TestPlays(t *testing.T) {
	files, err := filepath.Glob("testdata/*.play")
	if err != nil || len(files) == 0 {
		t.Fatal("no plays", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, play := range strings.Split("\n"+string(b), "\n== ")[1:] {
			name, lines, _ := strings.Cut(play, "\n")
			t.Run(name, func(t *testing.T) { perform(newWorld(t, Limits{}), strings.Split(lines, "\n")) })
		}
	}
}

func perform(w *world, lines []string) {
	w.t.Helper()
	for _, line := range lines {
		verb, rest, _ := strings.Cut(line, " ")
		if verb != "S" && verb != "clear" && verb != "" && verb != "#" {
			if more := w.leftover(); more != "" {
				w.t.Errorf("before %q nobody expected:%s", line, more)
			}
		}
		who, xml, _ := strings.Cut(rest, ": ")
		names := strings.Fields(rest)
		switch verb {
		case "bind", "login":
			for _, n := range names {
				if verb == "bind" {
					w.bind(n)
				} else {
					w.login(n)
				}
			}
		case "friends":
			w.befriend(names[0], names[1])
			w.clear()
		case "C":
			w.send(who, xml)
		case "S":
			c := w.clients[who]
			if c == nil {
				w.t.Fatalf("nobody is called %s", who)
			}
			if len(c.got) == 0 {
				w.t.Errorf("%s got nothing, wanted\n\t%s", who, xml)
			} else if got := c.got[0]; got != xml {
				w.t.Errorf("%s got\n\t%s\nwanted\n\t%s", who, got, xml)
			}
			if len(c.got) > 0 {
				c.got = c.got[1:]
			}
		case "close":
			w.close(rest)
		case "forget":
			if err := w.roster.Forget(context.Background(), full(rest)); err != nil {
				w.t.Error(err)
			}
		case "clear":
			w.clear()
		case "", "#":
		default:
			w.t.Fatalf("what is %q?", line)
		}
	}
	if more := w.leftover(); more != "" {
		w.t.Errorf("at the end nobody expected:%s", more)
	}
}
