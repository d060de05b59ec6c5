package rest

import (
	"net/http"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func registerRows() []row {
	return []row{
		{ID: "register/one", Level: run.Must, Text: "a user is registered: action post, path /users, and the user with uuid, type, created, modified, username, activated true and nickname", Run: func(p *play) {
			name := word()
			p.drop(name)
			v := p.post("/users", registration(name))
			p.write(v, "post", "/users")
			e := p.entity(v.Get("entities.0"), name)
			e.Get("activated").True()
			e.Get("nickname").Eq("nick of " + name)
		}},
		{ID: "register/array", Level: run.Must, Text: "an array of one user is the same", Run: func(p *play) {
			name := word()
			p.drop(name)
			v := p.post("/users", "["+registration(name)+"]")
			p.write(v, "post", "/users")
			p.entity(v.Get("entities.0"), name)
		}},
		{ID: "register/as-printed", Level: run.Must, Text: "the request may be as its sample has it: JSON that curl sends as a form", Run: func(p *play) {
			name := word()
			p.drop(name)
			a := p.client().Call(caller.Request{
				Method: http.MethodPost, Path: "/users", Body: registration(name), Type: "application/x-www-form-urlencoded",
				Header: map[string]string{"Authorization": "Bearer " + p.site.token},
			})
			p.entity(a.Is(http.StatusOK).JSON().Get("entities.0"), name)
		}},
		{ID: "register/duplicate", Level: run.Must, Text: "a user who is there is status 400, duplicate_unique_property_exists", Run: func(p *play) {
			p.fails(p.admin(http.MethodPost, "/users", registration(p.user())), "duplicate")
		}},
		{ID: "register/no-password", Level: run.Must, Text: "an empty password is status 400", Run: func(p *play) {
			name := word()
			p.drop(name)
			p.admin(http.MethodPost, "/users", `{"username":"`+name+`","password":""}`).Is(http.StatusBadRequest).JSON().Get("error").Word()
		}},
		{ID: "register/no-name", Level: run.Must, Text: "an empty user name is status 400", Run: func(p *play) {
			p.admin(http.MethodPost, "/users", `{"username":"","password":"pencil"}`).Is(http.StatusBadRequest).JSON().Get("error").Word()
		}},
		{ID: "register/long-password", Level: run.Must, Text: "a password has at most 64 characters", Run: func(p *play) {
			p.registers(64, 1)
		}},
		{ID: "register/long-nickname", Level: run.Must, Text: "a nickname has at most 100 characters", Run: func(p *play) {
			p.registers(8, 100)
		}},
		{ID: "register/bad-token", Level: run.Must, Text: "a damaged token is status 401, auth_bad_access_token", Run: func(p *play) {
			name := word()
			p.drop(name)
			p.fails(p.call("YWMt"+word(), http.MethodPost, "/users", "["+registration(name)+"]"), "bad token")
		}},
		{ID: "register-open/one", Level: run.Must, Text: "in open registration a user is registered without a token", Needs: []string{Open}, Run: func(p *play) {
			name := word()
			p.drop(name)
			v := p.anonymous(http.MethodPost, "/users", registration(name)).Is(http.StatusOK).JSON()
			p.write(v, "post", "/users")
			p.entity(v.Get("entities.0"), name)
		}},
		{ID: "register-open/duplicate", Level: run.Must, Text: "in open registration, too, a user who is there is status 400, duplicate_unique_property_exists", Needs: []string{Open}, Run: func(p *play) {
			p.fails(p.anonymous(http.MethodPost, "/users", registration(p.user())), "duplicate")
		}},
	}
}

// registers wants a password and a nickname of these lengths to be taken; and longer
// ones, where these are the longest, to be refused with status 400.
func (p *play) registers(password, nickname int) {
	try := func(password, nickname int) *caller.Answer {
		name := word()
		p.drop(name)
		return p.admin(http.MethodPost, "/users", `{"username":"`+name+`","password":"`+strings.Repeat("p", password)+`","nickname":"`+strings.Repeat("n", nickname)+`"}`)
	}
	try(password, nickname).Is(http.StatusOK)
	if password == 64 {
		try(password+1, nickname).Is(http.StatusBadRequest).JSON().Get("error").Word()
	}
	if nickname == 100 {
		try(password, nickname+1).Is(http.StatusBadRequest).JSON().Get("error").Word()
	}
}

func batchRows() []row {
	return []row{
		{ID: "register-batch/all", Level: run.Must, Text: "several users are registered in their order, and data is an empty array", Run: func(p *play) {
			one, two := word(), word()
			p.drop(one)
			p.drop(two)
			v := p.post("/users", "["+registration(one)+","+registration(two)+"]")
			p.write(v, "post", "/users")
			p.entity(v.Get("entities.0"), one)
			p.entity(v.Get("entities.1"), two)
			p.t.True(len(v.Get("data").List()) == 0, "data is %s", v.Get("data").Raw())
		}},
		{ID: "register-batch/partial", Level: run.Must, Text: "if one of several users is there already, the others are registered, with status 200, and data names that one and the reason", Run: func(p *play) {
			one, two, there := word(), word(), p.user()
			p.drop(one)
			p.drop(two)
			v := p.post("/users", "["+registration(one)+","+registration(there)+","+registration(two)+"]")
			p.t.True(len(v.Get("entities").List()) == 2, "entities are %s", v.Get("entities").Raw())
			p.entity(v.Get("entities.0"), one)
			p.entity(v.Get("entities.1"), two)
			v.Get("data.0.username").Eq(there)
			p.t.True(strings.Contains(v.Get("data.0.registerUserFailReason").Str(), "already exists"), "the reason is %s", v.Get("data.0.registerUserFailReason").Raw())
			p.get("/users/" + two)
		}},
		{ID: "register-batch/token", Level: run.Must, Text: "several users are registered with a token only", Run: func(p *play) {
			one, two := word(), word()
			p.drop(one)
			p.drop(two)
			p.anonymous(http.MethodPost, "/users", "["+registration(one)+","+registration(two)+"]").Is(http.StatusUnauthorized)
			p.admin(http.MethodGet, "/users/"+one, "").Is(http.StatusNotFound)
		}},
	}
}
