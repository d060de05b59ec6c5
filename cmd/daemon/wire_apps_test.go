package daemon

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var capulet = jid.MustParse("capulet.lit")

// Administrators of a host have the commands in their clients, and no say on the apps of another.
func TestAppCommands(t *testing.T) {
	const nurse, juliet, romeo = "nurse@capulet.lit", "juliet@capulet.lit", "romeo@montague.lit"
	h := roomyHouse(t)
	var log bytes.Buffer
	h.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	text := h.request(t, nurse, "capulet.lit", stanza.Get, "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>")
	for _, node := range []string{nodeApps, nodeAppShow, nodeAppAdd, nodeAppEdit, nodeAppRotate, nodeAppDelete} {
		if !strings.Contains(text, node) {
			t.Errorf("%s is not listed", node)
		}
		for _, who := range []string{juliet, romeo} {
			if got := h.runs(t, who, node); !strings.Contains(got, "<forbidden") {
				t.Errorf("%s runs %s: %s", who, node, got)
			}
		}
		if got := h.runs(t, nurse, node); node != nodeApps && !strings.Contains(got, "type='form'") {
			t.Errorf("%s asks nothing: %s", node, got)
		}
	}
	added := h.runs(t, nurse, nodeAppAdd, "kind=flash", "group=verona", "strict=0")
	secret := regexp.MustCompile(`var='secret'[^>]*><value>([0-9a-f]{32})<`).FindStringSubmatch(added)
	if secret == nil {
		t.Fatalf("no secret: %s", added)
	}
	if _, ok, err := h.apps.Verify(t.Context(), bridge.Flash, "verona", secret[1]); !ok || err != nil {
		t.Errorf("the secret is wrong: %v", err)
	}
	// The app of another host is as one that is not there.
	if _, _, err := h.apps.Create(t.Context(), bridge.App{Kind: bridge.Flash, ID: "theirs", Host: jid.MustParse("montague.lit")}, "word"); err != nil {
		t.Fatal(err)
	}
	for _, node := range []string{nodeAppShow, nodeAppEdit, nodeAppRotate, nodeAppDelete} {
		for _, id := range []string{"theirs", "nobody's"} {
			if got := h.runs(t, nurse, node, "kind=flash", "id="+strings.ReplaceAll(id, "'", "&apos;"), "name=n"); !strings.Contains(got, "<item-not-found") {
				t.Errorf("%s of %s: %s", node, id, got)
			}
		}
	}
	if got := h.runs(t, nurse, nodeApps, "x-after="); !strings.Contains(got, "verona") || strings.Contains(got, "theirs") {
		t.Errorf("listed: %s", got)
	}
	// In the form of an edit nothing is filled in that was not chosen.
	if got := h.runs(t, nurse, nodeAppEdit, "kind=flash", "id=verona", "name=", "redirect=", "website=", "strict=", "disabled=1"); !strings.Contains(got, "type='result'") {
		t.Errorf("disabled: %s", got)
	}
	rotated := h.runs(t, nurse, nodeAppRotate, "kind=flash", "id=verona")
	for _, got := range []string{h.runs(t, nurse, nodeAppShow, "kind=flash", "id=verona"), log.String()} {
		if strings.Contains(got, secret[1]) {
			t.Errorf("the secret is told again: %s", got)
		}
	}
	if again := regexp.MustCompile(`var='secret'[^>]*><value>([0-9a-f]{32})<`).FindStringSubmatch(rotated); again == nil || strings.Contains(log.String(), again[1]) {
		t.Errorf("rotated: %s\n%s", rotated, log.String())
	}
	if !strings.Contains(log.String(), "rotate app") {
		t.Errorf("not in the log: %s", log.String())
	}
	h.runs(t, nurse, nodeAppDelete, "kind=flash", "id=verona")
	if _, ok, err := h.apps.App(t.Context(), bridge.Flash, "verona"); ok || err != nil {
		t.Errorf("still there: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	for _, text := range []string{
		"https://feud.example.org", "https://feud.example.org/", "https://feud.example.org/back.php?x=1&y=%20", "https://feud.example.org:8443/",
		"http://localhost/", "http://localhost:8080/back", "http://127.0.0.1:1/", "http://[::1]:8080/", "https://[2001:db8::1]/",
	} {
		if _, err := checkRedirect(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"", "/back", "back", "//feud.example.org/", "feud.example.org", "https:", "https://", "https:///back", "https:feud.example.org",
		"http://feud.example.org/", "http://localhost.example.org/", "http://127.0.0.1.example.org/", "http://0.0.0.0/", "http://10.0.0.1/",
		"https://feud.example.org/#", "https://feud.example.org/#frag", "https://user@feud.example.org/", "https://user:pw@feud.example.org/", "https://@feud.example.org/",
		"javascript:alert(1)", "JavaScript://feud.example.org/%0aalert(1)", "data:text/html,x", "ftp://feud.example.org/", "xmpp:feud.example.org",
		"https://feud.example.org\\@evil.example.org/", "https://feud.example.org/ x", "https://feud.example.org/\r\nx", "https://fêude.example.org/", " https://feud.example.org/",
		"https://feud.example.org/<script>", "https://feud.example.org:0/", "https://feud.example.org:65536/", "https://feud.example.org:x/", "https://feud.example.org/%zz",
		"https://feud.example.org/" + strings.Repeat("a", 2000),
	} {
		if _, err := checkRedirect(text); err == nil {
			t.Errorf("%.80s was taken", text)
		}
	}
}

// What an app may be called, where it is shown, and what makes it: NAME=VALUE is a field of
// the form, what follows => is what the app has then.
func TestAppFields(t *testing.T) {
	for _, tt := range []struct{ fields, want string }{
		{"kind=rest key=ORG#App", "rest  capulet.lit org#app org#app   false"},
		{"kind=rest key=org#app name=Back_end", "rest  capulet.lit Back_end org#app   false"},
		{"kind=site name=N redirect=https://www.feud.example.org/x", "site  capulet.lit N  https://www.feud.example.org/x www.feud.example.org false"},
		{"kind=site name=N redirect=https://a.example.org/ website=Example.ORG strict=1", "site  capulet.lit N  https://a.example.org/ example.org true"},
		{"kind=plugchat", "plugchat  capulet.lit capulet.lit    false"},
		{"kind=plugchat website=WWW.example.org", "plugchat  capulet.lit capulet.lit   www.example.org false"},
		{"kind=flash", "flash default capulet.lit default    false"},
		{"kind=flash group=G1", "flash G1 capulet.lit G1    false"},
		{"kind=", ""},
		{"kind=REST key=a#b", ""},
		{"kind=rest", ""},
		{"kind=rest key=a", ""},
		{"kind=rest key=a#", ""},
		{"kind=rest key=#b", ""},
		{"kind=rest key=a#b#c", ""},
		{"kind=rest key=a_x#b", ""},
		{"kind=rest key=a/b#c", ""},
		{"kind=rest key=" + strings.Repeat("a", 65) + "#b", ""},
		{"kind=site name=N", ""},
		{"kind=site redirect=https://a.example.org/", ""},
		{"kind=site name=N redirect=http://a.example.org/", ""},
		{"kind=site name=N redirect=https://a.example.org/ website=a/b", ""},
		{"kind=flash website=a.example.org", ""},
		{"kind=site name=N redirect=https://a.example.org/ website=a@b", ""},
		{"kind=flash group=a/b", ""},
		{"kind=flash group=.a", ""},
		{"kind=flash strict=1", ""},
		{"kind=rest key=a#b redirect=https://a.example.org/", ""},
		{"kind=plugchat name=a\u202eb", ""},
		{"kind=plugchat name=a\u0007b", ""},
		{"kind=plugchat name=" + strings.Repeat("é", 101), ""},
	} {
		f := &form.Form{}
		for field := range strings.SplitSeq(tt.fields, " ") {
			name, value, _ := strings.Cut(field, "=")
			f.Fields = append(f.Fields, form.Field{Var: name, Values: []string{value}})
		}
		a, err := newApp(capulet, f)
		got := ""
		if err == nil {
			got = fmt.Sprint(a.Kind, " ", a.ID, " ", a.Host, " ", a.Name, " ", a.Key, " ", a.Redirect, " ", a.Website, " ", a.Strict)
		}
		if got != tt.want {
			t.Errorf("%.90q: got %q, %v; want %q", tt.fields, got, err, tt.want)
		}
	}
}

// A website that nobody has named goes with the redirect.
func TestWebsiteFollowsTheRedirect(t *testing.T) {
	for _, tt := range []struct{ website, want string }{{"old.example.org", "new.example.org"}, {"example.org", "example.org"}} {
		a := bridge.App{Kind: bridge.Site, Redirect: "https://old.example.org/", Website: tt.website}
		err := changeApp(&a, &form.Form{Fields: []form.Field{{Var: "redirect", Values: []string{"https://new.example.org/"}}}})
		if err != nil || a.Website != tt.want {
			t.Errorf("%s: %s, %v", tt.website, a.Website, err)
		}
	}
}

// An app of each kind for people who try the server, whose secrets are right.
func TestTryApps(t *testing.T) {
	h := roomyHouse(t)
	list, err := h.tryApps(t.Context(), "capulet.lit", appKinds()...)
	if err != nil || len(list) != 4 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, a := range list {
		if _, ok, err := h.apps.Verify(t.Context(), a.Kind, a.ID, a.secret); !ok || err != nil {
			t.Errorf("%s: %v", a.Kind, err)
		}
		if text := a.lines(); !strings.Contains(text, a.ID) || !strings.Contains(text, a.secret) {
			t.Errorf("%s: %s", a.Kind, text)
		}
	}
}
