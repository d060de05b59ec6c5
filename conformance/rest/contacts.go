package rest

import (
	"net/http"
	"slices"

	"causeway/conformance/run"
)

// contacts gives whom somebody has on the list.
func (p *play) contacts(name string) []string {
	path := "/users/" + name + "/contacts/users"
	return p.data(p.get(path), path).Strs()
}

func contactRows() []row {
	return []row{
		{ID: "add-contact/entity", Level: run.Must, Text: "a contact is added: action post, path /users/UUID/contacts, and the contact", Run: func(p *play) {
			one, two := p.user(), p.user()
			id := p.get("/users/" + one).Get("entities.0.uuid").Word()
			v := p.post("/users/"+one+"/contacts/users/"+two, "")
			p.write(v, "post", "/users/"+id+"/contacts")
			p.uri(v, "/users/"+id+"/contacts")
			p.entity(v.Get("entities.0"), two)
		}},
		{ID: "add-contact/listed", Level: run.Must, Text: "whoever was added is on the list", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.post("/users/"+one+"/contacts/users/"+two, "")
			list := p.contacts(one)
			p.t.True(slices.Equal(list, []string{two}), "the contacts are %v", list)
		}},
		{ID: "add-contact/both", Level: run.Should, Text: "both have each other then, and adding again does no harm", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.post("/users/"+one+"/contacts/users/"+two, "")
			p.post("/users/"+one+"/contacts/users/"+two, "")
			list := p.contacts(two)
			p.t.True(slices.Equal(list, []string{one}), "the contacts of the other are %v", list)
		}},
		{ID: "add-contact/unknown", Level: run.Must, Text: "an owner or a contact who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			one := p.user()
			p.fails(p.admin(http.MethodPost, "/users/"+one+"/contacts/users/"+word(), ""), "not found")
			p.fails(p.admin(http.MethodPost, "/users/"+word()+"/contacts/users/"+one, ""), "not found")
		}},
		{ID: "add-contact/bad-token", Level: run.Must, Text: "a damaged token is status 401, auth_bad_access_token", Run: func(p *play) {
			one, two := p.user(), p.user()
			p.fails(p.call("YWMt"+word(), http.MethodPost, "/users/"+one+"/contacts/users/"+two, ""), "bad token")
		}},
		{ID: "remove-contact/entity", Level: run.Must, Text: "a contact is removed: action delete, path /users/UUID/contacts, and the contact; the list has it no more", Run: func(p *play) {
			one, two := p.user(), p.user()
			id := p.get("/users/" + one).Get("entities.0.uuid").Word()
			p.post("/users/"+one+"/contacts/users/"+two, "")
			v := p.delete("/users/" + one + "/contacts/users/" + two)
			p.write(v, "delete", "/users/"+id+"/contacts")
			p.entity(v.Get("entities.0"), two)
			list := p.contacts(one)
			p.t.True(len(list) == 0, "the contacts are %v", list)
		}},
		{ID: "remove-contact/unknown", Level: run.Must, Text: "an owner or a contact who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			one := p.user()
			p.fails(p.admin(http.MethodDelete, "/users/"+one+"/contacts/users/"+word(), ""), "not found")
			p.fails(p.admin(http.MethodDelete, "/users/"+word()+"/contacts/users/"+one, ""), "not found")
		}},
		{ID: "contacts/list", Level: run.Must, Text: "the list is data, an array of user names, and count is their number", Run: func(p *play) {
			one, two, three := p.user(), p.user(), p.user()
			p.post("/users/"+one+"/contacts/users/"+two, "")
			p.post("/users/"+one+"/contacts/users/"+three, "")
			path := "/users/" + one + "/contacts/users"
			v := p.get(path)
			list := p.data(v, path).Strs()
			p.t.True(len(list) == 2 && slices.Contains(list, two) && slices.Contains(list, three), "the contacts are %v", list)
			p.t.True(v.Get("count").Int() == 2, "count is %s", v.Get("count").Raw())
		}},
		{ID: "contacts/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/contacts/users", ""), "not found")
		}},
		{ID: "contacts/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users/"+p.user()+"/contacts/users", ""), "no permission")
		}},
	}
}
