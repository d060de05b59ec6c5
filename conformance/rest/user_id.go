package rest

import (
	"net/http"
	"net/url"
	"strings"

	"causeway/conformance/run"
)

func userIDRows() []row {
	refused := func(names ...string) func(*play) {
		return func(p *play) {
			for _, name := range names {
				p.drop(name)
				a := p.admin(http.MethodPost, "/users", `{"username":"`+name+`","password":"pencil"}`)
				p.t.True(a.Status == http.StatusBadRequest, "%q: wanted status 400, came %v", name, a)
				a.JSON().Get("error").Word()
			}
		}
	}
	return []row{
		{ID: "user-id/characters", Level: run.Must, Text: "letters, digits, _, - and . make a user ID", Run: func(p *play) {
			name := word() + "_0-9.z"
			p.drop(name)
			p.entity(p.post("/users", registration(name)).Get("entities.0"), name)
		}},
		{ID: "user-id/others", Level: run.Must, Text: "blanks, #, Chinese and addresses of mail make none", Run: refused("two words", "one#two", "用户", "romeo@example.com")},
		{ID: "user-id/length", Level: run.Must, Text: "a user ID has at most 64 bytes", Run: func(p *play) {
			long := word() + strings.Repeat("x", 64)
			p.drop(long[:64])
			p.entity(p.post("/users", registration(long[:64])).Get("entities.0"), long[:64])
			refused(long[:65])(p)
		}},
		{ID: "user-id/uuid", Level: run.Must, Text: "a UUID is no user ID", Run: refused("0ffe2d80-ed76-11e8-8d66-279e3e1c214b")},
		{ID: "user-id/case", Level: run.Must, Text: "user IDs that differ by case are one: the second is a duplicate", Run: func(p *play) {
			name := p.user()
			p.fails(p.admin(http.MethodPost, "/users", registration(strings.ToUpper(name))), "duplicate")
		}},
		{ID: "user-id/spelling", Level: run.Must, Text: "a user ID is kept as it was registered, and found in any case", Run: func(p *play) {
			name := "Cw" + strings.ToUpper(word())
			p.drop(name)
			p.entity(p.post("/users", registration(name)).Get("entities.0"), name)
			p.entity(p.get("/users/"+url.PathEscape(strings.ToLower(name))).Get("entities.0"), name)
		}},
	}
}
