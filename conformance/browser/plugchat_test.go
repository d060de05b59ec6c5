package browser

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"causeway/conformance/wire"
)

// inBar gives an element of the bar, which hides what it has from the page around it.
func inBar(css string) string {
	return fmt.Sprintf("plugChatBar.element.shadowRoot.querySelector(%q)", css)
}

// barSays has the visitor say something.
func barSays(ctx context.Context, t *testing.T, text string) {
	t.Helper()
	until(ctx, t, "the visitor can say something", "!"+inBar("form button")+".disabled")
	do(ctx, t, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("%s.value = %q; %s.click()", inBar("form input"), text, inBar("form button"))))
}

// barShows waits until the bar shows a line.
func barShows(ctx context.Context, t *testing.T, who, text string) {
	t.Helper()
	until(ctx, t, fmt.Sprintf("the bar shows %q of %s", text, who), fmt.Sprintf(
		`[...plugChatBar.element.shadowRoot.querySelectorAll('.lines li')].some((l) => l.querySelector('b').textContent === %q && l.querySelector('div > span').textContent === %q)`, who, text))
}

// cookieIs waits until the page has a cookie of that value; "" is for none.
func cookieIs(ctx context.Context, t *testing.T, name, value string) {
	t.Helper()
	until(ctx, t, name+" is "+value, fmt.Sprintf(`((document.cookie.match(/(?:^|; )%s=([^;]*)/) || [])[1] || '') === %q`, name, value))
}

// A visitor of a site opens the bar, and talks in the room and with one person; the site
// logs him in and out; an XMPP client sees all of it, and is seen (doc/plugchat.md).
func TestChatBar(t *testing.T) {
	ctx := newBrowser(t)
	url, said := tryAll(t)
	juliet := tryClient(t, said, "juliet")
	do(ctx, t, chromedp.EmulateViewport(1000, 800), chromedp.Navigate(url+"plugchat/demo"))
	until(ctx, t, "the bar is there", "!!window.plugChatBar && !"+inBar(".launch")+".hidden")
	cookieIs(ctx, t, "plugChatUserStatus", "")
	do(ctx, t, chromedp.Evaluate[chromedp.Void](inBar(".launch")+".click()"))
	cookieIs(ctx, t, "plugChatUserStatus", "1")
	until(ctx, t, "the visitor is in the room", inBar("h2")+".textContent.includes('lobby (1)')")

	send(t, juliet, "<presence to='lobby@conference.localhost/Juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	guest := seen(t, juliet, "<presence from='lobby@conference.localhost/Guest*'/>").Attr("from")
	until(ctx, t, "the bar counts her", inBar("h2")+".textContent.includes('(2)')")
	const evil = `What light? <img src=x onerror="document.title='pwned'">`
	send(t, juliet, "<message to='lobby@conference.localhost' type='groupchat' id='j1'><body>"+escape(evil)+"</body></message>")
	barShows(ctx, t, "Juliet", evil)
	barSays(ctx, t, "It is the east")
	barShows(ctx, t, "You", "It is the east")
	seen(t, juliet, "<message from='"+guest+"' type='groupchat'><body>It is the east</body></message>")

	const face = "https://static.plugchat.in/images/avatar.png"
	do(ctx, t, chromedp.SetValue("input[name=nick]", "Romeo"), chromedp.SetValue("input[name=avatar]", face), chromedp.Click("#login button"))
	cookieIs(ctx, t, "plugChatUserStatus", "4")
	until(ctx, t, "the bar has his name", inBar(".name")+".textContent === 'Romeo'")
	seen(t, juliet, "<presence from='lobby@conference.localhost/Romeo'><nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick></presence>")
	send(t, juliet, "<iq type='get' id='v' to='lobby@conference.localhost/Romeo'><vCard xmlns='vcard-temp'/></iq>")
	seen(t, juliet, "<iq id='v' type='result'><vCard xmlns='vcard-temp'><NICKNAME>Romeo</NICKNAME><PHOTO><EXTVAL>"+face+"</EXTVAL></PHOTO></vCard></iq>")
	barSays(ctx, t, "and Juliet is the sun")
	seen(t, juliet, "<message from='lobby@conference.localhost/Romeo' type='groupchat'><body>and Juliet is the sun</body></message>")
	barShows(ctx, t, "You", "and Juliet is the sun")
	shoot(ctx, t, "bar-light")

	send(t, juliet, "<message to='lobby@conference.localhost/Romeo' type='chat' id='j2'><body>Only for you</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>")
	until(ctx, t, "he sees that somebody has written", `[...`+inBar(".to")+`.options].some((o) => o.textContent === '\u25cf Juliet')`)
	do(ctx, t, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("(() => { const s = %s; s.value = 'lobby@conference.localhost/Juliet'; s.dispatchEvent(new Event('change')); })()", inBar(".to"))))
	barShows(ctx, t, "Juliet", "Only for you")
	barSays(ctx, t, "I hear")
	seen(t, juliet, "<message from='lobby@conference.localhost/Romeo' type='chat'><body>I hear</body></message>")

	do(ctx, t, chromedp.Reload())
	until(ctx, t, "the bar is back", "!!window.plugChatBar && "+inBar(".name")+".textContent === 'Romeo'")
	cookieIs(ctx, t, "plugChatUserStatus", "4")
	barShows(ctx, t, "You", "It is the east")
	do(ctx, t, chromedp.Click("#logout"))
	cookieIs(ctx, t, "plugChatUserStatus", "1")
	seen(t, juliet, "<presence from='"+guest+"'/>")
	do(ctx, t, chromedp.Evaluate[chromedp.Void](inBar(".hide")+".click()"))
	cookieIs(ctx, t, "plugChatUserStatus", "")
	cookieIs(ctx, t, "plugChatUserSessionId", "")
	seen(t, juliet, "<presence from='"+guest+"' type='unavailable'/>")
	if title := value[string](ctx, t, "document.title"); strings.Contains(title, "pwned") {
		t.Error("what was said has run")
	}
}

