package rest

import (
	"net/http"

	"causeway/conformance/run"
)

func accountRows() []row {
	return []row{
		{ID: "deactivate/entity", Level: run.Must, Text: "an account is disabled: action \"Deactivate user\", and the user with activated false", Run: func(p *play) {
			name := p.user()
			v := p.post("/users/"+name+"/deactivate", "")
			v.Get("action").Eq("Deactivate user")
			p.entity(v.Get("entities.0"), name).Get("activated").False()
			times(v)
			p.get("/users/" + name).Get("entities.0.activated").False()
		}},
		{ID: "deactivate/unknown", Level: run.Must, Text: "a user who is not there is status 400, management", Run: func(p *play) {
			p.fails(p.admin(http.MethodPost, "/users/"+word()+"/deactivate", ""), "management")
		}},
		{ID: "deactivate/no-token", Level: run.Must, Text: "without a token it is status 401, No admin user access authorized", Run: func(p *play) {
			name := p.user()
			p.fails(p.anonymous(http.MethodPost, "/users/"+name+"/deactivate", ""), "no admin")
			p.get("/users/" + name).Get("entities.0.activated").True()
		}},
		{ID: "deactivate/offline", Level: run.Must, Text: "whoever is disabled is offline at once, and cannot log in", Needs: []string{XMPP}, Run: func(p *play) {
			name := p.user()
			c := p.online(name)
			call := p.client().Begin(p.request(http.MethodPost, "/users/"+name+"/deactivate"))
			c.WantEnd()
			c.Leave() // a server may wait for that before it answers
			call.Wait().Is(http.StatusOK)
			p.t.True(!p.admitted(name), "a disabled user logs in")
		}},
		{ID: "activate/action", Level: run.Must, Text: "an account is enabled: action \"activate user\"; the user is activated then", Run: func(p *play) {
			name := p.user()
			p.post("/users/"+name+"/deactivate", "")
			v := p.post("/users/"+name+"/activate", "")
			v.Get("action").Eq("activate user")
			times(v)
			p.get("/users/" + name).Get("entities.0.activated").True()
		}},
		{ID: "activate/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodPost, "/users/"+word()+"/activate", ""), "not found")
		}},
		{ID: "activate/no-token", Level: run.Must, Text: "without a token it is status 401, No admin user access authorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodPost, "/users/"+p.user()+"/activate", ""), "no admin")
		}},
		{ID: "activate/login", Level: run.Must, Text: "whoever is enabled again logs in", Needs: []string{XMPP}, Run: func(p *play) {
			name := p.user()
			p.post("/users/"+name+"/deactivate", "")
			p.post("/users/"+name+"/activate", "")
			p.t.Introduce(name, name, password)
			p.t.True(p.admitted(name), "whoever is enabled again cannot log in")
		}},
		{ID: "disconnect/result", Level: run.Must, Text: "forcing somebody offline is answered with data and its result", Run: func(p *play) {
			path := "/users/" + p.user() + "/disconnect"
			p.data(p.get(path), path).Get("result").Bool()
		}},
		{ID: "disconnect/offline", Level: run.Must, Text: "whoever is online is forced offline, the result is true, and may log in again", Needs: []string{XMPP}, Run: func(p *play) {
			name := p.user()
			c := p.online(name)
			call := p.client().Begin(p.request(http.MethodGet, "/users/"+name+"/disconnect"))
			c.WantEnd()
			c.Leave()
			call.Wait().Is(http.StatusOK).JSON().Get("data.result").True()
			p.online(name)
		}},
		{ID: "disconnect/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/disconnect", ""), "not found")
		}},
		{ID: "disconnect/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users/"+p.user()+"/disconnect", ""), "no permission")
		}},
	}
}
