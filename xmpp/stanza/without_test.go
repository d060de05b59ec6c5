package stanza

import "testing"

func TestWithout(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to drop", "<message to='a@b' id='1'><body>hi</body></message>", "<message to='a@b' id='1'><body>hi</body></message>"},
		{"one", "<message id='1'><x xmlns='urn:x'/><body>hi</body></message>", "<message id='1'><body>hi</body></message>"},
		{"the last", "<message id='1'><x xmlns='urn:x'><y/></x></message>", "<message id='1'></message>"},
		{"several", "<message><x xmlns='urn:x'/><body/><z:x xmlns:z='urn:x'/></message>", "<message><body/></message>"},
		{"none inside", "<message/>", "<message/>"},
	} {
		st, err := Parse([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := st.Without(func(st *Stanza, c Child) bool { return st.ChildIs(c, "urn:x", "x") })
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if out := string(got.AppendTo(nil)); out != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, out, tt.want)
		}
		if got.Has("urn:x", "x") || !st.Has("urn:x", "x") && len(tt.in) != len(tt.want) {
			t.Errorf("%s: the children are wrong", tt.name)
		}
	}
}
