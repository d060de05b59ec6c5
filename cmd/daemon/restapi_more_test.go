package daemon

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRESTMessages: both forms, to users (wire part 2, item 2).
func TestRESTMessages(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		romeo := b.login("romeo@capulet.lit/orchard")
		same(t, "a text", b.send("POST", "/messages", b.token, `{"target_type":"users","target":["Romeo","juliet","nobody","Romeo"],"msg":{"type":"txt","msg":"hi <3"},"from":"nurse","ext":{"a":1}}`), 200,
			`{"action":"post","path":"/messages",`+httpsU+`/messages","entities":[],"data":{"Romeo":"success","juliet":"success","nobody":"success"},`+writes+`}`)
		romeo.wants("romeo", "from='nurse@capulet.lit'", "to='romeo@capulet.lit'", "<body>hi &lt;3</body>", "urn:xmpp:json:0", `"ext":{"a":1}`)
		if got := fmt.Sprint(b.ok("GET", "/users/juliet/offline_msg_count", "")["data"]); got != "map[juliet:1]" {
			t.Errorf("for her waits %s", got)
		}
		got := b.ok("POST", "/messages/users", `{"to":["juliet"],"type":"img","body":{"url":"https://capulet.lit/rose.png","filename":"rose.png"}}`)
		data, _ := got["data"].(map[string]any)
		id := fmt.Sprint(data["juliet"])
		if strings.Trim(id, "0123456789") != "" || len(id) < 15 {
			t.Errorf("the id is %q", id)
		}
		if got := fmt.Sprint(b.ok("GET", "/users/juliet/offline_msg_status/"+id, "")["data"]); got != "map["+id+":undelivered]" {
			t.Errorf("it is %s", got)
		}
		juliet := b.login("juliet@capulet.lit/balcony")
		for _, want := range []string{"hi &lt;3", "from='capulet.lit'", "<url>https://capulet.lit/rose.png</url>", "id='" + id + "'"} {
			if !strings.Contains(juliet.first, want) {
				t.Errorf("juliet: no %s in %s", want, juliet.first)
			}
		}
		b.ok("POST", "/messages", `{"target_type":"users","target":["romeo"],"msg":{"type":"loc","addr":"Verona","lat":"45.4","lng":11}}`)
		romeo.wants("a place", "<body>Verona geo:45.4,11</body>")
		b.ok("POST", "/messages", `{"target_type":"users","target":["romeo"],"msg":{"type":"cmd","action":"look"}}`)
		if got := romeo.wants("a command", "urn:xmpp:json:0"); strings.Contains(got, "<body>") {
			t.Errorf("a command has a body: %s", got)
		}
		for _, bad := range []string{
			`{}`, `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"x"},"from":""}`, `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"x"},"from":"nobody"}`,
			`{"target_type":"users","target":"romeo","msg":{"type":"txt","msg":"x"}}`, `{"target_type":"x","target":["romeo"],"msg":{"type":"txt","msg":"x"}}`,
			`{"target_type":"users","target":["romeo"],"msg":{"type":"what"}}`, `{"target_type":"users","target":["romeo"],"msg":"x"}`, `{"target_type":"users","target":[],"msg":{"type":"txt","msg":"x"}}`,
		} {
			if w := b.send("POST", "/messages", b.token, bad); w.Code != 400 {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
		if w := b.send("POST", "/messages", b.token, `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"`+strings.Repeat("x", 5<<10)+`"}}`); w.Code != 413 {
			t.Errorf("too long: %d", w.Code)
		}
	})
}

