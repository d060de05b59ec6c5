package rest

import (
	"net/http"
	"slices"

	"causeway/conformance/run"
)

// blocks gives whom somebody has blocked.
func (p *play) blocks(name string) []string {
	path := "/users/" + name + "/blocks/users"
	return p.data(p.get(path), path).Strs()
}

func usernames(names ...string) string {
	text := ""
	for i, n := range names {
		if i > 0 {
			text += ","
		}
		text += `"` + n + `"`
	}
	return `{"usernames":[` + text + `]}`
}

func blockRows() []row {
	return []row{
		{ID: "add-block/data", Level: run.Must, Text: "users are blocked: action post, no entities, and data with their names", Run: func(p *play) {
			one, two := p.user(), p.user()
			v := p.post("/users/"+one+"/blocks/users", usernames(two))
			p.write(v, "post", "")
			p.t.True(len(v.Get("entities").List()) == 0, "entities are %s", v.Get("entities").Raw())
			p.t.True(slices.Equal(v.Get("data").Strs(), []string{two}), "data is %s", v.Get("data").Raw())
		}},
		{ID: "add-block/listed", Level: run.Must, Text: "whoever was blocked is on the blacklist", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.post("/users/"+one+"/blocks/users", usernames(two))
			list := p.blocks(one)
			p.t.True(slices.Equal(list, []string{two}), "the blacklist is %v", list)
		}},
		{ID: "add-block/unknown-owner", Level: run.Must, Text: "an owner who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodPost, "/users/"+word()+"/blocks/users", usernames(p.user())), "not found")
		}},
		{ID: "add-block/unknown", Level: run.Must, Text: "a user to block who is not there is status 400, illegal_argument", Run: func(p *play) {
			p.fails(p.admin(http.MethodPost, "/users/"+p.user()+"/blocks/users", usernames(word())), "block")
		}},
		{ID: "add-block/whole", Level: run.Should, Text: "if one of several is not there, none is blocked", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.admin(http.MethodPost, "/users/"+one+"/blocks/users", usernames(two, word())).Is(http.StatusBadRequest)
			list := p.blocks(one)
			p.t.True(len(list) == 0, "the blacklist is %v", list)
		}},
		{ID: "add-block/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodPost, "/users/"+p.user()+"/blocks/users", usernames(p.user())), "no permission")
		}},
		{ID: "add-block/stops", Level: run.Must, Text: "whoever is blocked cannot send messages to the user", Needs: []string{XMPP}, Run: func(p *play) {
			one, two, three := p.user(), p.user(), p.user()
			p.post("/users/"+one+"/blocks/users", usernames(two))
			romeo, blocked, other := p.online(one), p.online(two), p.online(three)
			blocked.Send("<message to='%s' type='chat'><body>blocked</body></message>", romeo.Bare)
			blocked.Sync()
			other.Send("<message to='%s' type='chat'><body>after</body></message>", romeo.Bare)
			romeo.Want("<message><body>after</body></message>")
			romeo.Without("<message><body>blocked</body></message>")
		}},
		{ID: "blocks/list", Level: run.Must, Text: "the blacklist is data, an array of user names, and count is their number", Run: func(p *play) {
			one, two, three := p.user(), p.user(), p.user()
			p.post("/users/"+one+"/blocks/users", usernames(two, three))
			path := "/users/" + one + "/blocks/users"
			v := p.get(path)
			p.t.True(len(p.data(v, path).Strs()) == 2 && v.Get("count").Int() == 2, "data is %s, count %s", v.Get("data").Raw(), v.Get("count").Raw())
		}},
		{ID: "blocks/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/blocks/users", ""), "not found")
		}},
		{ID: "remove-block/entity", Level: run.Must, Text: "a block is removed: action delete, path /users/UUID/blocks, and the user; the blacklist has it no more", Run: func(p *play) {
			one, two := p.user(), p.user()
			id := p.get("/users/" + one).Get("entities.0.uuid").Word()
			p.post("/users/"+one+"/blocks/users", usernames(two))
			v := p.delete("/users/" + one + "/blocks/users/" + two)
			p.write(v, "delete", "/users/"+id+"/blocks")
			p.entity(v.Get("entities.0"), two)
			list := p.blocks(one)
			p.t.True(len(list) == 0, "the blacklist is %v", list)
		}},
		{ID: "remove-block/unknown", Level: run.Must, Text: "an owner or a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			one := p.user()
			p.fails(p.admin(http.MethodDelete, "/users/"+one+"/blocks/users/"+word(), ""), "not found")
			p.fails(p.admin(http.MethodDelete, "/users/"+word()+"/blocks/users/"+one, ""), "not found")
		}},
		{ID: "remove-block/contact", Level: run.Must, Text: "contacts are contacts as before, when a block has come and gone", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.post("/users/"+one+"/contacts/users/"+two, "")
			p.post("/users/"+one+"/blocks/users", usernames(two))
			p.delete("/users/" + one + "/blocks/users/" + two)
			list := p.contacts(one)
			p.t.True(slices.Equal(list, []string{two}), "the contacts are %v", list)
		}},
	}
}
