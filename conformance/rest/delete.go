package rest

import (
	"net/http"

	"causeway/conformance/run"
)

func deleteRows() []row {
	return []row{
		{ID: "delete-user/entity", Level: run.Must, Text: "a user is deleted: action delete, path /users, and the user who was; nobody is there then", Run: func(p *play) {
			name := p.user()
			v := p.delete("/users/" + name)
			p.write(v, "delete", "/users")
			p.entity(v.Get("entities.0"), name)
			p.fails(p.admin(http.MethodGet, "/users/"+name, ""), "not found")
		}},
		{ID: "delete-user/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodDelete, "/users/"+word(), ""), "not found")
		}},
		{ID: "delete-user/no-token", Level: run.Must, Text: "without a token it is status 401, and the user is still there", Run: func(p *play) {
			name := p.user()
			p.anonymous(http.MethodDelete, "/users/"+name, "").Is(http.StatusUnauthorized)
			p.get("/users/" + name)
		}},
		{ID: "delete-users/limit", Level: run.Must, Text: "limit=1 deletes one user, whom the answer names", Needs: []string{Destructive}, Alone: true, Run: func(p *play) {
			p.user()
			r := p.request(http.MethodDelete, "/users?limit=1")
			r.Wait = 4 * p.t.Patience // it may have to wait for somebody to go
			v := p.client().Call(r).Is(http.StatusOK).JSON()
			p.write(v, "delete", "/users")
			list := v.Get("entities").List()
			p.t.True(len(list) == 1, "%d users are deleted", len(list))
			v.Get("params.limit.0").Eq("1")
			p.fails(p.admin(http.MethodGet, "/users/"+list[0].Get("username").Word(), ""), "not found")
		}},
		{ID: "delete-users/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized, and nobody is deleted", Needs: []string{Destructive}, Alone: true, Run: func(p *play) {
			p.user()
			before := p.get("/users?limit=1").Get("entities.0.username").Word()
			p.fails(p.anonymous(http.MethodDelete, "/users?limit=1", ""), "no permission")
			p.get("/users/" + before)
		}},
	}
}
