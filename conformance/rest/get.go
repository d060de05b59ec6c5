package rest

import (
	"net/http"
	"net/url"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func getRows() []row {
	return []row{
		{ID: "get-user/entity", Level: run.Must, Text: "a user is read: action get, path /users, uri, count 1, and the user", Run: func(p *play) {
			name := p.user()
			v := p.get("/users/" + name)
			p.read(v, "/users/"+name)
			p.entity(v.Get("entities.0"), name).Get("nickname").Eq("nick of " + name)
		}},
		{ID: "get-user/unset", Level: run.Must, Text: "what was never set is not in a user: notification_…, notifier_name, device_token", Run: func(p *play) {
			name := p.user()
			for _, key := range p.get("/users/" + name).Get("entities.0").Keys() {
				p.t.True(!strings.HasPrefix(key, "notif") && key != "device_token", "a new user has %s", key)
			}
		}},
		{ID: "get-user/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word(), ""), "not found")
		}},
		{ID: "get-user/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users/"+p.user(), ""), "no permission")
		}},
		{ID: "get-user/bad-token", Level: run.Must, Text: "with a damaged token it is status 401", Run: func(p *play) {
			v := p.call("YWMt"+word(), http.MethodGet, "/users/"+p.user(), "").Is(http.StatusUnauthorized).JSON()
			p.t.True(v.Get("error").Is("unauthorized") || v.Get("error").Is("auth_bad_access_token"), "error is %s", v.Get("error").Raw())
		}},
		{ID: "get-user/no-secret", Level: run.Should, Text: "no answer has the password", Run: func(p *play) {
			name := p.user()
			p.admin(http.MethodGet, "/users/"+name, "").Is(http.StatusOK).Without(password)
			for _, key := range p.get("/users/" + name).Get("entities.0").Keys() {
				p.t.True(!strings.Contains(key, "password"), "a user has %s", key)
			}
		}},
		{ID: "get-user/no-telling", Level: run.Should, Text: "without a token nobody learns who is there: the answers for a user and for nobody are alike", Run: func(p *play) {
			there, not := p.anonymous(http.MethodGet, "/users/"+p.user(), ""), p.anonymous(http.MethodGet, "/users/"+word(), "")
			p.t.True(there.Status == not.Status && there.JSON().Get("error").Is(not.JSON().Get("error").Str()), "for a user %v, for nobody %v", there, not)
		}},
	}
}

func listRows() []row {
	page := func(p *play, query string) caller.Value { return p.get("/users?" + query) }
	three := func(p *play) {
		for range 3 {
			p.user()
		}
	}
	return []row{
		{ID: "get-users/limit", Level: run.Must, Text: "limit=2 gives two users, count 2, params with the limit, and a cursor if there are more", Run: func(p *play) {
			three(p)
			v := page(p, "limit=2")
			p.read(v, "/users")
			p.t.True(v.Get("count").Int() == 2, "count is %s", v.Get("count").Raw())
			v.Get("params.limit.0").Eq("2")
			v.Get("cursor").Word()
		}},
		{ID: "get-users/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users?limit=2", ""), "no permission")
		}},
		{ID: "get-users/order", Level: run.Must, Text: "users are sorted by the time of their creation", Run: func(p *play) {
			three(p)
			var last int64
			up, down := true, true
			for i, e := range page(p, "limit=100").Get("entities").List() {
				created := e.Get("created").Int()
				if i > 0 {
					up, down = up && created >= last, down && created <= last
				}
				last = created
			}
			p.t.True(up || down, "the times go up and down")
		}},
		{ID: "pagination/next", Level: run.Must, Text: "the cursor gives the next users, and params tells it", Run: func(p *play) {
			three(p)
			first := page(p, "limit=2")
			cursor := first.Get("cursor").Word()
			next := page(p, "limit=2&cursor="+url.QueryEscape(cursor))
			next.Get("params.cursor.0").Eq(cursor)
			next.Get("params.limit.0").Eq("2")
			for _, e := range next.Get("entities").List() {
				name := e.Get("username").Word()
				p.t.True(first.Get("entities").Find("username", name).None(), "%s is on both pages", name)
			}
			p.t.True(len(next.Get("entities").List()) > 0, "the next page is empty")
		}},
		{ID: "pagination/last", Level: run.Must, Text: "the last page has no cursor, and all pages together have every user once", Run: func(p *play) {
			mine := map[string]int{p.user(): 0, p.user(): 0, p.user(): 0}
			const most = 60
			cursor := ""
			for range most {
				v := page(p, "limit=100&cursor="+url.QueryEscape(cursor))
				for _, e := range v.Get("entities").List() {
					if n, ok := mine[e.Get("username").Str()]; ok {
						mine[e.Get("username").Str()] = n + 1
					}
				}
				if v.Get("cursor").None() {
					for name, n := range mine {
						p.t.True(n == 1, "%s is there %d times", name, n)
					}
					return
				}
				p.t.True(v.Get("cursor").Word() != cursor, "the cursor %s comes again", cursor)
				cursor = v.Get("cursor").Word()
			}
			p.t.Need(false, "fewer than 6000 users")
		}},
		{ID: "get-users/bad-limit", Level: run.Should, Text: "a limit that is no number, or none that can be, is no fault of the server", Run: func(p *play) {
			for _, limit := range []string{"0", "-1", "abc", "100000000"} {
				a := p.admin(http.MethodGet, "/users?limit="+limit, "")
				p.t.True(a.Status < 500, "limit=%s: came %v", limit, a)
				a.JSON()
			}
		}},
	}
}
