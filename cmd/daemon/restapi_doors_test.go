package daemon

import (
	"context"
	"fmt"
	"testing"
	"time"

	"causeway/xmpp/jid"
)

// userToken logs somebody in.
func (b *backend) userToken(name, password string) string {
	b.t.Helper()
	w := b.send("POST", "/token", "", fmt.Sprintf(`{"grant_type":"password","username":%q,"password":%q}`, name, password))
	token, _ := decoded(b.t, w.Body.String())["access_token"].(string)
	return token
}

// TestRESTNamedLikeAnID: who has an account elsewhere made that is called like the UUID of
// somebody is not taken for him. A UUID finds a user wherever a name does (wire §1.1), so what
// is checked and who it is for have to be found by the same.
func TestRESTNamedLikeAnID(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		list, _ := b.ok("GET", "/users/juliet", "")["entities"].([]any)
		e, _ := list[0].(map[string]any)
		id := fmt.Sprint(e["uuid"])
		impostor := jid.MustParse(id + "@capulet.lit")
		if err := b.accounts.Create(t.Context(), impostor, "dagger"); err != nil {
			t.Fatal(err)
		}
		if token := b.userToken(id, "dagger"); token != "" {
			t.Errorf("a token by the password of another is that of %v", b.safe.tokens[token].User)
		}
		token := b.userToken(id, "pencil")
		if got := b.safe.tokens[token].User; got != jid.MustParse("juliet@capulet.lit") {
			t.Errorf("by her ID and her password she gets a token of %v", got)
		}
		b.ok("POST", "/users/romeo/contacts/users/juliet", "")
		romeo, theirs := b.login("romeo@capulet.lit/orchard"), b.login(impostor.String()+"/x")
		romeo.say("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='juliet@capulet.lit' subscription='remove'/></query></iq>")
		romeo.say("<presence type='subscribe' to='" + impostor.String() + "'/>")
		theirs.say("<presence type='subscribed' to='romeo@capulet.lit'/>")
		if got := fmt.Sprint(b.ok("GET", "/users/romeo/contacts/users", "")["data"]); got != "[]" {
			t.Errorf("one who has not asked back is a contact: %s", got)
		}
		theirs.say("<presence type='subscribe' to='romeo@capulet.lit'/>")
		romeo.say("<presence type='subscribed' to='" + impostor.String() + "'/>")
		if got := fmt.Sprint(b.ok("GET", "/users/romeo/contacts/users", "")["data"]); got != "["+id+"]" {
			t.Errorf("his contact is %s, not %s", got, id)
		}
	})
}

// TestRESTForeignMembers: a member of a room who is of another host is not told as the user
// of the same name here.
func TestRESTForeignMembers(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		data, _ := b.ok("POST", "/chatgroups", `{"groupname":"Masque","owner":"juliet","members":["nurse"]}`)["data"].(map[string]any)
		id := fmt.Sprint(data["groupid"])
		juliet := b.login("juliet@capulet.lit/balcony")
		room := id + "@conference.capulet.lit"
		juliet.say("<presence to='" + room + "/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		juliet.say("<iq type='set' id='1' to='" + room + "'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='romeo@montague.lit'/></query></iq>")
		juliet.say("<iq type='set' id='2' to='" + room + "'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='romeo@verona.lit'/></query></iq>")
		juliet.hears()
		if got := fmt.Sprint(b.ok("GET", "/chatgroups/"+id+"/users", "")["data"]); got != "[map[member:nurse] map[member:romeo@montague.lit] map[owner:juliet]]" {
			t.Errorf("members: %s", got)
		}
		if got := fmt.Sprint(b.ok("GET", "/chatgroups/"+id+"/blocks/users", "")["data"]); got != "[romeo@verona.lit]" {
			t.Errorf("outcasts: %s", got)
		}
	})
}

// TestRESTLongErasure: a removal that takes longer than an answer is waited for is finished,
// not left half done until the server starts again (doc/rest.md: "Once begun it is finished").
func TestRESTLongErasure(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		b.accounts.OnErase(func(ctx context.Context, _ jid.JID) error {
			select {
			case <-time.After(25 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		for range 10 { // what is ready at once is taken at random
			b.ok("DELETE", "/users/romeo", "")
			b.ok("POST", "/users", `{"username":"romeo","password":"pencil"}`)
		}
	})
}
