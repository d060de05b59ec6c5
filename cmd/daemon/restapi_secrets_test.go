package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	restapi "causeway/bridge/rest"
)

// A diary is what was logged.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

// TestRESTSecrets: no answer, and no line of the log, has a password, a secret or a token
// that it was sent (wire part 6, check 32).
func TestRESTSecrets(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		d := new(diary)
		b.api = restapi.New(restapi.Config{
			Port: b.port, Apps: b.safe, Tokens: b.safe, People: people{b.accounts}, Secret: []byte("s"), Base: b.baseURL, Rate: -1, TokenRate: -1,
			Logger: slog.New(slog.NewTextHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		secrets := []string{"open-sesame", appSecret, b.token}
		check := func(what, text string) {
			t.Helper()
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s has a secret: %s", what, text)
				}
			}
		}
		for _, c := range []request{
			{"POST", "/token", `{"grant_type":"client_credentials","client_id":"x","client_secret":"` + appSecret + `"}`, ""},
			{"GET", "/token?grant_type=password&username=juliet&password=open-sesame", "", ""},
			{"POST", "/users", `{"username":"u","password":"open-sesame"}`, ""},
			{"POST", "/users", `{"username":"u","password":"open-sesame"}`, ""},
			{"POST", "/users", `[{"username":"a b","password":"open-sesame"},{"username":"u","password":"open-sesame"}]`, ""},
			{"POST", "/users", `{"username":"v","password":"open-sesame"`, ""},
			{"PUT", "/users/u/password", `{"newpassword":"open-sesame"}`, ""},
			{"GET", "/users/u", "", ""},
			{"GET", "/users?limit=2&password=open-sesame&access_token=" + b.token, "", ""},
			{"DELETE", "/users?limit=1&token=" + b.token, "", ""},
		} {
			w := b.send(c.method, c.path, b.token, c.body)
			check(c.method+" "+c.path, w.Body.String())
		}
		b.send("GET", "/users/u", b.token+"x", "")
		d.mu.Lock()
		defer d.mu.Unlock()
		check("the log", d.text.String())
		if !strings.Contains(d.text.String(), "removes users in bulk") {
			t.Errorf("a removal in bulk is not logged: %s", d.text.String())
		}
	})
}
