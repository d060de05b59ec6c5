package daemon

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestRESTContactGone: a contact that is added while one of the two is removed is on no roster
// afterwards, and whoever gets the name next has none.
func TestRESTContactGone(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		romeo := b.login("romeo@capulet.lit/orchard")
		for i := range 100 {
			name := fmt.Sprintf("tybalt%d", i)
			b.ok("POST", "/users", `{"username":"`+name+`","password":"x"}`)
			var both sync.WaitGroup
			both.Go(func() { b.ok("DELETE", "/users/"+name, "") })
			both.Go(func() {
				if w := b.send("POST", "/users/romeo/contacts/users/"+name, b.token, ""); w.Code != 200 && w.Code != 404 {
					t.Errorf("added: %d %s", w.Code, w.Body)
				}
			})
			both.Wait()
			romeo.hears()
			romeo.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
			if got := romeo.hears(); strings.Contains(got, name) {
				t.Fatalf("he still has %s: %s", name, got)
			}
			b.ok("POST", "/users", `{"username":"`+name+`","password":"x"}`)
			if got := fmt.Sprint(b.ok("GET", "/users/"+name+"/contacts/users", "")["data"]); got != "[]" {
				t.Fatalf("the next %s has %s", name, got)
			}
		}
	})
}
