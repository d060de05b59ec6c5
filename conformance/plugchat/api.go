package plugchat

import (
	"net/http"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

const function = "jQuery1910_1391234567"

func responseRows() []row {
	return []row{
		{ID: "response/fields", Level: run.Must, Text: "every answer is JSON with code, a number, txt, a string, and data", Run: func(p *play) {
			for _, a := range []*caller.Answer{p.public("getonline"), p.call("action", "login", "apiKey", word())} {
				v := a.JSON()
				v.Get("code").Int()
				v.Get("txt").Word()
				p.t.True(!v.Get("data").None(), "there is no data in %v", a)
			}
		}},
		{ID: "response/ok", Level: run.Must, Text: "what is done is code 200 and OK", Run: func(p *play) {
			p.coded(p.public("getonline"), 200).Get("txt").Eq("OK")
		}},
		{ID: "response/null", Level: run.Must, Text: "data of an error is null", Run: func(p *play) {
			p.t.True(p.call("action", "login", "apiKey", word()).JSON().Get("data").Raw() == "null", "data is not null")
		}},
		{ID: "response/status", Level: run.Should, Text: "errors have HTTP status 200: file_get_contents of PHP gives nothing otherwise", Run: func(p *play) {
			p.call("action", "login", "apiKey", word()).Is(http.StatusOK)
			p.call().Is(http.StatusOK)
		}},
		{ID: "response/type", Level: run.Should, Text: "answers have the media type application/json", Run: func(p *play) {
			a := p.public("getonline")
			p.t.True(a.MediaType() == "application/json", "the type is %q", a.Header.Get("Content-Type"))
		}},
		{ID: "response/no-store", Level: run.Should, Text: "nobody keeps answers", Run: func(p *play) { p.public("getonline").NoStore() }},
	}
}

func jsonpRows() []row {
	return []row{
		{ID: "jsonp/callback", Level: run.Must, Text: "with a callback the answer is a call of it with the same JSON", Run: func(p *play) {
			p.t.True(p.public("getonline", "callback", function).JSONP(function).Get("code").Int() == 200, "the code is not 200")
		}},
		{ID: "jsonp/error", Level: run.Must, Text: "errors are answered by JSONP as well", Run: func(p *play) {
			v := p.call("action", "getonline", "publicKey", word(), "callback", function).JSONP(function)
			p.t.True(v.Get("code").Int() != 200, "the code is 200")
		}},
		{ID: "jsonp/type", Level: run.Should, Text: "an answer by JSONP has a media type of scripts", Run: func(p *play) { p.public("getonline", "callback", function).Script() }},
		{ID: "jsonp/checked", Level: run.Should, Text: "a callback that is no name of a function is not put into a script", Run: func(p *play) {
			for _, evil := range []string{"alert(1)//", "</script><script>"} {
				a := p.public("getonline", "callback", evil)
				a.Without(evil)
				p.t.True(a.Status >= 400 || a.MediaType() == "application/json", "wanted a refusal, came %v", a)
			}
		}},
		{ID: "jsonp/time", Level: run.Should, Text: "what jQuery adds against caches is passed over", Run: func(p *play) {
			v := p.public("getonline", "callback", function, "_", "1391234567890").JSONP(function)
			p.t.True(v.Get("code").Int() == 200, "the code is %s", v.Get("code").Raw())
		}},
		{ID: "jsonp/sample", Level: run.Must, Text: "the example as it is printed is answered with code 200: a public key and a callback, and no action", Run: func(p *play) {
			v := p.call("publicKey", p.site.PublicKey, "callback", function).JSONP(function)
			p.t.True(v.Get("code").Int() == 200, "the code is %s", v.Get("code").Raw())
			v.Get("data").Int()
		}},
	}
}

func authRows() []row {
	return []row{
		{ID: "auth/wrong-key", Level: run.Must, Text: "another apiKey is code 300, Invalid apiKey", Run: func(p *play) {
			p.coded(p.call("action", "login", "apiKey", word(), "user", word(), "nick", "James"), 300).Get("txt").Eq("Invalid apiKey")
		}},
		{ID: "auth/no-key", Level: run.Must, Text: "without an apiKey nobody is logged in", Run: func(p *play) {
			p.refused(p.call("action", "login", "user", p.visitor(), "nick", "James"))
		}},
		{ID: "auth/public-key", Level: run.Must, Text: "the public key does not log in, by its own name or by that of the secret key", Run: func(p *play) {
			p.refused(p.call("action", "login", "apiKey", p.site.PublicKey, "user", p.visitor(), "nick", "James"))
			p.refused(p.public("login", "user", p.visitor(), "nick", "James"))
		}},
		{ID: "auth/wrong-public-key", Level: run.Must, Text: "another publicKey is told nothing", Run: func(p *play) {
			p.refused(p.call("action", "getonline", "publicKey", word()))
		}},
		{ID: "auth/no-action", Level: run.Should, Text: "no action, and one that there is not, are code 301, Malformed request", Run: func(p *play) {
			p.coded(p.secret("sonnet"), 301).Get("txt").Eq("Malformed request")
			p.coded(p.call("apiKey", p.site.APIKey), 301)
		}},
		{ID: "auth/no-echo", Level: run.Should, Text: "no answer has the secret key", Run: func(p *play) {
			for _, a := range []*caller.Answer{p.secret("login"), p.secret("sonnet"), p.public("getonline", "apiKey", p.site.APIKey)} {
				a.Without(p.site.APIKey)
			}
		}},
	}
}

// visitor is one who could be logged in, if the site has one.
func (p *play) visitor() string {
	if p.site.Session == "" {
		return word()
	}
	return p.site.Session
}

func loginRows() []row {
	const avatar = "http://static.plugchat.in/images/avatar.png"
	missing := func(p *play, name string, list ...string) {
		p.coded(p.secret("login", list...), 400).Get("txt").Eq("Missing parameter: " + name)
	}
	login := func(p *play, list ...string) *caller.Answer {
		p.t.Later(p.logout)
		return p.secret("login", append([]string{"user", p.site.Session}, list...)...)
	}
	return []row{
		{ID: "login/no-user", Level: run.Must, Text: "without a user it is code 400, Missing parameter: user", Run: func(p *play) { missing(p, "user", "nick", "James") }},
		{ID: "login/empty-user", Level: run.Should, Text: "an empty user, which the example sends where the cookie is not there, is missing", Run: func(p *play) { missing(p, "user", "user", "", "nick", "James") }},
		{ID: "login/no-nick", Level: run.Must, Text: "without a nick it is code 400, Missing parameter: nick", Needs: []string{Session}, Alone: true, Run: func(p *play) { missing(p, "nick", "user", p.visitor()) }},
		{ID: "login/unknown", Level: run.Should, Text: "a user that no bar has is refused", Run: func(p *play) { p.refused(p.secret("login", "user", word(), "nick", "James")) }},
		{ID: "login/ok", Level: run.Must, Text: "a visitor is logged in with nick and avatar: code 200", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.coded(login(p, "nick", "Tiago Fischer", "avatar", avatar), 200)
		}},
		{ID: "login/no-avatar", Level: run.Must, Text: "the avatar is optional", Needs: []string{Session}, Alone: true, Run: func(p *play) { p.coded(login(p, "nick", "James"), 200) }},
		{ID: "login/again", Level: run.Should, Text: "logging in again does no harm: sites may do it with every page", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.coded(login(p, "nick", "James"), 200)
			p.coded(login(p, "nick", "James"), 200)
		}},
		{ID: "login/bad-avatar", Level: run.Should, Text: "an avatar that is no address of the web is refused", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.refused(login(p, "nick", "James", "avatar", "javascript:alert(1)"))
			p.refused(login(p, "nick", "James", "avatar", "file:///etc/passwd"))
		}},
		{ID: "login/long-nick", Level: run.Should, Text: "a nick of 5000 letters is refused", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.refused(login(p, "nick", strings.Repeat("J", 5000)))
		}},
	}
}

