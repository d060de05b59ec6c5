package stanza

import "testing"

func TestSplit(t *testing.T) {
	tests := []struct {
		name, raw    string
		space, local string
		inside       []string // namespace, name and XML of each
	}{
		{"empty", "<a xmlns='x'/>", "x", "a", nil},
		{"the namespace of the outer element", "<a xmlns='x'>\n<b c='1'/>\n</a>", "x", "a", []string{"x", "b", "<b xmlns='x' c='1'/>"}},
		{"a namespace of its own", "<a xmlns='x'><b xmlns='y'/></a>", "x", "a", []string{"y", "b", "<b xmlns='y'/>"}},
		{"quotes", `<a xmlns="it's"><b/></a>`, "it's", "a", []string{"it's", "b", "<b xmlns='it&apos;s'/>"}},
		{"a prefix", "<p:a xmlns:p='x' xmlns='y'><p:b><c/></p:b><d/></p:a>", "x", "a", []string{"x", "b", "<p:b xmlns='y' xmlns:p='x'><c/></p:b>", "y", "d", "<d xmlns='y'/>"}},
		{"none at all", "<a><b/></a>", "", "a", []string{"", "b", "<b/>"}},
		{"taken back", "<a xmlns='x'><b xmlns=''/></a>", "x", "a", []string{"", "b", "<b xmlns=''/>"}},
	}
	for _, test := range tests {
		outer, inside, err := Split([]byte(test.raw))
		if err != nil || !outer.Is(test.space, test.local) || string(outer.XML) != test.raw {
			t.Errorf("%s: %+v, %v", test.name, outer, err)
		}
		var got []string
		for _, e := range inside {
			got = append(got, e.Space, e.Local, string(e.XML))
		}
		if len(got) != len(test.inside) {
			t.Errorf("%s: got %q", test.name, got)
			continue
		}
		for i := range got {
			if got[i] != test.inside[i] {
				t.Errorf("%s: got %q, want %q", test.name, got[i], test.inside[i])
			}
		}
	}
	if _, _, err := Split([]byte("<a><b></a>")); err == nil {
		t.Error("split what is not well-formed")
	}
	e := Element{Space: "x", Local: "a", XML: []byte("<a xmlns='x' b='&lt;' p:c='2' xmlns:p='y'>t<d/>u</a>")}
	if e.Attr("b") != "<" || e.Attr("c") != "" || e.Text() != "tu" {
		t.Errorf("attributes %q %q, text %q", e.Attr("b"), e.Attr("c"), e.Text())
	}
	if inside, err := e.Inside(); err != nil || len(inside) != 1 || !inside[0].Is("x", "d") {
		t.Errorf("inside: %v, %v", inside, err)
	}
}

// FuzzSplit: what is inside stands alone, and has the name that is told.
func FuzzSplit(f *testing.F) {
	f.Add("<a xmlns='x'><b/><p:c xmlns:p='y'/></a>")
	f.Add("<p:a xmlns:p='x'><p:b/><c xml:lang='en'/></p:a>")
	f.Fuzz(func(t *testing.T, raw string) {
		_, inside, err := Split([]byte(raw))
		if err != nil {
			return
		}
		for _, e := range inside {
			alone, _, err := Split(e.XML)
			if err != nil || !alone.Is(e.Space, e.Local) {
				t.Errorf("%q in %q is %+v, %v", e.XML, raw, alone, err)
			}
		}
	})
}
