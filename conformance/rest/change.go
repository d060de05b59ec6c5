package rest

import (
	"errors"
	"net/http"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

func passwordRows() []row {
	return []row{
		{ID: "password/set", Level: run.Must, Text: "a new password is answered with the action \"set user password\"", Run: func(p *play) {
			v := p.put("/users/"+p.user()+"/password", `{"newpassword":"crayon-7"}`)
			v.Get("action").Eq("set user password")
			times(v)
		}},
		{ID: "password/unknown", Level: run.Must, Text: "a user who is not there is status 404, entity_not_found, User null not found", Run: func(p *play) {
			p.fails(p.admin(http.MethodPut, "/users/"+word()+"/password", `{"newpassword":"crayon-7"}`), "no entity")
		}},
		{ID: "password/empty", Level: run.Should, Text: "no new password is status 400", Run: func(p *play) {
			p.admin(http.MethodPut, "/users/"+p.user()+"/password", `{}`).Is(http.StatusBadRequest).JSON().Get("error").Word()
		}},
		{ID: "password/no-token", Level: run.Should, Text: "without a token it is status 401", Run: func(p *play) {
			p.anonymous(http.MethodPut, "/users/"+p.user()+"/password", `{"newpassword":"crayon-7"}`).Is(http.StatusUnauthorized)
		}},
		{ID: "password/works", Level: run.Must, Text: "the user logs in with the new password, and not with the old one", Needs: []string{XMPP}, Run: func(p *play) {
			name := p.user()
			p.put("/users/"+name+"/password", `{"newpassword":"crayon-7"}`)
			p.t.Introduce("old", name, password)
			p.t.True(!p.admitted("old"), "the old password is still good")
			p.t.Introduce("new", name, "crayon-7")
			p.t.True(p.admitted("new"), "the new password is not good")
		}},
	}
}

// admitted reports whether somebody can log in as an XMPP client.
func (p *play) admitted(who string) bool {
	a := p.t.Account(who)
	err := p.t.Secured().Authenticate(a.User, a.Password)
	if errors.Is(err, oracle.ErrSilent) {
		p.t.Errored("log in", err)
	}
	return err == nil
}

func changeRows() []row {
	const style, disturb = `{"notification_display_style":"1"}`, `{"notification_no_disturbing":true,"notification_no_disturbing_start":"1","notification_no_disturbing_end":"3"}`
	return []row{
		{ID: "nickname/set", Level: run.Must, Text: "a nickname is set: action put, path /users, and the user with it", Run: func(p *play) {
			name := p.user()
			v := p.put("/users/"+name, `{"nickname":"testuser"}`)
			p.write(v, "put", "/users")
			p.entity(v.Get("entities.0"), name).Get("nickname").Eq("testuser")
			p.get("/users/" + name).Get("entities.0.nickname").Eq("testuser")
		}},
		{ID: "nickname/unknown", Level: run.Must, Text: "a user who is not there is status 400, required_property_not_found, and is not made", Run: func(p *play) {
			name := word()
			p.drop(name)
			p.fails(p.admin(http.MethodPut, "/users/"+name, `{"nickname":"testuser"}`), "no property")
			p.admin(http.MethodGet, "/users/"+name, "").Is(http.StatusNotFound)
		}},
		{ID: "nickname/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodPut, "/users/"+p.user(), `{"nickname":"testuser"}`), "no permission")
		}},
		{ID: "nickname/only", Level: run.Should, Text: "what is not for change does not change: a username beside the nickname", Run: func(p *play) {
			name := p.user()
			other := word()
			p.drop(other)
			p.admin(http.MethodPut, "/users/"+name, `{"nickname":"testuser","username":"`+other+`"}`)
			p.entity(p.get("/users/"+name).Get("entities.0"), name)
			p.admin(http.MethodGet, "/users/"+other, "").Is(http.StatusNotFound)
		}},
		{ID: "display-style/set", Level: run.Must, Text: "notification_display_style is set by a string and told as a number", Run: func(p *play) {
			v := p.put("/users/"+p.user(), style)
			p.write(v, "put", "/users")
			p.t.True(v.Get("entities.0.notification_display_style").Int() == 1, "it is %s", v.Get("entities.0.notification_display_style").Raw())
		}},
		{ID: "no-disturbing/set", Level: run.Must, Text: "the hours without disturbance are set by strings and told as numbers, and whether there are any as true", Run: func(p *play) {
			name := p.user()
			v := p.put("/users/"+name, disturb).Get("entities.0")
			v.Get("notification_no_disturbing").True()
			start, end := v.Get("notification_no_disturbing_start"), v.Get("notification_no_disturbing_end")
			p.t.True(start.Int() == 1 && end.Int() == 3, "from %s to %s", start.Raw(), end.Raw())
			p.get("/users/" + name).Get("entities.0.notification_no_disturbing").True()
		}},
		{ID: "no-disturbing/off", Level: run.Must, Text: "false ends it, and is told as false", Run: func(p *play) {
			name := p.user()
			p.put("/users/"+name, disturb)
			p.put("/users/"+name, `{"notification_no_disturbing":false}`).Get("entities.0.notification_no_disturbing").False()
		}},
		{ID: "no-disturbing/blank", Level: run.Should, Text: "a blank behind the user name, as the sample has it, is not of the name", Run: func(p *play) {
			p.put("/users/"+p.user()+"%20", disturb).Get("entities.0.notification_no_disturbing").True()
		}},
		{ID: "no-disturbing/bad", Level: run.Should, Text: "an hour that there is not is status 400", Run: func(p *play) {
			p.admin(http.MethodPut, "/users/"+p.user(), `{"notification_no_disturbing":true,"notification_no_disturbing_start":"99"}`).Is(http.StatusBadRequest)
		}},
	}
}
