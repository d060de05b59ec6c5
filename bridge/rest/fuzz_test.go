package rest

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// FuzzJSON: what is read is what encoding/json makes of it, and nothing panics.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"username":"a","password":"b"}`, `[{"a":[1,2.5,null,true]}]`, `{"a":1,"a":2}`, `[[[[`, `{}x`, "{\"\xff\":1}", `"\ud800"`, ` `, `{"a":{"b":"\u0000"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readJSON(text)
		if err != nil {
			return
		}
		var want any
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q became %v, not %v (%v)", text, got, want, err)
		}
	})
}

// FuzzPath: a path that is tidied stays as it is, has no way up, and its parts are text.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/o/a/users/x%20", "/o/a/users//x", "/o/a/users/..", "/o/a/%2e%2e", "/o/a/x%2fy", "/o/a/%ff", "/o/a/users/", "x", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		path, ok := tidy(escaped)
		if !ok {
			return
		}
		if again, ok := tidy(path); !ok || again != path {
			t.Errorf("%q became %q and then %q", escaped, path, again)
		}
		for _, part := range strings.Split(path, "/")[1:] {
			plain, err := url.PathUnescape(part)
			if err != nil || plain == "" || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\\x00") || strings.HasSuffix(part, "%20") {
				t.Errorf("%q became %q", escaped, path)
			}
		}
		if org, app, rest, ok := appOf(path); ok && (!isAppName(org) || !isAppName(app) || rest == "") {
			t.Errorf("%q is of %q#%q, %q", path, org, app, rest)
		}
	})
}

// FuzzCursor: what is taken for a cursor is one.
func FuzzCursor(f *testing.F) {
	p := page{Next: "01890a5d-ac96-774b-bcce-b302099a8057"}
	for _, seed := range []string{p.cursor(), "LTgzNDAxMjM3OToxTEFnNE9sNEVlaVQ0UEdhdmJNR2tB", "", "=", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if from, err := readCursor(text); err == nil && from != "" && !isUUID(from) {
			t.Errorf("%q points to %q", text, from)
		}
	})
}
