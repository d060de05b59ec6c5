package rest

import (
	"net/http"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// once makes a call with the token of the app, and takes 429 for an answer.
func (p *play) once(method, path, body string) *caller.Answer {
	return p.client().Call(caller.Request{
		Method: method, Path: path, Body: body, Type: "application/json", Once: true,
		Header: map[string]string{"Authorization": "Bearer " + p.site.token},
	})
}

func commonRows() []row {
	return []row{
		{ID: "common/type", Level: run.Should, Text: "answers and errors have the media type application/json: clients fail without one", Run: func(p *play) {
			for _, a := range []*caller.Answer{p.admin(http.MethodGet, "/users?limit=1", ""), p.admin(http.MethodGet, "/users/"+word(), ""), p.anonymous(http.MethodGet, "/users?limit=1", "")} {
				p.t.True(a.MediaType() == "application/json", "the type is %q", a.Header.Get("Content-Type"))
			}
		}},
		{ID: "common/broken", Level: run.Should, Text: "a body that is no JSON is status 400, with an error in JSON", Run: func(p *play) {
			p.admin(http.MethodPost, "/users", `{"username":`).Is(http.StatusBadRequest).JSON().Get("error").Word()
		}},
		{ID: "common/nested", Level: run.Should, Text: "a body that is nested deeply is refused and is no fault of the server", Run: func(p *play) {
			p.admin(http.MethodPost, "/users", strings.Repeat("[", 20000)).Refused()
		}},
		{ID: "common/unknown-app", Level: run.Should, Text: "an app that there is not is status 404 or 401, with an error in JSON", Run: func(p *play) {
			c := p.client()
			c.Base = strings.TrimRight(p.site.URL, "/") + "/" + word() + "/" + word()
			a := c.Call(caller.Request{Method: http.MethodPost, Path: "/token", Body: p.grant(p.site.ID, p.site.Secret), Type: "application/json"})
			a.Is(http.StatusNotFound, http.StatusUnauthorized, http.StatusBadRequest).JSON().Get("error").Word()
		}},
		{ID: "common/slash", Level: run.Should, Text: "a slash at the end of a path changes nothing: a client of npm sends one", Run: func(p *play) {
			p.get("/users/" + p.user() + "/contacts/users/").Get("data").List()
		}},
		{ID: "common/empty-object", Level: run.Should, Text: "a body where none is needed changes nothing: clients send an empty object with GET and DELETE", Run: func(p *play) {
			p.admin(http.MethodGet, "/users/"+p.user(), "{}").Is(http.StatusOK)
			p.admin(http.MethodDelete, "/users/"+p.user(), "{}").Is(http.StatusOK)
		}},
		{ID: "common/no-store", Level: run.Should, Text: "nobody keeps the answers: forcing offline is a GET", Run: func(p *play) {
			p.admin(http.MethodGet, "/users/"+p.user()+"/disconnect", "").NoStore()
		}},
		{ID: "common/no-such", Level: run.Should, Text: "a path that there is not is refused, with an error in JSON", Run: func(p *play) {
			p.admin(http.MethodGet, "/users/"+p.user()+"/sonnets", "").Refused().JSON().Get("error").Word()
		}},
	}
}
