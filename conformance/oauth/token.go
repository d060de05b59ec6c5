package oauth

import (
	"net/url"
	"regexp"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// safe is what clients put into addresses without escaping it, with 128 bits at the
// least.
var safe = regexp.MustCompile(`^[A-Za-z0-9._~-]{22,512}$`)

func tokenRows() []row {
	return []row{
		{ID: "access-token/right", Level: run.Must, Text: "app_id, app_secret and auth_key are answered with JSON that has an access_token", Run: func(p *play) {
			p.authorize(p.site.App, p.site.Secret, p.key()).Is(200).JSON().Get("access_token").Word()
		}},
		{ID: "access-token/once", Level: run.Must, Text: "an auth_key is good once", Run: func(p *play) {
			key := p.key()
			p.token(key)
			p.nothing(p.authorize(p.site.App, p.site.Secret, key))
		}},
		{ID: "access-token/wrong-secret", Level: run.Must, Text: "with another app_secret there is no token", Run: func(p *play) {
			p.nothing(p.authorize(p.site.App, word(), p.key()))
		}},
		{ID: "access-token/wrong-app", Level: run.Must, Text: "with another app_id there is no token", Run: func(p *play) {
			p.nothing(p.authorize(word(), p.site.Secret, p.key()))
		}},
		{ID: "access-token/wrong-key", Level: run.Must, Text: "with an auth_key that nobody was given there is no token", Run: func(p *play) {
			p.nothing(p.authorize(p.site.App, p.site.Secret, word()))
		}},
		{ID: "access-token/no-key", Level: run.Must, Text: "without an auth_key there is no token", Run: func(p *play) {
			p.key() // there is one that could be taken by mistake
			p.nothing(p.client("app").Call(caller.Request{Path: "/api/authorize", Query: url.Values{"app_id": {p.site.App}, "app_secret": {p.site.Secret}}}))
		}},
		{ID: "access-token/kept", Level: run.Should, Text: "an attempt with a wrong secret does not use up the auth_key of somebody, or makes it good for nothing: it never makes two tokens", Run: func(p *play) {
			key := p.key()
			p.nothing(p.authorize(p.site.App, word(), key))
			n := 0
			for range 2 {
				if !p.authorize(p.site.App, p.site.Secret, key).JSON().Get("access_token").Null() {
					n++
				}
			}
			p.t.True(n <= 1, "there are %d tokens", n)
		}},
		{ID: "access-token/error", Level: run.Should, Text: "an error is status 200 with error true and a message: PHP gives its clients nothing else", Run: func(p *play) {
			v := p.authorize(p.site.App, p.site.Secret, word()).Is(200).JSON()
			v.Get("error").True()
			v.Get("message").Word()
		}},
		{ID: "access-token/safe", Level: run.Should, Text: "auth_key and access_token go into addresses unescaped, and cannot be guessed: at least 22 letters, digits, - . _ ~", Run: func(p *play) {
			key := p.key()
			p.t.True(safe.MatchString(key), "the auth_key is %q", key)
			token := p.token(key)
			p.t.True(safe.MatchString(token), "the access_token is %q", token)
		}},
		{ID: "access-token/type", Level: run.Should, Text: "answers have the media type application/json", Run: func(p *play) {
			a := p.authorize(p.site.App, p.site.Secret, p.key())
			p.t.True(a.MediaType() == "application/json", "the type is %q", a.Header.Get("Content-Type"))
		}},
		{ID: "access-token/no-store", Level: run.Should, Text: "nobody keeps the answer with a token", Run: func(p *play) {
			p.authorize(p.site.App, p.site.Secret, p.key()).NoStore()
		}},
		{ID: "access-token/replay", Level: run.Should, Text: "an auth_key that comes again was stolen, perhaps: the token that was made of it is good no more", Run: func(p *play) {
			key := p.key()
			token := p.token(key)
			p.nothing(p.authorize(p.site.App, p.site.Secret, key))
			p.nothing(p.info(token))
		}},
		{ID: "access-token/at-once", Level: run.Should, Text: "of several that use an auth_key at once one gets a token", Run: func(p *play) {
			key := p.key()
			var calls []*caller.Pending
			for range 6 {
				calls = append(calls, p.client("app").Begin(caller.Request{Path: "/api/authorize", Query: url.Values{"app_id": {p.site.App}, "app_secret": {p.site.Secret}, "auth_key": {key}}}))
			}
			n := 0
			for _, c := range calls {
				if !c.Wait().JSON().Get("access_token").Null() {
					n++
				}
			}
			p.t.True(n == 1, "%d got a token", n)
		}},
		{ID: "access-token/no-script", Level: run.Should, Text: "scripts of other sites cannot read the answer with a token", Run: func(p *play) {
			a := p.client("app").Call(caller.Request{
				Path: "/api/authorize", Query: url.Values{"app_id": {p.site.App}, "app_secret": {p.site.Secret}, "auth_key": {p.key()}},
				Header: map[string]string{"Origin": "https://evil.example"},
			})
			p.t.True(a.Header.Get("Access-Control-Allow-Origin") == "", "Access-Control-Allow-Origin is %q", a.Header.Get("Access-Control-Allow-Origin"))
		}},
	}
}
