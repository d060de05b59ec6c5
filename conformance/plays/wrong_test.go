package plays

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The beginning and the end of a play in which romeo sends hello.xml to juliet.
const (
	opening = `# RFC 6121 §8.5.3.1
cast  romeo@montague.lit juliet@capulet.lit
login romeo romeo@montague.lit/orchard
login juliet juliet@capulet.lit/balcony
romeo sends hello.xml
`
	files = `
-- hello.xml --
<message to='juliet@capulet.lit/balcony' type='chat' id='m1'><body>a &lt; b</body></message>
`
)

// A play that does not tell what happens fails, in the right line.
func TestWrongPlays(t *testing.T) {
	cases := []struct{ name, script, want string }{
		{"wrong_text", opening + `juliet wants bye.xml "a farewell"` + files +
			"-- bye.xml --\n<message><body>Farewell</body></message>", `:6: juliet wants bye.xml "a farewell"`},
		{"wrong_attribute", opening + `juliet wants normal.xml "no type"` + files +
			"-- normal.xml --\n<message type=''/>", "<message/> without type=''"},
		{"wrong_more", opening + `juliet wants exactly less.xml "less"` + files +
			"-- less.xml --\n<message from='*' to='*' type='chat' id='*'/>", "in <message/>: <body/> too"},
		{"wrong_bytes", opening + `juliet wants verbatim same.xml "the same"` + files +
			"-- same.xml --\n<message><body>a &#60; b</body></message>", "other bytes"},
		{"wrong_nothing", opening + `juliet wants nothing "silence"` + files, "this came: <message"},
		{"wrong_order", opening + "romeo sends second.xml\n" + `juliet wants second.xml "the second first"` + files +
			"-- second.xml --\n<message to='juliet@capulet.lit/balcony' id='m2'/>", "id='m2'"},
		{"wrong_end", opening + files, "at the end: to juliet: this came: <message"},
		{"wrong_memory", opening + "romeo sends second.xml\njuliet wants id.xml one\njuliet wants id.xml same" + files +
			"-- second.xml --\n<message to='juliet@capulet.lit/balcony' id='m2'/>\n-- id.xml --\n<message id='$id'/>", ":8: juliet wants id.xml"},
		{"wrong_status", opening + `http get.http there.http "a page"` + files +
			"-- get.http --\nGET /nowhere\n-- there.http --\n200", "the status is 404 instead of 200"},
		{"wrong_header", opening + `http get.http typed.http "a page"` + files +
			"-- get.http --\nGET /nowhere\n-- typed.http --\n404\nContent-Type: text/html", `instead of "Content-Type: text/html"`},
		{"wrong_closing", opening + "juliet closes" + files, "this came before the end"},
		{
			"wrong_login", opening + "juliet wants hello.xml it\nrefused romeo@montague.lit pencil not-authorized no" + files,
			"the login was granted",
		},
	}
	var plays []*play
	for _, c := range cases {
		p, err := newPlay(c.name, txtar.Parse([]byte(c.script+"\n")))
		if err != nil {
			t.Fatal(err)
		}
		plays = append(plays, p)
	}
	s := newStage(t, plays)
	for i, c := range cases {
		if err := perform(t, plays[i], s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	s.Stop(t)
}

// A script that does not hang together is refused before anybody plays it.
func TestWrongScripts(t *testing.T) {
	for name, script := range map[string]string{
		"no section or anchor is cited":   "# Something happens.\n",
		"there is no hello.xml":           opening,
		"nobody sends or wants hello.xml": "# RFC 6121 §4\n" + files,
	} {
		if _, err := newPlay("wrong", txtar.Parse([]byte(script))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}
