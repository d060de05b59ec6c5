//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"causeway/conformance/process"
)

// sdkSteps are what the old web SDK shows, in this order (wire/rest-oauth.md part 6, checks
// 33 to 43).
var sdkSteps = []string{
	"login",    // a token of the REST API, then PLAIN
	"refused",  // wrong passwords and forged tokens
	"disabled", // whose account is disabled is out, and stays out
	"text",     // both ways, acknowledged with ids of digits
	"inert",    // what looks like a program is shown, and does not run
	"offline",  // what was said meanwhile comes once
	"contacts", // added, accepted, refused, removed
	"blocks",   // the list of the SDK is that of all clients
	"rest",     // contacts, blocks and messages of the REST API are the same ones
	"room",     // a chat room is entered, talked in, left
	"kicked",   // who was thrown out goes on
	"conflict", // the newer of two on one resource stays; an administrator ends it
	"host",     // the same by the name of a host
	"kept",     // what was acknowledged survives the sudden death of the server
}

// Two versions of the SDK, unmodified, log in by WebSocket and by BOSH, and talk to a plain
// client.
func TestWebSDK(t *testing.T) {
	c := client{
		probe:   []string{"node", "--input-type=module", "-e", "import 'jsdom'; import '@xmpp/client'; import.meta.resolve('easemob-websdk/package.json')"},
		install: "(cd conformance/interop/npm && npm ci)",
	}
	c.require(t)
	for name, argv := range map[string][]string{
		"websocket":      {"websocket"},
		"bosh":           {"bosh"},
		"websocket_1.11": {"websocket", "1.11"},
		"bosh_1.11":      {"bosh", "1.11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait most of the time: receipts go five in a second
			s, env := newSDKServer(t)
			s.play(t, append(append([]string{"env"}, env...), append([]string{"node", "npm/websdk.mjs"}, argv...)...), sdkSteps...)
			s.Stop(t)
		})
	}
}

// sdkSettings have a host ask for the SDK, by its own name, too.
var sdkSettings = []string{`sdk.hosts = ["` + domain + `"]`, `sdk.domains = ["easemob.com", "` + domain + `"]`}

// newSDKServer starts a server whose host has asked for the SDK. env is what a script needs
// besides: an app of the REST API, and whom to believe.
func newSDKServer(t *testing.T) (s server, env []string) {
	t.Helper()
	s = server{process.New(t, domain, sdkSettings...)}
	s.Start(t)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	var app struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(s.Command(t, "app", "add", "rest", "--host", domain, "--key", "capulet#verona", "--json")), &app); err != nil {
		t.Fatal(err)
	}
	return s, []string{"NODE_EXTRA_CA_CERTS=" + s.CA, "INTEROP_CLIENT_ID=" + app.ID, "INTEROP_CLIENT_SECRET=" + app.Secret}
}

// pageSteps are what the SDK shows in a browser, in this order.
var pageSteps = []string{"login", "refused", "text", "inert", "offline", "conflict"}

// TestWebSDKInChromium has the SDK in Chromium, from a page of another origin, which the
// REST API has to let in, connect by WebSocket and by BOSH.
func TestWebSDKInChromium(t *testing.T) {
	const libraries = "npm/node_modules/easemob-websdk/dist"
	if _, err := os.Stat(libraries); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("easemob-websdk is not installed: (cd conformance/interop/npm && npm ci)")
		}
		t.Skip("easemob-websdk is not installed: (cd conformance/interop/npm && npm ci)")
	}
	files := http.NewServeMux()
	files.Handle("/lib/", http.StripPrefix("/lib/", http.FileServer(http.Dir(libraries))))
	files.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "websdk.html") })
	page := httptest.NewServer(files)
	defer page.Close()
	for _, way := range []struct{ name, scheme, path string }{{"WebSocket", "wss", "/ws"}, {"BOSH", "https", "/bosh"}} {
		t.Run(way.name, func(t *testing.T) {
			tab := newBrowser(t)
			s, _ := newSDKServer(t)
			_, port, _ := strings.Cut(s.HTTPAddr, ":")
			query := url.Values{
				"url":      {fmt.Sprintf("%s://%s:%s%s", way.scheme, domain, port, way.path)},
				"apiUrl":   {fmt.Sprintf("https://%s:%s", domain, port)},
				"appKey":   {"capulet#verona"},
				"password": {password},
			}
			if err := chromedp.Do(tab, chromedp.Navigate(page.URL+"/?"+query.Encode())); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Run(tab, chromedp.Poll[bool]("window.finished === true", chromedp.WithPollingTimeout(time.Minute))); err != nil {
				t.Error(err)
			}
			shown, err := chromedp.Run(tab, chromedp.Evaluate[[]string]("window.shown"))
			if err != nil {
				t.Error(err)
			}
			fault, err := chromedp.Run(tab, chromedp.Evaluate[string]("window.fault || ''"))
			if err != nil || fault != "" || !slices.Equal(shown, pageSteps) {
				t.Errorf("shown: %v\nwanted: %v\n%s %v", shown, pageSteps, fault, err)
			}
			s.Stop(t)
		})
	}
}
