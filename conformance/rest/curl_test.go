package rest

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var site = regexp.MustCompile(`https?://a1\.easecdn\.com`)

// TestCurl pastes each request line of the document into a shell, with nothing changed but
// the host and the credentials, and holds the answer against what is documented for it
// (wire part 6, check 3).
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no curl: apt-get install curl")
		}
		t.Skip("there is no curl: apt-get install curl")
	}
	b := newBackend(t, `rest.open = ["capulet.lit"]`)
	id, secret := b.app(t, "chat-demo#chatdemoui")
	b.start(t)
	other := b.tokenOf(t, "chat-demo/chatdemoui", id, secret)
	lines, err := txtar.ParseFile("testdata/curl.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines.Files {
		heading, want, _ := strings.Cut(line.Name, ": ")
		t.Run(strings.TrimPrefix(heading, "#"), func(t *testing.T) {
			for _, name := range []string{"user1", "user2", "a"} { // whom the line is about
				if i == 1 {
					_, _, _ = b.call("DELETE", "/users/"+name, "") // the first is to be registered
					continue
				}
				_, _, _ = b.call("POST", "/users", `{"username":"`+name+`","password":"x"}`) // may be there
			}
			token := b.token
			if strings.Contains(string(line.Data), "chatdemoui") {
				token = other
			}
			command := site.ReplaceAllString(string(line.Data), "https://"+b.HTTPAddr)
			command = strings.NewReplacer("TOKEN", token, "CLIENT_ID", b.id, "CLIENT_SECRET", b.secret).Replace(command)
			out, err := exec.Command("sh", "-c", strings.Replace(command, "curl ", "curl -sSk --noproxy '*' -w '\\n%{http_code}' ", 1)).CombinedOutput()
			if want == "broken" {
				// There is a blank in the URL. This is what curl says of it, and what goes out of
				// clients that escape it is answered.
				if err == nil || !strings.Contains(string(out), "(3)") {
					t.Errorf("curl took a URL with a blank: %s, %v", out, err)
				}
				command = strings.Replace(command, "/users/a ", "/users/a%20", 1)
				out, err = exec.Command("sh", "-c", strings.Replace(command, "curl ", "curl -sSk --noproxy '*' -w '\\n%{http_code}' ", 1)).CombinedOutput()
				want = "200 put"
			}
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			holds(t, string(out), want)
		})
	}
}

// holds holds what curl printed against the status and the action, error or member that are
// documented.
func holds(t *testing.T, out, want string) {
	t.Helper()
	out = strings.ReplaceAll(out, "\r\n", "\n")
	at := strings.LastIndex(out, "\n")
	body, status := out[:at], out[at+1:]
	if _, behind, head := strings.Cut(body, "\n\n"); head { // -i
		body = behind
	}
	wantStatus, word, _ := strings.Cut(want, " ")
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, there := answer[word]
	if status != wantStatus || answer["action"] != word && answer["error"] != word && !there {
		t.Errorf("%s %s, want %s", status, body, want)
	}
}