// The bar on a page of a site elsewhere, which lets in nothing but the bar's script and its
// calls; the site's back end reads the cookies. A page of a site that is not named gets none.
func TestChatBarElsewhere(t *testing.T) {
	ctx := newBrowser(t)
	var keys, server string // of the bar
	cookies := make(chan string, 100)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range r.Cookies() {
			cookies <- c.Name + "=" + c.Value
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src "+server+"; connect-src "+server)
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Site</title><p>Nothing here<script src="%splugchat/bar.js" data-public-key="%s" data-open></script>`, server, keys)
	}))
	defer site.Close()
	server, _ = tryAll(t, "CAUSEWAY_PLUGCHAT_ORIGINS="+site.URL)
	r, err := http.Get(server + "plugchat/demo.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var known struct{ PublicKey string }
	if err := json.NewDecoder(r.Body).Decode(&known); err != nil {
		t.Fatal(err)
	}
	keys = known.PublicKey
	do(ctx, t, chromedp.Navigate(site.URL))
	cookieIs(ctx, t, "plugChatUserStatus", "1")
	barSays(ctx, t, "Is it even so?")
	barShows(ctx, t, "You", "Is it even so?")
	if width := value[float64](ctx, t, inBar(".bar")+".getBoundingClientRect().width"); width < 200 || width > 400 {
		t.Errorf("the bar is %v wide: has it no style?", width)
	}
	id := value[string](ctx, t, "document.cookie.match(/plugChatUserSessionId=([0-9a-f]{32})/)[1]")
	do(ctx, t, chromedp.Reload())
	barShows(ctx, t, "You", "Is it even so?")
	got := map[string]bool{}
	for len(cookies) > 0 {
		got[<-cookies] = true
	}
	if !got["plugChatUserSessionId="+id] || !got["plugChatUserStatus=1"] {
		t.Errorf("the back end gets %v", got)
	}
	other := strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	do(ctx, t, chromedp.Navigate(other))
	until(ctx, t, "a site that is not named has no bar", inBar(".note")+".textContent === 'The chat is closed.'")
	cookieIs(ctx, t, "plugChatUserSessionId", "")
}

// The bar on a phone, and in the dark: nothing is wider than the screen.
func TestChatBarSizes(t *testing.T) {
	ctx := newBrowser(t)
	url, _ := tryAll(t)
	for _, tt := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"bar-dark", 1000, 800, "dark"}, {"bar-phone", 360, 740, "light"}, {"bar-phone-dark", 360, 740, "dark"}} {
		do(ctx, t, chromedp.EmulateViewport(tt.width, tt.height), prefers(tt.scheme), chromedp.Navigate(url+"plugchat/demo"))
		until(ctx, t, "the bar is there", "!!window.plugChatBar")
		do(ctx, t, chromedp.Evaluate[chromedp.Void]("plugChatBar.open()"))
		barSays(ctx, t, "Is the day so young in this rather narrow window of Verona?")
		barShows(ctx, t, "You", "Is the day so young in this rather narrow window of Verona?")
		if wide := value[int](ctx, t, "document.documentElement.scrollWidth"); int64(wide) > tt.width {
			t.Errorf("%s: the page is %d wide", tt.name, wide)
		}
		if over := value[float64](ctx, t, inBar(".bar")+".getBoundingClientRect().right"); int64(over) > tt.width {
			t.Errorf("%s: the bar ends at %v", tt.name, over)
		}
		shoot(ctx, t, tt.name)
	}
}

// seen reads until something comes that is wanted.
func seen(t *testing.T, c *wire.Conn, want string) *wire.Element {
	t.Helper()
	var last []string
	for range 200 {
		e, err := c.Next(patience)
		if err != nil {
			t.Fatalf("instead of %s: %v\n%s", want, err, strings.Join(last, "\n"))
		}
		if wire.Match(want, e) == nil {
			return e
		}
		last = append(last, fmt.Sprint(e))
	}
	t.Fatalf("no %s:\n%s", want, strings.Join(last, "\n"))
	return nil
}

func send(t *testing.T, c *wire.Conn, text string) {
	t.Helper()
	if err := c.Send(text); err != nil {
		t.Fatal(err)
	}
}

// escape writes text as XML has it.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(text)
}

// tryClient logs somebody in to a throw-away server by what it has said of itself.
func tryClient(t *testing.T, said, name string) *wire.Conn {
	t.Helper()
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("%s is not in:\n%s", pattern, said)
		}
		return m[1]
	}
	pem, err := os.ReadFile(find(`certificate +(\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c, err := wire.Login(wire.Target{
		Addr: find(`STARTTLS +(\S+)`), Domain: "localhost", TLS: &tls.Config{ServerName: "localhost", RootCAs: roots},
		User: name, Password: find(name + `@localhost +(\S+)`), Resource: "balcony",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	send(t, c, "<presence/>")
	return c
}
