package rest

import (
	"net/http"
	"strings"

	"causeway/conformance/run"
)

func statusRows() []row {
	return []row{
		{ID: "status/offline", Level: run.Must, Text: "the status of a user who is not there is data with offline under the name, and count 0", Run: func(p *play) {
			name := p.user()
			path := "/users/" + name + "/status"
			v := p.get(path)
			p.data(v, path).Get(name).Eq("offline")
			p.t.True(v.Get("count").Int() == 0, "count is %s", v.Get("count").Raw())
		}},
		{ID: "status/online", Level: run.Must, Text: "a user who is online is online", Needs: []string{XMPP}, Run: func(p *play) {
			name := p.user()
			p.online(name)
			p.get("/users/" + name + "/status").Get("data." + name).Eq("online")
		}},
		{ID: "status/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/status", ""), "not found")
		}},
		{ID: "status/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users/"+p.user()+"/status", ""), "no permission")
		}},
		{ID: "batch-status/list", Level: run.Must, Text: "the statuses of several are an array with an object for each, in their order, under the action \"get batch user status\"", Run: func(p *play) {
			one, two := p.user(), p.user()
			v := p.post("/users/batch/status", usernames(two, one))
			v.Get("action").Eq("get batch user status")
			v.Get("data.0." + two).Eq("offline")
			v.Get("data.1." + one).Eq("offline")
			times(v)
		}},
		{ID: "batch-status/unknown", Level: run.Must, Text: "a user who is not there is offline: names are not verified", Run: func(p *play) {
			name := word()
			p.post("/users/batch/status", usernames(name)).Get("data.0." + name).Eq("offline")
		}},
		{ID: "batch-status/hundred", Level: run.Must, Text: "a hundred users are the most", Run: func(p *play) {
			names := strings.Split(strings.Repeat("somebody ", 101), " ")[:101]
			p.post("/users/batch/status", usernames(names[:100]...))
			p.once(http.MethodPost, "/users/batch/status", usernames(names...)).Refused()
		}},
		{ID: "batch-status/no-token", Level: run.Must, Text: "without a token it is status 401", Run: func(p *play) {
			p.anonymous(http.MethodPost, "/users/batch/status", usernames(word())).Is(http.StatusUnauthorized)
		}},
	}
}

func offlineRows() []row {
	return []row{
		{ID: "offline-count/none", Level: run.Must, Text: "the number of offline messages is data with a number under the name", Run: func(p *play) {
			name := p.user()
			path := "/users/" + name + "/offline_msg_count"
			n := p.data(p.get(path), path).Get(name)
			p.t.True(n.Int() == 0, "it is %s", n.Raw())
		}},
		{ID: "offline-count/one", Level: run.Must, Text: "a message to a user who is not there counts", Needs: []string{XMPP}, Run: func(p *play) {
			one, two := p.user(), p.user()
			c := p.online(two)
			c.Send("<message to='%s@%s' type='chat'><body>Art thou not Romeo?</body></message>", one, p.t.Domain())
			c.Sync()
			n := p.get("/users/" + one + "/offline_msg_count").Get("data." + one)
			p.t.True(n.Int() == 1, "it is %s", n.Raw())
		}},
		{ID: "offline-count/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/offline_msg_count", ""), "not found")
		}},
		{ID: "offline-count/no-token", Level: run.Must, Text: "without a token it is status 401, unauthorized", Run: func(p *play) {
			p.fails(p.anonymous(http.MethodGet, "/users/"+p.user()+"/offline_msg_count", ""), "no permission")
		}},
		{ID: "offline-status/word", Level: run.Must, Text: "the status of a message is data with delivered or undelivered under its id", Run: func(p *play) {
			path := "/users/" + p.user() + "/offline_msg_status/123"
			v := p.data(p.get(path), path).Get("123")
			p.t.True(v.Is("delivered") || v.Is("undelivered"), "it is %s", v.Raw())
		}},
		{ID: "offline-status/unknown", Level: run.Must, Text: "a user who is not there is status 404, service_resource_not_found", Run: func(p *play) {
			p.fails(p.admin(http.MethodGet, "/users/"+word()+"/offline_msg_status/123", ""), "not found")
		}},
	}
}
