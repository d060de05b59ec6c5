package flash

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// chunked reads as the document's PHP sample does (wire §0, fact 3): 1,023 bytes at once,
// or up to a line feed, and white space and zero bytes taken off the end of all that has
// come each time.
func chunked(text string) string {
	all := ""
	for len(text) > 0 {
		n := min(chunk, len(text))
		if i := strings.IndexByte(text[:n], '\n'); i >= 0 {
			n = i + 1
		}
		all = strings.TrimRight(all+text[:n], " \t\n\r\x00\v")
		text = text[n:]
	}
	return all
}

// Wire §0, facts 2 to 4, and check 37: one line, the root element with the result, no
// white space that gets lost.
func TestReplies(t *testing.T) {
	long := &reply{typ: "list_rooms"}
	for i := range 300 {
		long.children = append(long.children, row{"room", [][2]string{{"id", fmt.Sprint(i)}, {"name", strings.Repeat("a b ", i%7+1)}, {"desc", "line\nline\r\"'<&>\t "}}})
	}
	for want, r := range map[string]*reply{
		`<?xml version="1.0" encoding="UTF-8"?><Command type="add_room" result="1003" code="0" msg="ok" />`:         {typ: "add_room", result: 1003},
		`<?xml version="1.0" encoding="UTF-8"?><Command type="del_room" result="-6" code="6" msg="no such room" />`: {typ: "del_room", fault: &fault{code: noSuchRoom}},
		`<?xml version="1.0" encoding="UTF-8"?><Command result="-4" code="4" msg="bad parameter: max" />`:           {fault: &fault{badParameter, "max"}},
		"": long,
	} {
		text := string(r.bytes())
		body, ok := strings.CutSuffix(text, "\x00")
		if !ok || want != "" && body != want || strings.ContainsAny(body, "\r\n\x00") {
			t.Errorf("got %q", text)
		}
		var read, whole struct {
			XMLName xml.Name `xml:"Command"`
			Result  string   `xml:"result,attr"`
			Rooms   []struct {
				Name string `xml:"name,attr"`
				Desc string `xml:"desc,attr"`
			} `xml:"room"`
		}
		if err := xml.Unmarshal([]byte(chunked(text)), &read); err != nil || read.Result == "" {
			t.Errorf("as an old client reads it: %v", err)
		}
		if err := xml.Unmarshal([]byte(body), &whole); err != nil || fmt.Sprint(read) != fmt.Sprint(whole) {
			t.Errorf("an old client reads something else: %v", err)
		}
		if r == long && (len(read.Rooms) != 300 || read.Rooms[6].Name != strings.Repeat("a b ", 7) || read.Rooms[0].Desc != "line\nline\r\"'<&>\t ") {
			t.Errorf("something is lost: %q", read.Rooms[:1])
		}
		if r != long && len(text) > chunk {
			t.Errorf("%d bytes", len(text))
		}
	}
	// Wherever a chunk ends.
	for pad := range 60 {
		r := &reply{typ: "t", children: []row{{"u", [][2]string{{"n", strings.Repeat("x", chunk-150+pad)}, {"m", "a b c d e f g h"}, {"o", "i"}}}}}
		text := string(r.bytes())
		var read struct {
			U struct {
				M string `xml:"m,attr"`
				O string `xml:"o,attr"`
			} `xml:"u"`
		}
		if err := xml.Unmarshal([]byte(chunked(text)), &read); err != nil || read.U.M != "a b c d e f g h" || read.U.O != "i" {
			t.Errorf("%d: %v: %+v", pad, err, read)
		}
	}
}

// Wire §5: mandatory ports, a zero byte at the end, nothing without configuration.
func TestPolicy(t *testing.T) {
	if p := policy(nil, 51127); p != nil {
		t.Errorf("%q", p)
	}
	want := `<?xml version="1.0"?><cross-domain-policy><allow-access-from domain='*.capulet.lit' to-ports='51127'/></cross-domain-policy>` + "\x00"
	if p := string(policy([]string{"*.capulet.lit"}, 51127)); p != want {
		t.Errorf("got %q, want %q", p, want)
	}
}