func logoutRows() []row {
	return []row{
		{ID: "logout/no-user", Level: run.Must, Text: "without a user it is code 400, Missing parameter: user", Run: func(p *play) {
			p.coded(p.secret("logout"), 400).Get("txt").Eq("Missing parameter: user")
		}},
		{ID: "logout/wrong-key", Level: run.Must, Text: "another apiKey is code 300, Invalid apiKey", Run: func(p *play) {
			p.coded(p.call("action", "logout", "apiKey", word(), "user", p.visitor()), 300).Get("txt").Eq("Invalid apiKey")
		}},
		{ID: "logout/unknown", Level: run.Should, Text: "a user that no bar has is refused", Run: func(p *play) { p.refused(p.secret("logout", "user", word())) }},
		{ID: "logout/ok", Level: run.Must, Text: "a visitor is logged out: code 200", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.t.Later(p.logout)
			p.coded(p.secret("login", "user", p.site.Session, "nick", "James"), 200)
			p.coded(p.secret("logout", "user", p.site.Session), 200)
		}},
		{ID: "logout/again", Level: run.Should, Text: "logging out again does no harm", Needs: []string{Session}, Alone: true, Run: func(p *play) {
			p.coded(p.secret("logout", "user", p.site.Session), 200)
			p.coded(p.secret("logout", "user", p.site.Session), 200)
		}},
	}
}

func onlineRows() []row {
	return []row{
		{ID: "getonline/number", Level: run.Must, Text: "data is the number of users that are connected", Run: func(p *play) {
			v := p.coded(p.public("getonline"), 200).Get("data")
			p.t.True(v.Int() >= 0, "it is %s", v.Raw())
		}},
		{ID: "getonline/no-key", Level: run.Must, Text: "without a publicKey nothing is told", Run: func(p *play) { p.refused(p.call("action", "getonline")) }},
		{ID: "getonline/counts", Level: run.Should, Text: "with an open bar at least one user is connected", Needs: []string{Session}, Run: func(p *play) {
			v := p.coded(p.public("getonline"), 200).Get("data")
			p.t.True(v.Int() >= 1, "it is %s", v.Raw())
		}},
	}
}
