package rest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKill registers batches, removes some, and kills the server in the middle, several
// times: who was answered for is there, or is not, after the restart, and nobody is half made:
// whoever is listed can be looked up, and logs in (wire part 6, check 31).
func TestKill(t *testing.T) {
	b := newBackend(t)
	b.start(t)
	made, removed := make(map[string]bool), make(map[string]bool)
	for round := range 4 {
		if round > 0 {
			b.start(t)
		}
		var mu sync.Mutex
		var work sync.WaitGroup
		for w := range 4 {
			work.Go(func() { // ends when the server does
				for n := 0; ; n++ {
					names := registerSome(b, fmt.Sprintf("r%dw%dn%d", round, w, n))
					if names == nil {
						return
					}
					mu.Lock()
					for _, name := range names {
						made[name] = true
					}
					mu.Unlock()
					if status, _, err := b.call(http.MethodDelete, "/users/"+names[3], ""); err == nil && status == http.StatusOK {
						mu.Lock()
						delete(made, names[3])
						removed[names[3]] = true
						mu.Unlock()
					} else {
						mu.Lock()
						delete(made, names[3]) // it may be gone
						mu.Unlock()
						return
					}
				}
			})
		}
		enough := time.NewTimer(time.Duration(200+rand.IntN(300)) * time.Millisecond)
		<-enough.C
		b.Kill(t)
		work.Wait()
		b.client.CloseIdleConnections()
	}
	b.start(t)
	listed := b.everybody(t)
	for name := range made {
		if !listed[name] {
			t.Errorf("%s was answered for, and is not there", name)
		}
	}
	for name := range removed {
		if listed[name] {
			t.Errorf("%s was removed, and is there", name)
		}
	}
	if len(made) < 20 {
		t.Errorf("only %d were made", len(made))
	}
	n := 0
	for name := range listed {
		if status, body, err := b.call(http.MethodGet, "/users/"+name, ""); err != nil || status != http.StatusOK {
			t.Errorf("%s is listed, and then: %d %s %v", name, status, body, err)
		}
		if n++; n%10 == 0 { // each costs the derivation of a key
			if status, body, err := b.send(http.MethodPost, "/chat-demo/testapp/token", "", `{"grant_type":"password","username":"`+name+`","password":"`+name+`"}`); err != nil || status != http.StatusOK {
				t.Errorf("%s cannot log in: %d %s %v", name, status, body, err)
			}
		}
	}
	t.Logf("%d made, %d removed, %d listed", len(made), len(removed), len(listed))
	b.Stop(t)
}

// registerSome registers a batch; nil if that was not answered.
func registerSome(b *backend, prefix string) (names []string) {
	var users []string
	for i := range 5 {
		name := fmt.Sprintf("%s-%d", prefix, i)
		names = append(names, name)
		users = append(users, fmt.Sprintf(`{"username":%q,"password":%q}`, name, name))
	}
	status, body, err := b.call(http.MethodPost, "/users", "["+strings.Join(users, ",")+"]")
	if err != nil || status != http.StatusOK || strings.Contains(body, "registerUserFailReason") {
		return nil
	}
	return names
}

// everybody lists all users, page by page.
func (b *backend) everybody(t *testing.T) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	for cursor := ""; ; {
		_, body, err := b.call(http.MethodGet, "/users?limit=100&cursor="+cursor, "")
		var page struct {
			Entities []struct{ Username string }
			Cursor   string
		}
		if err != nil || json.Unmarshal([]byte(body), &page) != nil {
			t.Fatalf("%v: %s", err, body)
		}
		for _, e := range page.Entities {
			all[e.Username] = true
		}
		if cursor = page.Cursor; cursor == "" {
			return all
		}
	}
}
