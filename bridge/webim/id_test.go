package webim

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

var capulet = site{host: "capulet.lit", rooms: "conference.capulet.lit"}

func TestIDs(t *testing.T) {
	for address, want := range map[string]string{
		"juliet@capulet.lit":         "juliet",
		"34@capulet.lit":             "34",
		`vid\3a7k2@capulet.lit`:      "vid:7k2",
		`d\27artagnan@capulet.lit`:   `d\27artagnan@capulet.lit`, // a quote would end an attribute
		`a\20b@capulet.lit`:          "a b",
		`a\40b@capulet.lit`:          `a\40b@capulet.lit`,
		`a,b@capulet.lit`:            `a\2cb`,
		`a\2cb@capulet.lit`:          `a\5c2cb`,
		"romeo@montague.lit":         "romeo@montague.lit",
		"romeo,@montague.lit":        `romeo\2c@montague.lit`,
		"capulet.lit":                "capulet.lit",
		"montague.lit":               "@montague.lit",
		"capulet.lit@capulet.lit":    "capulet.lit@capulet.lit",
		"room@chat.lit/A <b>, a & c": `room@chat.lit/A &lt;b&gt;\2c a &amp; c`,
	} {
		j := jid.MustParse(address)
		id := capulet.buddy(j)
		if id != want {
			t.Errorf("%s is %q, want %q", address, id, want)
		}
		if back, err := capulet.person(id); err != nil || back != j {
			t.Errorf("%q is %s %v", id, back, err)
		}
	}
	if id := capulet.room(jid.MustParse("ball@conference.capulet.lit/Romeo")); id != "ball" {
		t.Errorf("the ball is %q", id)
	}
	for _, id := range []string{"", "@", "a@b/c", "conference.capulet.lit", " "} {
		if j, err := capulet.chat(id); err == nil {
			t.Errorf("%q is the room %s", id, j)
		}
	}
	if list := capulet.people("1,romeo@montague.lit, ,undefined,@,2"); len(list) != 3 {
		t.Errorf("%v", list)
	}
	if list := split(strings.Repeat("1,", 1000)); len(list) != maxIDs {
		t.Errorf("%d ids", len(list))
	}
}

// Every address has an id of its own, which breaks no list and no attribute.
func FuzzID(f *testing.F) {
	for _, s := range []string{"juliet@capulet.lit", `a\2cb@capulet.lit`, "romeo@montague.lit/x, y|z", `\5c2c@capulet.lit`, "a&amp;b@capulet.lit", "room@chat.lit/&lt;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if j, err := capulet.person(text); err == nil {
			id := capulet.buddy(j)
			if back, err := capulet.person(id); err != nil || back != j {
				t.Errorf("%q means %s, which is %q, which is %s %v", text, j, id, back, err)
			}
		}
		j, err := jid.Parse(text)
		if err != nil {
			return
		}
		id := capulet.buddy(j)
		if strings.ContainsAny(id, `,|<>"'`) {
			t.Errorf("%s is %q", j, id)
		}
		if back, err := capulet.person(id); err != nil || back != j {
			t.Errorf("%s is %q, which is %s %v", j, id, back, err)
		}
	})
}

// A style cannot leave its attribute, move anything or fetch anything.
func FuzzStyle(f *testing.F) {
	for _, s := range []string{
		"color:red", "COLOR : #bbb ; font-weight:bold", `color:red"><script>`, "background:url(http://mantua.lit/)", "color:rgb(1,2,3)",
		"color:expression(alert(1))", "position:fixed", "font-family:a;}", "color:rgb(url(x))", "color:rgb(1", `color:\75rl(x)`, "color:/**/red",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, style string) {
		clean := cleanStyle(style)
		if strings.ContainsAny(clean, "<>\"'&\\/{}@!\n") || strings.Contains(clean, "url") && strings.Contains(clean, "(") && strings.Contains(clean, "url(") {
			t.Errorf("%q is %q", style, clean)
		}
		for part := range strings.SplitSeq(clean, ";") {
			name, _, _ := strings.Cut(part, ":")
			if part != "" && !styles[name] {
				t.Errorf("%q is %q", style, clean)
			}
		}
		if again := cleanStyle(clean); again != clean && len(clean) <= maxStyle {
			t.Errorf("%q is %q, which is %q", style, clean, again)
		}
	})
}

func TestStyle(t *testing.T) {
	for style, want := range map[string]string{
		"color:#bbb;":                           "color:#bbb;",
		" Color : Red ; top:0; x":               "color:Red;",
		"color:rgb(1, 2, 3)":                    "color:rgb(1, 2, 3);",
		"color:rgb(1,2":                         "",
		"color:rgb(url(1))":                     "",
		"background-color:url(x)":               "",
		`color:red"onclick="alert(1)`:           "",
		"font-size:" + strings.Repeat("1", 300): "",
	} {
		if got := cleanStyle(style); got != want {
			t.Errorf("%q is %q", style, got)
		}
	}
}

// FuzzHandover: nothing that is not signed is read.
func FuzzHandover(f *testing.F) {
	h := &Handler{cfg: Config{Secrets: map[string][]string{"capulet.lit": {"0123456789abcdef0123456789abcdef"}}}, hall: &hall{label: "conference"}}
	f.Add("e30.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if v, _, err := h.readHandover(text); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	})
}
