package daemon

import (
	"slices"
	"strings"
	"testing"
)

func TestWebFaults(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"[http]\nlisten = ['5280']", `http.listen: "5280" is not an address`},
		{"[http]\nlisten = [':5222']", `http.listen: ":5222": this port is listened on already`},
		{"[http]\nlisten_plain = ['127.0.0.1:5280']", `http.listen_plain: "127.0.0.1:5280": this port is listened on already`},
		{"[http]\nurl = 'files.capulet.lit'", "http.url: "},
		{"[http]\nurl = 'http://files.capulet.lit'", "http.url: "},
		{"[http]\nurl = 'https://'", "http.url: "},
		{"[http]\nurl = 'https://romeo:pencil@files.capulet.lit'", "http.url: "},
		{"[http]\nurl = 'https://files.capulet.lit/?a=b'", "http.url: "},
		{"[http]\nlisten = []\nlisten_plain = ['127.0.0.1:5280']", "http.url: needed"},
		{"[upload]\nfile_bytes = 2000\nquota_bytes = 1000", "upload.file_bytes: 2000 is more than upload.quota_bytes"},
		{"[upload]\nkeep = '1ms'", "upload.keep: "},
		{"hosts = ['capulet.lit', 'upload.capulet.lit']", "hosts: upload.capulet.lit is where people of capulet.lit upload files"},
		{"[external]\nservices = ['turn.capulet.lit']", `external.services: "turn.capulet.lit": not a URI`},
		{"[external]\nservices = ['turn:turn.capulet.lit:x']", "external.services: "},
	} {
		if _, _, err := load(writeFile(t, "causeway.toml", tt.text), nil, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
	for _, text := range []string{
		"[http]\nlisten = []",
		"[http]\nlisten = []\nlisten_plain = ['127.0.0.1:5280']\nurl = 'https://capulet.lit/files/'",
		"[http]\nlisten = []\nlisten_plain = ['localhost:5280']\n[upload]\nenabled = false",
		"hosts = ['capulet.lit', 'upload.capulet.lit']\n[upload]\nenabled = false",
		"[upload]\nkeep = '0s'",
	} {
		if _, notes, err := load(writeFile(t, "causeway.toml", text), nil, nil); err != nil || notes != nil {
			t.Errorf("%s: %v, %q", text, err, notes)
		}
	}
	_, notes, err := load(writeFile(t, "causeway.toml", "[http]\nlisten_plain = [':8080', '192.0.2.1:80', '[::1]:81']"), nil, nil)
	if err != nil || len(notes) != 2 || slices.ContainsFunc(notes, func(n string) bool { return !strings.HasPrefix(n, "http.listen_plain: other machines") }) {
		t.Errorf("%q, %v", notes, err)
	}
}

func TestPublicURL(t *testing.T) {
	for _, tt := range []struct {
		url    string
		listen []string
		host   string
		want   string
	}{
		{"", []string{":5280"}, "capulet.lit", "https://capulet.lit:5280"},
		{"", []string{"192.0.2.1:443", ":5280"}, "capulet.lit", "https://capulet.lit"},
		{"", []string{":5280"}, "vérone.lit", "https://xn--vrone-bsa.lit:5280"},
		{"", nil, "capulet.lit", ""},
		{"https://files.capulet.lit/", []string{":5280"}, "montague.lit", "https://files.capulet.lit"},
	} {
		if got := publicURL(tt.url, tt.listen, tt.host); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
