package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// get asks for what sites load.
func (f *flashHouse) get(web http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// Wire §2: the exact bytes of what sites cut, and that no secret is in it.
func TestFlashWeb(t *testing.T) {
	f := newFlashHouse(t)
	f.add(`name="the &lt;balcony>" owner="juliet" desc="d" pwd="geheim" wm="w" max="7"`)
	hidden, room := f.add(`name="hidden" st="2"`)
	c := f.login("juliet@capulet.lit/x")
	c.enter(room)
	c.enter("room1@conference.capulet.lit", "<password>geheim</password>")
	web := f.flash.Web()
	for target, want := range map[string]string{
		"/online.js":                          `var online={"cn":1,"ln":1,"rn":2};`,
		"/online.js?group=default":            `var online={"cn":1,"ln":1,"rn":2};`,
		"/online.js?group=other":              `var online={"cn":0,"ln":0,"rn":0};`,
		"/roomonlineusers.js?roomid=1":        `var roomonlineusers=[{"name":"juliet","nickname":"juliet"}];`,
		"/flash/default/online.txt":           "1|1|2",
		"/flash/default/room_1.txt":           "juliet",
		"/rooms.js?group=default&listrooms=1": `var rooms=[{"count":"1","desc":"d","en":"1","id":"1","max":"7","memberonly":"0","name":"the \u003cbalcony\u003e","owner":"juliet","passallmessage":"0","pwd":"1","speaker":"","st":"0","wm":"w"}];`,
	} {
		w := f.get(web, target)
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s; want %s", target, w.Code, w.Body, want)
		}
		if script := strings.HasPrefix(want, "var"); strings.Contains(w.Body.String(), "geheim") ||
			script != strings.HasPrefix(w.Header().Get("Content-Type"), "application/javascript") {
			t.Errorf("%s: %v %s", target, w.Header(), w.Body)
		}
	}
	for _, target := range []string{
		"/online.js?group=x", "/online.js?group=../x", "/flash/x/online.txt", "/flash/default/", "/flash/default/room_.txt", "/flash/default/../online.txt",
		"/flash/default/room_99.txt", "/roomonlineusers.js", "/roomonlineusers.js?roomid=x", fmt.Sprintf("/roomonlineusers.js?roomid=%d", hidden),
		fmt.Sprintf("/flash/default/room_%d.txt", hidden), "/flash/default/room_99999999999999999999.txt",
	} {
		if w := f.get(web, target); w.Code != 404 {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	web.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/online.js", nil))
	if w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// Check 17 of wire §8, with people of XMPP who come and go.
func TestFlashStatusFiles(t *testing.T) {
	t.Parallel()
	f := newFlashHouse(t)
	folder := t.TempDir()
	n, room := f.add(`name="r"`)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.flash.Files(ctx, "capulet.lit", folder) }() // ends with cancel
	becomes := func(file, want string) {
		t.Helper()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		late := time.After(2 * time.Second)
		for {
			raw, err := os.ReadFile(filepath.Join(folder, file))
			if err == nil && string(raw) == want || err != nil && want == "-" {
				return
			}
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("%s is %q, %v, after two seconds; want %q", file, raw, err, want)
			}
		}
	}
	file := fmt.Sprintf("room_%d.txt", n)
	becomes(file, "")
	becomes("online.txt", "0|0|1")
	c, d, far := f.login("juliet@capulet.lit/x"), f.login("juliet@capulet.lit/y"), f.login("romeo@montague.lit/x")
	c.enter(room)
	far.enter(room)
	becomes(file, "juliet\nromeo@montague.lit")
	becomes("online.txt", "2|1|1")
	d.session.Close(t.Context())
	c.send("<presence type='unavailable' to='" + room + "/juliet'/>")
	becomes(file, "romeo@montague.lit")
	becomes("online.txt", "1|1|1")
	other, _ := f.add(`name="s"`)
	becomes(fmt.Sprintf("room_%d.txt", other), "")
	f.wants("stop", f.command("stop_group", ""), 0)
	becomes("online.txt", "0|0|2")
	becomes(file, "")
	f.wants("start", f.command("start_group", ""), 0)
	f.wants("delete", f.command("del_room", fmt.Sprintf(`room_id="%d"`, n)), 0)
	becomes(file, "-")
	becomes("online.txt", "0|0|1")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What is wrong in the section is said before anything starts.
func TestFlashConfig(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ section, want string }{
		{"allow = ['192.0.2.0/24, ::1', '127.0.0.1']", ""},
		{"allow = [' *']", ""},
		{"files = ['localhost=" + folder + "']", ""},
		{"semantics = 'product'", ""},
		{"semantics = 'both'", "flash.semantics"},
		{"allow = ['example.org']", "flash.allow"},
		{"policy = ['a b']", "flash.policy"},
		{"files = ['" + folder + "']", "flash.files"},
		{"files = ['verona.lit=" + folder + "']", "flash.files"},
		{"files = ['localhost=relative']", "flash.files"},
		{"files = ['localhost=" + folder + "/none']", "flash.files"},
		{"listen = ['51127']", "flash.listen"},
		{"listen = [':5222']", "flash.listen"},
	} {
		file := writeFile(t, "causeway.toml", "[flash]\n"+c.section)
		_, _, err := load(file, nil, nil)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.section, err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	two := Config{Hosts: []string{"capulet.lit", "montague.lit"}}
	two.Flash.Files = []string{"capulet.lit=" + folder, "montague.lit=" + link}
	if list, faults := two.folders(); len(list) != 1 || len(faults) != 1 || !strings.Contains(faults[0].Error(), "a folder one host") {
		t.Errorf("one folder by two names: %v, %v", list, faults)
	}
	cfg := FlashConfig{Allow: []string{" *"}}
	if list, open, err := cfg.prefixes(); !open || len(list) != 1 || err != nil {
		t.Errorf("all: %v, %v, %v", list, open, err)
	}
}

// Wire §1.8, no. 16: a server does not start with a password of the manuals, unless commands
// come from this machine only.
func TestFlashDocumentedPassword(t *testing.T) {
	for allow, starts := range map[string]bool{"": true, "127.0.0.1, ::1": true, "192.0.2.0/24": false, "*": false} {
		h := roomyHouse(t)
		if _, _, err := h.store.Apps().Create(t.Context(), bridge.App{Kind: bridge.Flash, ID: "default", Host: jid.MustParse("capulet.lit")}, "3874-3459-9999-2199"); err != nil {
			t.Fatal(err)
		}
		if allow != "" {
			h.cfg.Flash.Allow = []string{allow}
		}
		h.openPort()
		err := h.openFlash(t.Context(), h.store.Apps())
		if (err == nil) != starts || err != nil && (!strings.Contains(err.Error(), "group default of capulet.lit") || strings.Contains(err.Error(), "3874")) {
			t.Errorf("flash.allow %q: %v", allow, err)
		}
	}
}
