package oauth

import (
	"slices"
	"strings"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// fields are those of user_info.
func fields() []string {
	return strings.Fields("user_id user_name user_email user_firstname user_lastname user_gender user_birthdate user_picture user_cover user_registered user_verified user_relationship user_biography user_website")
}

func infoRows() []row {
	of := func(p *play) caller.Value {
		return p.info(p.token(p.key())).Is(200).JSON().Get("user_info").Object()
	}
	return []row{
		{ID: "get_user_info/fields", Level: run.Must, Text: "an access_token is answered with user_info, which has the fourteen fields", Run: func(p *play) {
			keys := of(p).Keys()
			for _, f := range fields() {
				p.t.True(slices.Contains(keys, f), "%s is missing in %v", f, keys)
			}
		}},
		{ID: "get_user_info/strings", Level: run.Should, Text: "the fields are strings, or null", Run: func(p *play) {
			v := of(p)
			for _, f := range fields() {
				if !v.Get(f).Null() {
					v.Get(f).Str()
				}
			}
		}},
		{ID: "get_user_info/person", Level: run.Should, Text: "user_id and user_name are there, and user_name is the name that the person signed in with", Run: func(p *play) {
			v := of(p)
			v.Get("user_id").Word()
			name, _, _ := strings.Cut(p.site.People[0].User, "@")
			p.t.True(strings.EqualFold(v.Get("user_name").Word(), name), "user_name is %s", v.Get("user_name").Raw())
		}},
		{ID: "get_user_info/gender", Level: run.Should, Text: "user_gender is male, female, other or empty, user_verified 0, 1 or empty", Run: func(p *play) {
			v := of(p)
			gender, verified := v.Get("user_gender"), v.Get("user_verified")
			p.t.True(gender.Null() || slices.Contains([]string{"male", "female", "other", ""}, gender.Str()), "user_gender is %s", gender.Raw())
			p.t.True(verified.Null() || slices.Contains([]string{"0", "1", ""}, verified.Str()), "user_verified is %s", verified.Raw())
		}},
		{ID: "get_user_info/again", Level: run.Must, Text: "a token is good more than once, while it lasts", Run: func(p *play) {
			token := p.token(p.key())
			for range 2 {
				p.info(token).Is(200).JSON().Get("user_info").Object()
			}
		}},
		{ID: "get_user_info/own", Level: run.Must, Text: "the token of each person is answered with that person", Needs: []string{Second}, Run: func(p *play) {
			one, two := p.token(p.approved(0)), p.token(p.approved(1))
			id := func(token string) string { return p.info(token).Is(200).JSON().Get("user_info.user_id").Word() }
			p.t.True(id(one) != id(two), "both are %s", id(one))
		}},
		{ID: "get_user_info/wrong-token", Level: run.Must, Text: "a token that nobody was given is answered with nobody", Run: func(p *play) { p.nothing(p.info(word())) }},
		{ID: "get_user_info/no-token", Level: run.Must, Text: "no token is answered with nobody", Run: func(p *play) {
			p.nothing(p.client("app").Call(caller.Request{Path: "/api/get_user_info"}))
		}},
		{ID: "get_user_info/auth-key", Level: run.Should, Text: "an auth_key is no access_token", Run: func(p *play) { p.nothing(p.info(p.key())) }},
		{ID: "get_user_info/error", Level: run.Should, Text: "an error is status 200 with error true and a message", Run: func(p *play) {
			v := p.info(word()).Is(200).JSON()
			v.Get("error").True()
			v.Get("message").Word()
		}},
		{ID: "get_user_info/no-store", Level: run.Should, Text: "nobody keeps the answer with a person", Run: func(p *play) { p.info(p.token(p.key())).Is(200).NoStore() }},
		{ID: "get_user_info/no-secret", Level: run.Must, Text: "no answer has the password", Run: func(p *play) {
			p.info(p.token(p.key())).Is(200).Without(p.site.People[0].Password)
		}},
	}
}
