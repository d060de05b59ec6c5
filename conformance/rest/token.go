package rest

import (
	"net/http"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func tokenRows() []row {
	post := func(p *play, r caller.Request) *caller.Answer {
		r.Method, r.Path = http.MethodPost, "/token"
		return p.client().Call(r)
	}
	refused := func(p *play, id, secret string) {
		v := post(p, caller.Request{Body: p.grant(id, secret), Type: "application/json"}).Is(http.StatusBadRequest).JSON()
		v.Get("error").Eq("invalid_grant")
		v.Get("error_description").Eq("client_id does not match")
	}
	return []row{
		{ID: "token/right", Level: run.Must, Text: "client_id and client_secret are answered with access_token, expires_in in seconds and the UUID of the application", Run: func(p *play) {
			v := post(p, caller.Request{Body: p.grant(p.site.ID, p.site.Secret), Type: "application/json"}).Is(http.StatusOK).JSON()
			v.Get("access_token").Word()
			p.t.True(v.Get("expires_in").Int() > 0, "expires_in is %s", v.Get("expires_in").Raw())
			p.t.True(uuid.MatchString(v.Get("application").Str()), "application is %s", v.Get("application").Raw())
		}},
		{ID: "token/works", Level: run.Must, Text: "the access_token gives leave to call", Run: func(p *play) {
			token := post(p, caller.Request{Body: p.grant(p.site.ID, p.site.Secret), Type: "application/json"}).JSON().Get("access_token").Word()
			p.call(token, http.MethodGet, "/users?limit=1", "").Is(http.StatusOK)
		}},
		{ID: "token/wrong-secret", Level: run.Must, Text: "a wrong client_secret is status 400, invalid_grant, client_id does not match", Run: func(p *play) { refused(p, p.site.ID, word()) }},
		{ID: "token/wrong-id", Level: run.Must, Text: "a wrong client_id is status 400, invalid_grant, client_id does not match", Run: func(p *play) { refused(p, word(), p.site.Secret) }},
		{ID: "token/bare-error", Level: run.Should, Text: "that error has its two fields and no other, as its sample has", Run: func(p *play) {
			v := post(p, caller.Request{Body: p.grant(p.site.ID, word()), Type: "application/json"}).Is(http.StatusBadRequest).JSON()
			p.t.True(len(v.Keys()) == 2, "the fields are %v", v.Keys())
		}},
		{ID: "token/any-type", Level: run.Should, Text: "a body that begins with a brace is JSON whatever its type: clients send text/plain or none", Run: func(p *play) {
			for _, typ := range []string{"", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"} {
				post(p, caller.Request{Body: p.grant(p.site.ID, p.site.Secret), Type: typ}).Is(http.StatusOK)
			}
		}},
		{ID: "token/empty-bearer", Level: run.Should, Text: "an empty Authorization: Bearer does no harm to the request for a token", Run: func(p *play) {
			post(p, caller.Request{Body: p.grant(p.site.ID, p.site.Secret), Type: "application/json", Header: map[string]string{"Authorization": "Bearer "}}).Is(http.StatusOK)
		}},
	}
}
