package form

import (
	"reflect"
	"slices"
	"testing"

	"causeway/xmpp/jid"
)

func TestRoundTrip(t *testing.T) {
	f := New(Ask, "urn:example", Field{
		Var: "colour", Type: ListSingle, Label: "It's <which>?", Desc: "any", Required: true, Values: []string{"a&b"},
		Options: []Option{{Label: "A & B", Value: "a&b"}, {Value: "c"}},
	})
	f.Title, f.Instructions = "A title", []string{"one", "two"}
	got, err := Parse(f.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, f) {
		t.Errorf("got  %+v\nwant %+v", got, f)
	}
	table := New(Result, "urn:example")
	table.Reported = []Field{{Var: "jid", Type: JIDSingle}}
	table.Items = []Item{{Fields: []Field{{Var: "jid", Values: []string{"romeo@montague.lit"}}}}}
	if got, err = Parse(table.Append(nil)); err != nil || !reflect.DeepEqual(got, table) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, table)
	}
}

// TestRead: what clients submit, without types and with odd values.
func TestRead(t *testing.T) {
	f, err := Parse([]byte(`<x xmlns='jabber:x:data' type='submit'>
		<field var='FORM_TYPE'><value>urn:example</value></field>
		<field var='yes'><value>1</value></field><field var='no'><value>false</value></field><field var='odd'><value>maybe</value></field>
		<field var='none'/><field><value>nameless</value></field>
		<field var='one'><value> romeo@montague.lit </value></field>
		<field var='many'><value>Romeo@montague.lit</value><value>romeo@montague.lit</value><value>juliet@capulet.lit</value></field>
		<field var='bad'><value>@</value></field>
		<field var='text'><value>a</value><value/><value>b</value></field></x>`))
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != Submit || f.FormType() != "urn:example" {
		t.Errorf("type %s of %s", f.Type, f.FormType())
	}
	if !f.Bool("yes", false) || f.Bool("no", true) || !f.Bool("odd", true) || f.Bool("none", false) {
		t.Error("booleans are read wrongly")
	}
	if j, err := f.JID("one"); err != nil || j.String() != "romeo@montague.lit" {
		t.Errorf("one: %v, %v", j, err)
	}
	many, err := f.JIDs("many")
	if want := []jid.JID{jid.MustParse("romeo@montague.lit"), jid.MustParse("juliet@capulet.lit")}; err != nil || !slices.Equal(many, want) {
		t.Errorf("many: %v, %v", many, err)
	}
	if _, err := f.JIDs("bad"); err == nil {
		t.Error("a bad address was read")
	}
	if _, err := f.JID("missing"); err == nil {
		t.Error("a missing address was read")
	}
	if got := f.Text("text"); got != "a\n\nb" {
		t.Errorf("text: %q", got)
	}
}

func TestMerge(t *testing.T) {
	first := &Form{Fields: []Field{{Var: "a", Values: []string{"1"}}, {Var: "b", Values: []string{"1"}}}}
	second := &Form{Fields: []Field{{Var: "b", Values: []string{"2"}}}}
	if m := second.Merge(first.Merge(nil)); m.Value("a") != "1" || m.Value("b") != "2" || len(m.Fields) != 2 {
		t.Errorf("merged: %+v", m)
	}
	var none *Form
	if m := none.Merge(first); m.Value("a") != "1" {
		t.Errorf("merged: %+v", m)
	}
}

// FuzzParse: what can be read can be written, and is then read as the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<x xmlns='jabber:x:data' type='submit'><field var='a'><value>b</value></field></x>`))
	f.Add([]byte(`<x xmlns='jabber:x:data' type='form'><field var='a' type='list-single'><required/><option label='l'><value>v</value></option></field></x>`))
	f.Add([]byte(`<x xmlns='jabber:x:data' type='result'><reported><field var='a'/></reported><item><field var='a'><value/></field></item></x>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := Parse(raw)
		if err != nil {
			return
		}
		wire := first.Append(nil)
		second, err := Parse(wire)
		if err != nil {
			t.Fatalf("%s: %v", wire, err)
		}
		if again := second.Append(nil); string(again) != string(wire) {
			t.Errorf("%s\n%s", wire, again)
		}
	})
}
