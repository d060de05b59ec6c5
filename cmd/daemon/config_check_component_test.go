package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestComponentFaults(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"listen = ['5347']", `component.listen: "5347" is not an address`},
		{"listen = ['127.0.0.1:5222']", `component.listen: "127.0.0.1:5222": this port is listened on already`},
		{"secrets = ['echo.capulet.lit']", "component.secrets: entry 1 is not like"},
		{"secrets = ['echo.capulet.lit=']", "component.secrets: entry 1 is not like"},
		{"secrets = ['echo.capulet.lit=a', 'b@capulet.lit=s3cret']", `component.secrets: entry 2: "b@capulet.lit" is not a domain`},
		{"secrets = ['echo.capulet.lit=s3cret', 'Echo.capulet.lit=s3cret']", "component.secrets: entry 2: echo.capulet.lit is there twice"},
		{"secrets = ['capulet.lit=s3cret']", "component.secrets: entry 1: capulet.lit is a host here"},
		{"secrets = ['upload.capulet.lit=s3cret']", "upload.capulet.lit is where people of capulet.lit upload files"},
		{"secrets = ['conference.capulet.lit=s3cret']", "conference.capulet.lit is where the rooms of capulet.lit are"},
		{"secret_files = ['nowhere']", "component.secret_files: open "},
	} {
		_, _, err := load(writeFile(t, "causeway.toml", "hosts = ['capulet.lit']\n[component]\n"+tt.text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestComponentDoubts(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"listen = [':5347']\nsecrets = ['echo.capulet.lit=0123456789abcdef']", "component.listen: other machines can reach :5347"},
		{"listen = ['127.0.0.1:5347']\nsecrets = ['echo.capulet.lit=s3cret']", "component.secrets: entry 1: the secret is short"},
		{"listen = ['127.0.0.1:5347']", "component.listen: no component can connect"},
		{"secrets = ['echo.capulet.lit=0123456789abcdef']", "component.secrets: no component can connect"},
		{"listen = ['[::1]:5347']\nsecrets = ['echo.capulet.lit=0123456789abcdef', 'friar.verona.lit=0123456789=abcdef']", ""},
	} {
		_, notes, err := load(writeFile(t, "causeway.toml", "hosts = ['capulet.lit']\n[component]\n"+tt.text), nil, nil)
		if all := strings.Join(notes, "\n"); err != nil || len(notes) > 1 || !strings.HasPrefix(all, tt.want) || strings.Contains(all, "s3cret") {
			t.Errorf("%s: %v, %q", tt.text, err, notes)
		}
	}
}

// Secrets in a file of their own.
func TestComponentSecretFiles(t *testing.T) {
	file := writeFile(t, "causeway.toml", "[component]\nlisten = ['127.0.0.1:5347']\nsecret_files = ['secrets']\nsecrets = ['a.lit=0123456789abcdef']")
	secrets := filepath.Join(filepath.Dir(file), "secrets")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(secrets, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(secrets, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("# ours\n\nb.lit = fedcba9876543210\r\n", 0o600)
	c, notes, err := load(file, nil, nil)
	if err != nil || notes != nil {
		t.Fatal(err, notes)
	}
	got, faults := c.components()
	if len(faults) > 0 || len(got) != 2 || got["a.lit"] != "0123456789abcdef" || got["b.lit"] != "fedcba9876543210" {
		t.Errorf("%v, %v", got, faults)
	}
	write("b.lit fedcba9876543210", 0o604)
	_, notes, err = load(file, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "secrets: line 1 is not like") || strings.Contains(err.Error(), "fedcba") {
		t.Error(err)
	}
	if len(notes) == 0 || !strings.Contains(strings.Join(notes, "\n"), "every user of this machine can read") {
		t.Error(notes)
	}
}
