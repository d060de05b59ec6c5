package flash

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"causeway/xmpp/jid"
)

func codeOf(err error) code {
	if err == nil {
		return done
	}
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	return -1
}

// What readers of XML let pass (wire §7) and checks 25, 26, 29, 30 of wire §8.
func TestDocuments(t *testing.T) {
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	for _, c := range []struct {
		name, in string
		want     code
	}{
		{"as printed", declaration + `<Command group="default" api_pwd="x" type="del_room" room_id="1" />`, done},
		{"without a declaration", `<Command a="1"/>`, done},
		{"a declaration in single quotes", `<?xml version='1.0' encoding='utf-8' standalone='yes' ?>` + "\n" + `<Command/>`, done},
		{"blanks round the = and line breaks", declaration + "\n<Command\n type = \"add_room\"\n sequence = \"\" >\n <roomOpen>\n </roomOpen>\n</Command>", done},
		{"references", `<Command name="a&amp;b&#x20AC;&lt;"/>`, done},

		{"two of one name", `<Command api_pwd="right" api_pwd="wrong"/>`, malformed},
		{"two types", `<Command type="add_room" type="del_room"/>`, malformed},
		{"two roots", `<Command/><Command/>`, malformed},
		{"text behind", `<Command/>x`, malformed},
		{"a comment", `<!-- --><Command/>`, malformed},
		{"a comment inside", `<Command><!-- --></Command>`, malformed},
		{"another instruction", `<?php echo 1 ?><Command/>`, malformed},
		{"a DTD with a file", `<!DOCTYPE Command [<!ENTITY x SYSTEM "file:///etc/passwd">]><Command name="&x;"/>`, malformed},
		{"a DTD with a parameter entity", `<!DOCTYPE Command [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><Command/>`, malformed},
		{"a billion laughs", `<!DOCTYPE Command [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;">]><Command name="&b;"/>`, malformed},
		{"an entity", `<Command name="&nbsp;"/>`, malformed},
		{"an ampersand", `<Command name="a & b"/>`, malformed},
		{"less than", `<Command name="a < b"/>`, malformed},
		{"a quote", `<Command name="a " b"/>`, malformed},
		{"no blank between", `<Command a="1"b="2"/>`, malformed},
		{"Latin-1", "<Command name=\"caf\xe9\"/>", malformed},
		{"overlong", "<Command name=\"\xc0\xaf\"/>", malformed},
		{"a lone surrogate", "<Command name=\"\xed\xa0\x80\"/>", malformed},
		{"a zero by reference", `<Command name="&#0;"/>`, malformed},
		{"U+FFFE", "<Command name=\"\ufffe\"/>", malformed},
		{"UTF-16 declared", `<?xml version="1.0" encoding="UTF-16"?><Command/>`, malformed},
		{"Latin-1 declared", `<?xml version="1.0" encoding="ISO-8859-1"?><Command/>`, malformed},
		{"half a declaration", `<?xml version="1.0"`, malformed},
		{"a declaration with a tag in it", `<?xml <Command/> ?><Command/>`, malformed},
		{"another root", `<Init/>`, malformed},
		{"another case", `<command/>`, malformed},
		{"a namespace", `<Command xmlns="urn:x"/>`, malformed},
		{"not closed", `<Command>`, malformed},
		{"text", `Command`, malformed},

		{"10,000 attributes", `<Command` + many(10_000, ` a%d=""`) + `/>`, tooLarge},
		{"nested 10,000 times", strings.Repeat("<Command>", 7000), tooLarge},
		{"10,000 children", `<Command>` + strings.Repeat("<a/>", 10_000) + `</Command>`, tooLarge},
		{"64 KiB and more", `<Command a="` + strings.Repeat("x", maxDocument) + `"/>`, tooLarge},
	} {
		began := time.Now()
		_, err := readDocument([]byte(c.in))
		if got := codeOf(err); got != c.want {
			t.Errorf("%s: code %d instead of %d", c.name, got, c.want)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: took %v", c.name, took)
		}
	}
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// FuzzDocument: whatever comes, it is read or refused, and what was read twice is the same.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="x" type="add_room" name="t" owner="a,b" max="200" pwd="">` +
		`<roomOpen><Time o="day2" e="10:00:00" s="0:0:00"></Time><Time o="special" s="2014-08-27 11:45:00" e="2014-08-28 1:0:0"/></roomOpen><audio enable="0"/></Command>`))
	f.Add([]byte(`<Command type="private_message" dest_uid="juliet" msg="&lt;b&gt;" b="1" color="0xff00ff" emotion="e32" owner_uid="x" />`))
	host := jid.MustParse("capulet.lit")
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := readDocument(raw)
		if err != nil {
			if codeOf(err) != malformed && codeOf(err) != tooLarge {
				t.Errorf("another fault: %v", err)
			}
			return
		}
		c := &call{document: d, host: host, reply: new(reply)}
		for _, s := range []Semantics{Documented, Product} {
			_, err := (&Server{cfg: Config{Semantics: s}}).settings(c)
			if err != nil && codeOf(err) != badParameter {
				t.Errorf("settings: %v", err)
			}
		}
		if payload, err := messagePayload(c); err == nil {
			if _, err := readDocument(append(append([]byte("<Command>"), payload...), "</Command>"...)); codeOf(err) == malformed {
				t.Errorf("what is made of it is no XML: %q", payload)
			}
		}
	})
}
