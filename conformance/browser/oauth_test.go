package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A backEnd is a site that people come back to: it sends them on to the name that it has
// besides, as many do, trades the auth_key there, and shows who came.
type backEnd struct {
	*httptest.Server
	api, id, secret string
	home            string // where it sends them on to
}

func newBackEnd(t *testing.T, api string) *backEnd {
	t.Helper()
	b := &backEnd{api: api}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if "http://"+r.Host != b.home {
			http.Redirect(w, r, b.home+r.URL.RequestURI(), http.StatusFound)
			return
		}
		q := url.Values{"app_id": {b.id}, "app_secret": {b.secret}, "auth_key": {r.URL.Query().Get("auth_key")}}
		var o map[string]string
		_ = json.Unmarshal([]byte(b.get("/api/authorize?"+q.Encode())), &o)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintf(w, "state %q referrer %q\n%s", r.URL.Query().Get("state"), r.Referer(), b.get("/api/get_user_info?access_token="+o["access_token"]))
	}))
	b.home = strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(b.Close)
	return b
}

func (b *backEnd) get(path string) string {
	r, err := http.Get(b.api + path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

var (
	julietLine = regexp.MustCompile(`juliet@localhost +(\S+)`)
	dataLine   = regexp.MustCompile(`status --data (\S+)`)
)

// A person logs in to a site: a wrong password, the right one, the question, back at the site;
// the next time nothing is asked; then it is taken back (doc/oauth.md).
func TestLogInWith(t *testing.T) {
	ctx := newBrowser(t)
	page, said := tryAll(t)
	api := strings.TrimSuffix(page, "/")
	site := newBackEnd(t, api)
	out, err := exec.CommandContext(t.Context(), os.Getenv("CAUSEWAY"), "app", "add", "site", "--host", "localhost", "--name", "Verona <script>alert(1)</script> News",
		"--redirect", site.URL+"/back?from=verona", "--json", "--data", dataLine.FindStringSubmatch(said)[1]).CombinedOutput()
	var made struct{ ID, Secret string }
	if err != nil || json.Unmarshal(out, &made) != nil {
		t.Fatalf("%v %s", err, out)
	}
	site.id, site.secret = made.ID, made.Secret
	password := julietLine.FindStringSubmatch(said)[1]
	start := api + "/api/oauth?app_id=" + made.ID + "&state=" + url.QueryEscape("né & <b>#1")

	do(ctx, t, chromedp.EmulateViewport(900, 800), chromedp.Navigate(start))
	reach(ctx, t, "the log-in page, with the name waiting to be typed", `document.activeElement === document.querySelector('#name') && document.documentElement.lang === 'en'`)
	shoot(ctx, t, "oauth-login")
	do(ctx, t, chromedp.SendKeys("#name", "juliet"), chromedp.SendKeys("#password", "pen"))
	press(ctx, t, "log-in")
	reach(ctx, t, "a wrong password is told", `!!document.querySelector('#fault') && document.querySelector('#name').value === 'juliet'`)
	shoot(ctx, t, "oauth-refused")
	do(ctx, t, chromedp.SendKeys("#password", password))
	press(ctx, t, "log-in")
	reach(ctx, t, "the question", `!!document.querySelector('[value=agree]')`)
	if text := shown(ctx); !strings.Contains(text, "Verona <script>alert(1)</script> News") || !strings.Contains(text, "Continue as Juliet") ||
		!strings.Contains(text, strings.TrimPrefix(site.URL, "http://")) || !strings.Contains(text, "juliet@localhost") {
		t.Errorf("the question:\n%s", text)
	}
	shoot(ctx, t, "oauth-question")
	sizes(ctx, t, start, "oauth-question")
	press(ctx, t, "agree")
	back := func(why string) {
		t.Helper()
		reach(ctx, t, why, fmt.Sprintf(`location.origin === %q && document.body.innerText.includes('"user_name":"juliet"')`, site.home))
		if text := shown(ctx); !strings.Contains(text, `state "né & <b>#1" referrer ""`) || !strings.Contains(text, `"user_firstname":"Juliet"`) {
			t.Errorf("%s:\n%s", why, text)
		}
	}
	back("back at the site")
	do(ctx, t, chromedp.Navigate(start))
	back("the second time, without a question")

	do(ctx, t, chromedp.Navigate(api+"/api/oauth/consents"))
	reach(ctx, t, "the site is listed", `document.body.innerText.includes('Verona <script>')`)
	shoot(ctx, t, "oauth-consents")
	sizes(ctx, t, api+"/api/oauth/consents", "oauth-consents")
	press(ctx, t, "withdraw")
	reach(ctx, t, "it is taken back", `!!document.querySelector('.done') && !document.querySelector('[value=withdraw]')`)
	do(ctx, t, chromedp.Navigate(start))
	reach(ctx, t, "the question again", `!!document.querySelector('[value=agree]')`)
	press(ctx, t, "log-out")
	reach(ctx, t, "logged out", `!!document.querySelector('#password')`)
	sizes(ctx, t, start, "oauth-login")
	press(ctx, t, "cancel")
	reach(ctx, t, "cancelled: the browser stays", fmt.Sprintf(`document.body.innerText.includes('told nothing') && location.origin === %q`, api))
	shoot(ctx, t, "oauth-cancelled")
}

// sizes shows a page in French on a phone, in the light and in the dark: nothing is wider than the
// screen, and everything that can be touched is large enough to be. Then it is as before.
func sizes(ctx context.Context, t *testing.T, address, name string) {
	t.Helper()
	speak(ctx, t, "fr-FR,fr;q=0.9,en;q=0.5")
	for _, scheme := range []string{"light", "dark"} {
		do(ctx, t, chromedp.EmulateViewport(360, 740), prefers(scheme), chromedp.Navigate(address))
		reach(ctx, t, "it is in French", `document.documentElement.lang === 'fr'`)
		if wide := value[int](ctx, t, "document.documentElement.scrollWidth"); wide > 360 {
			t.Errorf("%s: the page is %d wide", name, wide)
		}
		if small := value[int](ctx, t, `[...document.querySelectorAll('button:not(.link),input:not([type=hidden])')].filter((e) => e.offsetHeight < 44).length`); small > 0 {
			t.Errorf("%s: %d are too small to be touched", name, small)
		}
		if bare := value[int](ctx, t, `[...document.querySelectorAll('input:not([type=hidden])')].filter((e) => e.labels.length === 0).length`); bare > 0 {
			t.Errorf("%s: %d fields have no label", name, bare)
		}
		shoot(ctx, t, name+"-phone-"+scheme)
	}
	speak(ctx, t, "en")
	do(ctx, t, chromedp.EmulateViewport(900, 800), prefers("light"), chromedp.Navigate(address))
	reach(ctx, t, "it is in English again", `document.documentElement.lang === 'en'`)
}

// press presses a button, by which the page goes: the browser may not say any more that it
// was pressed.
func press(ctx context.Context, t *testing.T, button string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click("[value="+button+"]")); err != nil && !strings.Contains(err.Error(), "Not attached") {
		t.Fatalf("press %s: %v", button, err)
	}
}

// reach waits until an expression is true on the page that the browser is going to: while it
// goes, there is none to ask.
func reach(ctx context.Context, t *testing.T, why, expression string) {
	t.Helper()
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		yes, err := chromedp.Run(timed, chromedp.Evaluate[bool]("document.readyState === 'complete' && !!("+expression+")"))
		if err == nil && yes {
			return
		}
		select {
		case <-timed.Done():
			t.Fatalf("%s: %v\n%s", why, err, shown(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// speak sets the languages that the user reads.
func speak(ctx context.Context, t *testing.T, languages string) {
	t.Helper()
	do(ctx, t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": languages}})
		return err
	}))
}