// TestRESTGroups: a group is a room (wire part 2, items 4 and 5).
func TestRESTGroups(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		made := b.ok("POST", "/chatgroups", `{"groupname":"Masque","desc":"of the Capulets","public":true,"maxusers":50,"owner":"Juliet","members":["nurse"]}`)
		data, _ := made["data"].(map[string]any)
		id := fmt.Sprint(data["groupid"])
		shown := func() string {
			t.Helper()
			return masked(t, b.send("GET", "/chatgroups/"+id, b.token, "").Body.String())
		}
		for _, want := range []string{`"name":"Masque"`, `"description":"of the Capulets"`, `"maxusers":50`, `"membersonly":true`, `"public":true`, `"affiliations":[{"member":"nurse"},{"owner":"juliet"}]`, `"affiliations_count":2`} {
			if got := shown(); !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
		juliet := b.login("juliet@capulet.lit/balcony")
		juliet.say("<presence to='" + id + "@conference.capulet.lit/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		juliet.hears()
		b.ok("POST", "/messages", `{"target_type":"chatgroups","target":["`+id+`"],"msg":{"type":"txt","msg":"a mask"},"from":"nurse"}`)
		juliet.wants("the group", "from='"+id+"@conference.capulet.lit/nurse'", "type='groupchat'", "<body>a mask</body>", "stanza-id")
		b.ok("POST", "/messages", `{"target_type":"chatgroups","target":["`+id+`"],"msg":{"type":"txt","msg":"it begins"}}`)
		juliet.wants("the host", "from='"+id+"@conference.capulet.lit'", "<body>it begins</body>")
		got := b.send("POST", "/messages", b.token, `{"target_type":"chatgroups","target":["`+id+`"],"msg":{"type":"txt","msg":"I too"},"from":"romeo"}`).Body.String()
		if strings.Contains(got, "success") || strings.Contains(juliet.hears(), "I too") {
			t.Errorf("who is no member was heard: %s", got)
		}
		for _, step := range []struct{ method, path, body, want string }{
			{"POST", "/users/romeo", "", `{"action":"add_member","groupid":"` + id + `","result":true,"user":"romeo"}`},
			{"DELETE", "/users/romeo", "", `{"action":"remove_member","groupid":"` + id + `","result":true,"user":"romeo"}`},
			{"POST", "/users", `{"usernames":["romeo","nurse"]}`, `{"action":"add_member","groupid":"` + id + `","newmembers":["romeo","nurse"]}`},
			{"DELETE", "/users/romeo,nurse", "", `[{"action":"remove_member","groupid":"` + id + `","result":true,"user":"romeo"},{"action":"remove_member","groupid":"` + id + `","result":true,"user":"nurse"}]`},
			{"POST", "/blocks/users/romeo", "", `{"action":"add_blocks","groupid":"` + id + `","result":true,"user":"romeo"}`},
			{"DELETE", "/blocks/users/romeo", "", `{"action":"remove_blocks","groupid":"` + id + `","result":true,"user":"romeo"}`},
			{"PUT", "", `{"groupname":"Ball","maxusers":"60","description":"x"}`, `{"description":true,"groupname":true,"maxusers":true}`},
			{"PUT", "", `{"newowner":"nurse"}`, `{"newowner":true}`},
		} {
			w := b.send(step.method, "/chatgroups/"+id+step.path, b.token, step.body)
			if got := masked(t, w.Body.String()); w.Code != 200 || !strings.Contains(got, `"data":`+step.want) {
				t.Errorf("%s %s: %d %s", step.method, step.path, w.Code, got)
			}
		}
		if got := shown(); !strings.Contains(got, `"affiliations":[{"member":"juliet"},{"owner":"nurse"}]`) || !strings.Contains(got, `"name":"Ball"`) {
			t.Errorf("then it is %s", got)
		}
		if got := fmt.Sprint(b.ok("GET", "/users/nurse/joined_chatgroups", "")["data"]); got != "[map[groupid:"+id+" groupname:Ball]]" {
			t.Errorf("the nurse is in %s", got)
		}
		for _, bad := range []string{"/chatgroups/7", "/chatgroups/8", "/chatgroups/x", "/chatrooms/" + id, "/chatgroups/" + id + ",9"} {
			if w := b.send("GET", bad, b.token, ""); w.Code != 404 {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
		b.ok("DELETE", "/chatgroups/"+id, "")
		juliet.wants("the end", "<destroy")
		if w := b.send("GET", "/chatgroups/"+id, b.token, ""); w.Code != 404 {
			t.Errorf("after its end: %d", w.Code)
		}
		for _, bad := range []string{`{}`, `{"groupname":"g"}`, `{"groupname":"g","owner":7}`, `{"groupname":"g","owner":"juliet","members":"nurse"}`, `{"groupname":"g","owner":"juliet","maxusers":"x"}`} {
			if w := b.send("POST", "/chatgroups", b.token, bad); w.Code != 400 {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
		if w := b.send("POST", "/chatgroups", b.token, `{"groupname":"g","owner":"nobody"}`); w.Code != 404 {
			t.Errorf("nobody's: %d", w.Code)
		}
	})
}

// TestRESTChatrooms: listing, by cursor and by page (wire part 2, item 5).
func TestRESTChatrooms(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		var want []string
		for i := range 5 {
			time.Sleep(time.Millisecond)
			data, _ := b.ok("POST", "/chatrooms", fmt.Sprintf(`{"name":"r%d","description":"d","owner":"juliet"}`, i))["data"].(map[string]any)
			want = append(want, fmt.Sprintf("map[id:%v name:r%d]", data["id"], i))
		}
		b.ok("POST", "/chatgroups", `{"groupname":"g","owner":"juliet"}`)
		first := b.ok("GET", "/chatrooms?limit=3", "")
		second := b.ok("GET", fmt.Sprintf("/chatrooms?limit=3&cursor=%v", first["cursor"]), "")
		got := fmt.Sprint(first["data"]) + fmt.Sprint(second["data"])
		if got = strings.ReplaceAll(got, "][", " "); got != fmt.Sprint(want) || second["cursor"] != nil {
			t.Errorf("listed %s, wanted %s, and then %v", got, want, second["cursor"])
		}
		if n := fmt.Sprint(b.ok("GET", "/chatrooms?pagenum=2&pagesize=4", "")["count"]); n != "1" {
			t.Errorf("the second page of four has %s", n)
		}
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"pencil"}`).Body.String())["access_token"])
		if w := b.send("GET", "/chatrooms?pagenum=1&pagesize=20&_v=1", token, ""); w.Code != 200 {
			t.Errorf("by a user: %d", w.Code)
		}
	})
}

// TestRESTFiles: files come back, and restricted ones only for who knows the secret (wire
// part 2, item 6).
func TestRESTFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	withBackend(t, nil, func(t *testing.T, b *backend) {
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"pencil"}`).Body.String())["access_token"])
		upload := func(token string, header ...string) *httptest.ResponseRecorder {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			part, err := form.CreateFormFile("file", "rose.txt")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write([]byte("a rose")); err != nil {
				t.Fatal(err)
			}
			if err := form.Close(); err != nil {
				t.Fatal(err)
			}
			return b.send("POST", "/chatfiles", token, body.String(), append(header, "Content-Type", form.FormDataContentType())...)
		}
		for _, restricted := range []string{"false", "true"} {
			w := upload(token, "restrict-access", restricted)
			if w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			list, _ := decoded(t, w.Body.String())["entities"].([]any)
			e, _ := list[0].(map[string]any)
			path := "/chatfiles/" + fmt.Sprint(e["uuid"])
			if !uuidForm.MatchString(path) || e["type"] != "chatfile" || fmt.Sprint(e["share-secret"]) == "" {
				t.Errorf("it is %v", e)
			}
			want := map[string]int{"false": 200, "true": 404}[restricted]
			if w := b.send("GET", path, token, "", "Accept", "application/octet-stream"); w.Code != want {
				t.Errorf("restricted %s, without the secret: %d", restricted, w.Code)
			}
			if w := b.send("GET", path, b.token, "", "share-secret", fmt.Sprint(e["share-secret"])); w.Code != 200 || w.Body.String() != "a rose" {
				t.Errorf("restricted %s, with the secret: %d %s", restricted, w.Code, w.Body)
			}
			if w := b.send("GET", path, "", ""); w.Code != http.StatusUnauthorized {
				t.Errorf("without a token: %d", w.Code)
			}
		}
		if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
			t.Errorf("left on the disk: %v, %v", left, err)
		}
		for what, w := range map[string]*httptest.ResponseRecorder{
			"no form": b.send("POST", "/chatfiles", token, "{}"), "no part": b.send("POST", "/chatfiles", token, "--x--\r\n", "Content-Type", "multipart/form-data; boundary=x"),
			"an app without a user admin": upload(b.token), "no UUID": b.send("GET", "/chatfiles/x", token, ""),
		} {
			if w.Code < 400 || w.Code > 499 {
				t.Errorf("%s: %d %s", what, w.Code, w.Body)
			}
		}
	})
}

