//go:build interop

package interop

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// TestLogInWithPHP: a site in PHP, served by php -S, lets somebody in: with file_get_contents, the
// parameters put into the URL as they are (oauth #access-token, oauth #apis).
func TestLogInWithPHP(t *testing.T) {
	client{name: "php-cli", probe: []string{"php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"}, install: "apt-get install php-cli"}.require(t)
	s := process.New(t, domain, `admins = ["nurse@`+domain+`"]`)
	s.AddUsers(t, "juliet", "nurse")
	s.Start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := ln.Addr().String()
	_ = ln.Close()
	id, secret := s.AddApp(t, "site", domain, "--name", "A site in PHP", "--redirect", "http://"+at+"/oauth.php")
	cmd := exec.CommandContext(t.Context(), "php", "-S", at)
	cmd.Env = append(os.Environ(), "API=https://"+s.HTTPAddr, "CA="+s.CA, "HOST="+domain, "APP_ID="+id, "APP_SECRET="+secret)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the context of the test has ended it
	get := func(address string) string {
		t.Helper()
		var last error
		for range 200 { // until php listens
			r, err := http.Get(address)
			if err == nil {
				defer func() { _ = r.Body.Close() }()
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				return string(body)
			}
			last = err
			<-time.After(25 * time.Millisecond)
		}
		t.Fatal(last)
		return ""
	}
	to, err := s.NewVisitor(t, "juliet").Arrive("/api/oauth?app_id=" + id)
	if err != nil {
		t.Fatal(err)
	}
	const want = "user_id user_name user_email user_firstname user_lastname user_gender user_birthdate user_picture user_cover " +
		"user_registered user_verified user_relationship user_biography user_website profile_picture profile_cover\njuliet"
	if says := strings.TrimSpace(get(to.String())); says != want {
		t.Errorf("it says: %s", says)
	}
	if says := get(to.String()); says != "refused: Bad Request, invalid auth_key" {
		t.Errorf("the second time it says: %s", says)
	}
	s.Stop(t)
}
