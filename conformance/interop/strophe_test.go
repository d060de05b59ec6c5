//go:build interop

package interop

import (
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
)

// libraries is where npm has put what the page needs.
const libraries = "npm/node_modules/strophe.js/dist"

// webSteps are what strophe.js shows in a browser, in this order.
var webSteps = []string{"login", "roster", "presence", "chat", "disco", "archive", "room", "offline"}

// TestStrophe has strophe.js, in Chromium and from a page of another origin, connect
// by WebSocket and by BOSH, also where the old web SDK may come.
func TestStrophe(t *testing.T) {
	if _, err := os.Stat(libraries); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("strophe.js is not installed: (cd conformance/interop/npm && npm ci)")
		}
		t.Skip("strophe.js is not installed: (cd conformance/interop/npm && npm ci)")
	}
	files := http.NewServeMux()
	files.Handle("/lib/", http.StripPrefix("/lib/", http.FileServer(http.Dir(libraries))))
	files.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "strophe.html") })
	page := httptest.NewServer(files)
	defer page.Close()
	for _, way := range []struct {
		name, scheme, path string
		settings           []string
	}{
		{"WebSocket", "wss", "/ws", nil},
		{"BOSH", "https", "/bosh", nil},
		{"WebSocket_beside_SDK", "wss", "/ws", sdkSettings},
		{"BOSH_beside_SDK", "https", "/bosh", sdkSettings},
	} {
		t.Run(way.name, func(t *testing.T) {
			tab := newBrowser(t)
			s := newServer(t, way.settings...)
			_, port, _ := strings.Cut(s.HTTPAddr, ":")
			query := url.Values{
				"service":  {fmt.Sprintf("%s://%s:%s%s", way.scheme, domain, port, way.path)},
				"domain":   {domain},
				"password": {password},
			}
			if err := chromedp.Do(tab, chromedp.Navigate(page.URL+"/?"+query.Encode())); err != nil {
				t.Fatal(err)
			}
			_, err := chromedp.Run(tab, chromedp.Poll[bool]("window.finished === true", chromedp.WithPollingTimeout(time.Minute)))
			if err != nil {
				t.Error(err)
			}
			shown, err := chromedp.Run(tab, chromedp.Evaluate[[]string]("window.shown"))
			if err != nil {
				t.Error(err)
			}
			fault, err := chromedp.Run(tab, chromedp.Evaluate[string]("window.fault || ''"))
			if err != nil || fault != "" || !slices.Equal(shown, webSteps) {
				t.Errorf("shown: %v\nwanted: %v\n%s %v", shown, webSteps, fault, err)
			}
			s.Stop(t)
		})
	}
}