// TestRESTResources: the sessions of a user, and the end of one (wire part 2, item 8).
func TestRESTResources(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		b.ok("POST", "/users", `{"username":"juliet2","password":"x"}`)
		one, other := b.login("juliet@capulet.lit/balcony"), b.login("juliet@capulet.lit/a b")
		b.login("juliet2@capulet.lit/x")
		got := masked(t, b.send("GET", "/users/juliet/resources", b.token, "").Body.String())
		if !strings.Contains(got, `"count":2`) || !strings.Contains(got, `"res":"a b"`) || !strings.Contains(got, `"res":"balcony"`) {
			t.Errorf("her sessions: %s", got)
		}
		b.ok("GET", "/users/juliet/disconnect/a%20b", "")
		if synctest.Wait(); one.ended != "" || other.ended == "" {
			t.Errorf("one ended with %q, the other with %q", one.ended, other.ended)
		}
	})
}

// TestRESTInherit: an app takes a token in the name of a user (wire part 2, item 1).
func TestRESTInherit(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		ask := func(token, name string, create bool) *httptest.ResponseRecorder {
			return b.send("POST", "/token", token, fmt.Sprintf(`{"grant_type":"inherit","username":"%s","autoCreateUser":%v}`, name, create))
		}
		same(t, "a user", ask(b.token, "Juliet", false), 200, `{"access_token":"YWMtX","expires_in":5184000,"user":`+plainUser("juliet")+`}`)
		if w := ask(b.token, "tybalt", false); w.Code != 404 {
			t.Errorf("nobody: %d", w.Code)
		}
		same(t, "a new one", ask(b.token, "Tybalt", true), 200, `{"access_token":"YWMtX","expires_in":5184000,"user":`+plainUser("Tybalt")+`}`)
		for _, token := range []string{"", "wrong"} {
			if w := ask(token, "juliet", false); w.Code != 401 {
				t.Errorf("by %q: %d", token, w.Code)
			}
		}
	})
}
