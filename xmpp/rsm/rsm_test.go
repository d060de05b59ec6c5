package rsm

import (
	"encoding/xml"
	"errors"
	"testing"

	"causeway/xmpp/stanza"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     Request
		bad      bool
	}{
		{name: "nothing", in: ``, want: All()},
		{name: "XEP-0059 #limit", in: `<max>10</max>`, want: Request{Max: 10, Index: Unset}},
		{name: "XEP-0059 #schema: xs:int", in: "<max>\n +7 </max>", want: Request{Max: 7, Index: Unset}},
		{name: "XEP-0059 #forwards", in: `<max>10</max><after>peter&amp;paul</after>`, want: Request{Max: 10, Index: Unset, After: "peter&paul"}},
		{name: "XEP-0059 #forwards: no id is the beginning", in: `<after/>`, want: All()},
		{name: "XEP-0059 #backwards", in: `<before>b</before>`, want: Request{Max: Unset, Index: Unset, Before: "b", Backward: true}},
		{name: "XEP-0059 #last", in: `<max>10</max><before/>`, want: Request{Max: 10, Index: Unset, Backward: true}},
		{name: "XEP-0059 #jump", in: `<index>371</index>`, want: Request{Max: Unset, Index: 371}},
		{name: "XEP-0059 #count", in: `<max>0</max>`, want: Request{Max: 0, Index: Unset}},
		{name: "what is not ours is ignored", in: `<max xmlns='urn:example'>x</max><count>1</count>`, want: All()},
		{name: "negative", in: `<max>-1</max>`, bad: true},
		{name: "empty", in: `<max/>`, bad: true},
		{name: "no number", in: `<index>ten</index>`, bad: true},
		{name: "too large", in: `<max>2147483648</max>`, bad: true},
		{name: "twice", in: `<max>1</max><max>2</max>`, bad: true},
		{name: "two places", in: `<after>a</after><after>b</after>`, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(`<set xmlns='` + NS + `'>` + tt.in + `</set>`))
			if got != tt.want && !tt.bad || (err != nil) != tt.bad {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if _, err := Parse([]byte(`<set xmlns='urn:example'/>`)); err == nil {
		t.Error("the set of another namespace was read")
	}
}

func TestRead(t *testing.T) {
	const head, tail = `<iq type='set' id='1'><query xmlns='urn:example'><x/>`, `</query></iq>`
	tests := []struct {
		name, in string
		want     Request
		bad      bool
	}{
		{name: "none", in: ``, want: All()},
		{name: "one", in: `<set xmlns='` + NS + `'><max>3</max></set>`, want: Request{Max: 3, Index: Unset}},
		{name: "with a prefix", in: `<r:set xmlns:r='` + NS + `'><r:max>3</r:max></r:set>`, want: Request{Max: 3, Index: Unset}},
		{name: "two", in: `<set xmlns='` + NS + `'/><set xmlns='` + NS + `'/>`, bad: true},
		{name: "malformed", in: `<set xmlns='` + NS + `'><max>many</max></set>`, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st, err := stanza.Parse([]byte(head + tt.in + tail))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Read(st)
			var e *stanza.Error
			if tt.bad != (errors.As(err, &e) && e.Condition == stanza.BadRequest) || !tt.bad && got != tt.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAppend(t *testing.T) {
	counted := Page("a<b", "c")
	counted.Index, counted.Count = 0, 800
	empty := Empty()
	empty.Count = 790
	tests := []struct {
		name string
		part Part
		want string
	}{
		{"XEP-0059 #forwards", counted, `<set xmlns='` + NS + `'><first index='0'>a&lt;b</first><last>c</last><count>800</count></set>`},
		{"one item", Page("a", "a"), `<set xmlns='` + NS + `'><first>a</first><last>a</last></set>`},
		{"XEP-0059 #forwards: an empty page", empty, `<set xmlns='` + NS + `'><count>790</count></set>`},
		{"nothing at all", Empty(), `<set xmlns='` + NS + `'/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.part.Append([]byte("-"))); got != "-"+tt.want {
				t.Errorf("got  %s\nwant -%s", got, tt.want)
			}
		})
	}
}

// FuzzParse: whatever comes, a request is sane; and ids come back as they were given.
func FuzzParse(f *testing.F) {
	f.Add(`<max>10</max><after>a</after>`)
	f.Add(`<before/>`)
	f.Add(`<index>-0</index>`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := Parse([]byte(`<set xmlns='` + NS + `'>` + in + `</set>`))
		if err != nil {
			return
		}
		if r.Max < Unset || r.Index < Unset || r.Before != "" && !r.Backward {
			t.Errorf("got %+v", r)
		}
		var back struct {
			First string `xml:"first"`
			Last  string `xml:"last"`
		}
		if err := xml.Unmarshal(Page(r.After, r.Before).Append(nil), &back); err != nil {
			t.Fatal(err)
		}
		if r.After != "" && (back.First != r.After || back.Last != r.Before) {
			t.Errorf("%+v comes back as %+v", r, back)
		}
	})
}
