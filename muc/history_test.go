package muc

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// XEP-0045 #enter-history, #enter-managehistory: six messages, one a minute.
func TestHistory(t *testing.T) {
	for _, c := range []struct {
		name, wish string
		want       string
	}{
		{"all", "", "123456"},
		{"maxstanzas", "<history maxstanzas='2'/>", "56"},
		{"maxstanzas none", "<history maxstanzas='0'/>", ""},
		{"maxchars none", "<history maxchars='0'/>", ""},
		{"seconds", "<history seconds='150'/>", "56"},
		{"seconds none", "<history seconds='0'/>", ""},
		{"since", "<history since='2000-01-01T00:03:30Z'/>", "56"},
		{"since the beginning", "<history since='1970-01-01T00:00:00Z'/>", "123456"},
		{"the smallest", "<history maxstanzas='3' seconds='90' maxchars='100000'/>", "6"},
		{"what cannot be understood", "<history maxstanzas='many' seconds='-1' since='yesterday'/>", "123456"},
		{"another namespace", "<history xmlns='urn:x' maxstanzas='0'/>", "123456"},
		{"huge numbers", "<history maxstanzas='99999999999999999999' seconds='99999999999999999999'/>", "123456"},
	} {
		for _, restarted := range []bool{false, true} {
			scene(t, fmt.Sprintf("%s, restarted %v", c.name, restarted), func(t *testing.T) {
				w, juliet, _, _ := stage(t, "persistentroom", "1")
				for i := range 6 {
					juliet.send(say(balcony, fmt.Sprint(i+1)))
					time.Sleep(time.Minute)
				}
				juliet.send("<message type='groupchat' to='" + balcony + "'><subject>none of it</subject></message>")
				if restarted {
					w.open()
				}
				paris := w.login("paris@capulet.lit/x")
				paris.send(join(balcony, "Paris", c.wish))
				got := ""
				for _, x := range paris.take() {
					if _, rest, ok := strings.Cut(x, "<body>"); ok {
						got += rest[:1]
						if !strings.Contains(x, "<delay xmlns='urn:xmpp:delay' from='"+balcony+"' stamp='2000-01-01T00:0") || !strings.Contains(x, "<stanza-id ") || strings.Count(x, "<occupant-id ") != 1 || strings.Contains(x, "juliet@") {
							t.Errorf("#enter-history: %s", x)
						}
					}
				}
				if got != c.want {
					t.Errorf("told %q, want %q", got, c.want)
				}
			})
		}
	}
}

// "the largest number of complete stanzas that results in a number of characters less than
// or equal to the 'maxchars' value": what is sent is counted.
func TestHistoryChars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		for _, text := range []string{"eins", "zwei", "dréi"} {
			juliet.send(say(balcony, text))
		}
		sizes := []int{}
		w.clear()
		romeo.send(join(balcony, "Romeo", ""))
		for _, x := range romeo.take() {
			if strings.Contains(x, "<body>") {
				sizes = append(sizes, utf8.RuneCountInString(x))
			}
		}
		for _, c := range []struct{ most, want int }{{sizes[2] - 1, 0}, {sizes[2], 1}, {sizes[2] + sizes[1] - 1, 1}, {sizes[2] + sizes[1], 2}, {1 << 20, 3}} {
			romeo.send(join(balcony, "Romeo", fmt.Sprintf("<history maxchars='%d'/>", c.most)))
			if n := strings.Count(strings.Join(romeo.take(), ""), "<body>"); n != c.want {
				t.Errorf("%d characters: %d messages, want %d", c.most, n, c.want)
			}
		}
	})
}

// muc#maxhistoryfetch and what the service allows.
func TestHistoryLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		for i := range 30 {
			juliet.send(say(balcony, fmt.Sprint("m", i)))
		}
		told := func() int {
			romeo.take()
			romeo.send(join(balcony, "Romeo", ""))
			return strings.Count(strings.Join(romeo.take(), ""), "<body>")
		}
		if n := told(); n != 20 {
			t.Errorf("by default %d", n)
		}
		set := func(n string) {
			juliet.answered(n, "", juliet.ask("set", balcony, configuration(field(fieldHistory, n))))
		}
		set("3")
		if n := told(); n != 3 {
			t.Errorf("less: %d", n)
		}
		set("0")
		if n := told(); n != 0 {
			t.Errorf("none: %d", n)
		}
		set("1000")
		for i := range 60 {
			juliet.send(say(balcony, fmt.Sprint("n", i)))
		}
		if n := told(); n != 50 {
			t.Errorf("more than the service has: %d", n)
		}
		big := strings.Repeat("x", 100_000)
		for range 5 {
			juliet.send(say(balcony, big))
		}
		w.inside(func(r *room) {
			if r.history.bytes > maxHistoryBytes || len(r.history.said) == 0 {
				t.Errorf("%d bytes of %d messages are in memory", r.history.bytes, len(r.history.said))
			}
		})
	})
}
