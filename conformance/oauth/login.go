package oauth

import (
	"net/http"
	"net/url"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func loginRows() []row {
	return []row{
		{ID: "log-in/auth-key", Level: run.Must, Text: "who has signed in and consented is sent to the redirect address of the app, with auth_key", Run: func(p *play) {
			p.t.True(p.approved(0) != "", "there is no auth_key")
		}},
		{ID: "log-in/page", Level: run.Must, Text: "who is not signed in gets a page first, and is not sent back", Run: func(p *play) {
			b := p.browser(0)
			a := b.c.Call(caller.Request{Path: p.start()})
			to := b.redirect(a)
			p.t.True(to == nil || !strings.HasPrefix(to.String(), p.site.Redirect), "a stranger is sent to %v", to)
			p.t.True(a.Status < 400, "came %v", a)
		}},
		{ID: "log-in/exact", Level: run.Should, Text: "the address is the one that is registered, and only parameters are added, with ? or & as it needs", Run: func(p *play) {
			at := p.browser(0).walk(p.start())
			p.back(at)
			want, err := url.Parse(p.site.Redirect)
			p.t.Errored("redirect address", err)
			p.t.True(at.Scheme == want.Scheme && at.Host == want.Host && at.Path == want.Path, "the address is %s", at)
			for name, values := range want.Query() {
				p.t.True(at.Query().Get(name) == values[0], "%s is %q in %s", name, at.Query().Get(name), at)
			}
			p.t.True(!strings.Contains(at.RawQuery, "?"), "two question marks in %s", at)
		}},
		{ID: "log-in/html", Level: run.Should, Text: "pages are HTML with a character set, and nobody keeps them", Run: func(p *play) {
			b := p.browser(0)
			p.back(b.walk(p.start()))
			p.t.Need(len(b.seen) > 0, "a page")
			for _, a := range b.seen {
				p.t.True(a.MediaType() == "text/html" && strings.Contains(strings.ToLower(a.Header.Get("Content-Type")), "utf-8"), "the type is %q", a.Header.Get("Content-Type"))
				a.NoStore()
			}
		}},
		{ID: "log-in/frame", Level: run.Should, Text: "pages cannot be framed by other sites", Run: func(p *play) {
			b := p.browser(0)
			p.back(b.walk(p.start()))
			p.t.Need(len(b.seen) > 0, "a page")
			for _, a := range b.seen {
				ok := strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors") || a.Header.Get("X-Frame-Options") != ""
				p.t.True(ok, "neither frame-ancestors nor X-Frame-Options")
			}
		}},
		{ID: "log-in/referrer", Level: run.Should, Text: "the auth_key is not told to others by a Referer: the answer that sends back has Referrer-Policy no-referrer, or names the origin only", Run: func(p *play) {
			b := p.browser(0)
			p.back(b.walk(p.start()))
			p.t.Need(len(b.seen) > 0, "a page")
			policy := b.seen[len(b.seen)-1].Header.Get("Referrer-Policy")
			p.t.True(policy == "no-referrer" || policy == "same-origin" || policy == "strict-origin" || policy == "origin", "the policy is %q", policy)
		}},
		{ID: "log-in/unknown-app", Level: run.Should, Text: "an app that there is not, and none, sends nobody anywhere", Run: func(p *play) {
			for _, address := range []string{"/api/oauth?app_id=" + word(), "/api/oauth"} {
				b := p.browser(0)
				a := b.c.Call(caller.Request{Path: address})
				p.t.True(a.Status < 500, "%s: came %v", address, a)
				to := b.redirect(a)
				p.t.True(to == nil || to.Host == a.URL.Host, "%s: sent to %v", address, to)
				p.t.True(choose(a) == nil || choose(a).password == "", "%s: a page asks for a password", address)
			}
		}},
		{ID: "log-in/other-redirect", Level: run.Should, Text: "another redirect_uri in the link is not followed", Run: func(p *play) {
			b := p.browser(0)
			a := b.c.Call(caller.Request{Path: p.start("redirect_uri", "https://evil.example/")})
			to := b.redirect(a)
			p.t.True(to == nil || to.Host != "evil.example", "sent to %v", to)
			if at := b.walk(p.start("redirect_uri", "https://evil.example/")); at != nil {
				p.t.True(strings.HasPrefix(at.String(), p.site.Redirect), "sent to %v", at)
			}
			for _, page := range b.seen {
				p.t.True(page.Header.Get("Location") == "", "a page sends to %s", page.Header.Get("Location"))
			}
		}},
		{ID: "log-in/state", Level: run.Should, Text: "a state in the link comes back unchanged: without it nobody can tell whose log-in it was", Run: func(p *play) {
			const state = "a&b=c #1 ☂"
			got := p.back(p.browser(0).walk(p.start("state", state))).Get("state")
			p.t.True(got == state, "state is %q", got)
		}},
		{ID: "log-in/wrong-password", Level: run.Should, Text: "a wrong password leads nowhere", Run: func(p *play) {
			b := p.browser(0)
			b.who.Password = word()
			p.t.True(b.walk(p.start()) == nil, "the browser was sent back to the app")
		}},
		{ID: "log-in/forged-consent", Level: run.Should, Text: "consent counts only if it comes from the page: what is hidden in the form has to be right", Run: func(p *play) {
			b := p.browser(len(p.site.People) - 1) // who has not consented yet, perhaps
			b.spoil = true
			at := b.walk(p.start())
			p.t.Need(b.consents > 0, "a page that asks for consent")
			p.t.True(at == nil, "the browser was sent back to the app")
		}},
		{ID: "log-in/cookie", Level: run.Should, Text: "cookies of the sign-in are HttpOnly and have SameSite", Run: func(p *play) {
			b := p.browser(0)
			p.back(b.walk(p.start()))
			n := 0
			for _, a := range b.seen {
				for _, line := range a.Header.Values("Set-Cookie") {
					c, err := http.ParseSetCookie(line)
					p.t.True(err == nil, "a cookie %q", line)
					n++
					p.t.True(c.HttpOnly && c.SameSite != http.SameSiteDefaultMode && c.SameSite != 0, "the cookie %s is %q", c.Name, line)
				}
			}
			p.t.Need(n > 0, "cookies on pages")
		}},
		{ID: "log-in/keys", Level: run.Must, Text: "every log-in makes a new auth_key", Run: func(p *play) {
			one, two := p.key(), p.key()
			p.t.True(one != two, "two log-ins have the auth_key %s", one)
		}},
	}
}
