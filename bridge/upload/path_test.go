package upload

import (
	"net"
	"strings"
	"testing"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func TestParsePath(t *testing.T) {
	long := strings.Repeat("a", 255)
	for path, want := range map[string]string{ // the id, a space, the name; "" for no file
		"/upload/ABC/a.txt":                         "ABC a.txt",
		"/upload/ABC/tr%C3%A8s%20cool.jpg":          "ABC très cool.jpg",
		"/upload/ABC/%E2%98%83":                     "ABC ☃",
		"/upload/ABC/a+b&c;d=e@f:g,h$i!j*k'(l)~":    "ABC a+b&c;d=e@f:g,h$i!j*k'(l)~",
		"/upload/ABC/...a":                          "ABC ...a",
		"/upload/ABC/" + long:                       "ABC " + long,
		"/upload/ABC/a%252fb":                       "ABC a%2fb",
		"/upload/ABC/" + long + "a":                 "",
		"/upload/ABC/":                              "",
		"/upload/ABC":                               "",
		"/upload/":                                  "",
		"/upload":                                   "",
		"":                                          "",
		"upload/ABC/a.txt":                          "",
		"/UPLOAD/ABC/a.txt":                         "",
		"//upload/ABC/a.txt":                        "",
		"/upload//ABC/a.txt":                        "",
		"/upload/ABC//a.txt":                        "",
		"/upload/ABC/a.txt/":                        "",
		"/upload/ABC/./a.txt":                       "",
		"/upload/../ABC":                            "",
		"/upload/ABC/..":                            "",
		"/upload/ABC/.":                             "",
		"/upload/ABC/%2e%2e":                        "",
		"/upload/ABC/%2e":                           "",
		"/upload/ABC/..%2fa":                        "",
		"/upload/ABC/a%2Fb":                         "",
		"/upload/ABC/a%5cb":                         "",
		`/upload/ABC/a\b`:                           "",
		"/upload/ABC/a%00.png":                      "",
		"/upload/ABC/a%0d%0aX-Evil:%201":            "",
		"/upload/ABC/a%":                            "",
		"/upload/ABC/a%zz":                          "",
		"/upload/ABC/a%ff":                          "",
		"/upload/A%42C/a.txt":                       "",
		"/upload/..%2fABC/a.txt":                    "",
		"/upload/ABC.txt/a.txt":                     "",
		"/upload/" + strings.Repeat("A", 65) + "/a": "",
	} {
		id, name, ok := parsePath(path)
		if got := id + " " + name; ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %v", path, got, ok)
		}
	}
}

// A name that is taken is one segment of a path, however it came.
func FuzzParsePath(f *testing.F) {
	for _, path := range []string{"/upload/ABC/a.txt", "/upload/ABC/%2e%2e", "/upload/ABC/a%2fb", "/upload/ABC/%c3%a8", "/upload/ABC/%00"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		id, name, ok := parsePath(path)
		if !ok {
			return
		}
		if id == "" || name == "" || name == "." || name == ".." || len(name) > maxName || strings.ContainsAny(id, "./%\\") ||
			strings.ContainsAny(name, "/\\\x00\r\n") || !strings.HasPrefix(path, Prefix+id+"/") {
			t.Errorf("%q is %q and %q", path, id, name)
		}
	})
}
