//go:build interop

package interop

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// TestPlugchatPHP: the integration of the document, by the PHP that sites run it with, in
// each state of the cookies, for visitors who are logged in at the site and who are not
// (plugchat #2.4).
func TestPlugchatPHP(t *testing.T) {
	client{name: "php-cli", probe: []string{"php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"}, install: "apt-get install php-cli"}.require(t)
	s := process.New(t, domain, "plugchat.root = true", `admins = ["nurse@`+domain+`"]`)
	s.AddUsers(t, "nurse")
	publicKey, apiKey := s.AddApp(t, "plugchat", domain)
	s.Start(t)
	bar := s.NewBar(t, publicKey)
	for _, c := range []struct {
		name   string
		logged string
		before int    // the status of the session
		cookie string // the status that the cookie has; "" is for no cookies
		says   string
		after  int
	}{
		{"the bar is not open", "true", 1, "", "nothing", 1},
		{"a guest who is logged in", "true", 1, "1", "login: 200 OK", 4},
		{"a guest by another network", "true", 1, "2", "login: 200 OK", 4},
		{"a user already", "true", 4, "4", "nothing", 4},
		{"nobody, and the bar is not open", "false", 1, "", "nothing", 1},
		{"nobody, and a guest", "false", 1, "1", "nothing", 1},
		{"nobody, and a user still", "false", 4, "4", "logout: 200 OK", 1},
		{"a page that was slow to see the login", "true", 4, "1", "login: 200 OK", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			bar.Open(t)
			action := map[int]string{1: "logout", 4: "login"}[c.before]
			if a, err := bar.Call("", url.Values{"action": {action}, "apiKey": {apiKey}, "user": {bar.ID}, "nick": {"Somebody"}}); err != nil || a.Code != 200 {
				t.Fatalf("%+v %v", a, err)
			}
			cmd := exec.Command("php", "plugchat.php")
			cmd.Env = append(os.Environ(), "LOGGED="+c.logged, "API=https://"+s.HTTPAddr+"/", "API_KEY="+apiKey, "CA="+s.CA, "HOST="+domain)
			if c.cookie != "" {
				cmd.Env = append(cmd.Env, "plugChatUserSessionId="+bar.ID, "plugChatUserStatus="+c.cookie)
			}
			out, err := cmd.CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != c.says {
				t.Errorf("%v: %s", err, out)
			}
			if bar.Open(t); bar.Status != c.after || c.says == "login: 200 OK" && bar.Nick != "Tiago Fischer" {
				t.Errorf("the session has the status %d, and the nick %s", bar.Status, bar.Nick)
			}
		})
	}
	s.Stop(t)
}
