package rest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A fake is a small service that answers as the document has it.
type fake struct {
	wrong string

	mu     sync.Mutex
	users  []*user // by the time of their creation
	tokens map[string]bool
}

type user struct {
	name, id, nick string
	created        int64
	disabled       bool
	set            map[string]any
	contacts       []*user
	blocks         []*user
}

const (
	fakeID, fakeSecret = "YXA6-of-the-fake", "YXA6-secret-of-the-fake"
	fakeApp            = "8be024f0-e978-11e8-b697-5d598d5f8402"
)

type object = map[string]any

// A reply is a status and a body.
type reply struct {
	status int
	v      object
}

func newFake(wrong string) *fake { return &fake{wrong: wrong, tokens: make(map[string]bool)} }

func (f *fake) is(wrong string) bool { return f.wrong == wrong }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	a := f.answer(r, body)
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.v)
}

func fail(status int, name, exception, text string) reply {
	return reply{status, object{"error": name, "timestamp": time.Now().UnixMilli(), "duration": 0, "exception": exception, "error_description": text}}
}

func named(name string, words ...any) reply {
	for n, e := range map[string]reply{
		"not found":     fail(404, "service_resource_not_found", "org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException", "Service resource not found"),
		"no permission": fail(401, "unauthorized", "org.apache.shiro.authz.UnauthorizedException", "Subject does not have permission [applications:%s:"+fakeApp+":/users]"),
		"bad token":     fail(401, "auth_bad_access_token", "org.apache.usergrid.rest.exceptions.SecurityException", "Unable to authenticate due to corrupt access token"),
		"no admin":      fail(401, "unauthorized", "org.apache.usergrid.rest.exceptions.SecurityException", "No admin user access authorized"),
		"duplicate": fail(400, "duplicate_unique_property_exists", "org.apache.usergrid.persistence.exceptions.DuplicateUniquePropertyExistsException",
			"Request null Entity user requires that property named username be unique, value of %s exists"),
		"no entity":   fail(404, "entity_not_found", "org.apache.usergrid.persistence.exceptions.EntityNotFoundException", "User null not found"),
		"no property": fail(400, "required_property_not_found", "org.apache.usergrid.persistence.exceptions.RequiredPropertyNotFoundException", "Entity user requires a property named username"),
		"management":  fail(400, "management", "org.apache.usergrid.management.exceptions.ManagementException", "User with id null does not exist in app "+fakeApp),
		"block":       fail(400, "illegal_argument", "java.lang.IllegalArgumentException", "attempt to adding new block[%s] for user[%s],but user[%s] not found."),
		"json":        fail(400, "json_parse", "org.codehaus.jackson.JsonParseException", "Unexpected character"),
		"illegal":     fail(400, "illegal_argument", "java.lang.IllegalArgumentException", "illegal"),
	} {
		if n == name {
			if len(words) > 0 {
				e.v["error_description"] = fmt.Sprintf(e.v["error_description"].(string), words...)
			}
			return e
		}
	}
	panic(name)
}

func (f *fake) answer(r *http.Request, body []byte) reply {
	rest, ok := strings.CutPrefix(strings.TrimRight(r.URL.Path, "/"), "/chat-demo/testapp")
	if !ok {
		return fail(404, "organization_application_not_found", "OrganizationApplicationNotFoundException", "Could not find application")
	}
	if rest == "/token" {
		return f.token(body)
	}
	path := strings.Split(strings.Trim(rest, "/"), "/")
	for i := range path {
		path[i] = strings.TrimRight(path[i], " ")
	}
	if len(path) > 0 && path[0] != "users" {
		return named("not found")
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	last := path[len(path)-1]
	open := r.Method == "POST" && len(path) == 1 && len(body) > 0 && body[0] == '{'
	switch {
	case token == "" && open:
	case token == "" && (last == "deactivate" || last == "activate"):
		if f.is("no token is needed to disable") {
			break
		}
		return named("no admin")
	case token == "" && f.is("strangers learn who is there"):
		if len(path) > 1 && f.find(path[1]) == nil {
			return named("not found")
		}
		return named("no permission", strings.ToLower(r.Method))
	case token == "" && !f.is("no token is needed"):
		return named("no permission", strings.ToLower(r.Method))
	case token != "" && !f.tokens[token] && !f.is("any token is good"):
		return named("bad token")
	}
	var given object
	if len(body) > 0 && body[0] == '{' && json.Unmarshal(body, &given) != nil {
		return named("json")
	}
	if len(path) == 1 {
		return f.collection(r, body, given)
	}
	return f.one(r, path, given)
}

func (f *fake) token(body []byte) reply {
	var given struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if json.Unmarshal(body, &given) != nil {
		return named("json")
	}
	if given.ID != fakeID && !f.is("any client_id is good") || given.Secret != fakeSecret && !f.is("any client_secret is good") {
		return reply{400, object{"error": "invalid_grant", "error_description": "client_id does not match"}}
	}
	token := "YWMt" + rand.Text()
	if !f.is("tokens are good for nothing") || len(f.tokens) == 0 {
		f.tokens[token] = true
	}
	return reply{200, object{"access_token": token, "expires_in": 5184000, "application": fakeApp}}
}

func (f *fake) find(name string) *user {
	for _, u := range f.users {
		if strings.EqualFold(u.name, name) {
			return u
		}
	}
	return nil
}

func (u *user) entity() object {
	e := object{"uuid": u.id, "type": "user", "created": u.created, "modified": u.created + 1, "username": u.name, "activated": !u.disabled, "nickname": u.nick}
	for k, v := range u.set {
		e[k] = v
	}
	return e
}

func write(action, path string, entities ...any) object {
	return object{
		"action": action, "application": fakeApp, "path": path, "uri": "https://a1.example.com/chat-demo/testapp" + path, "entities": append([]any{}, entities...),
		"timestamp": time.Now().UnixMilli(), "duration": 0, "organization": "chat-demo", "applicationName": "testapp",
	}
}

func data(r *http.Request, v any) reply {
	count := 0
	if list, ok := v.([]string); ok {
		count = len(list)
	}
	return reply{200, object{"action": "get", "uri": "http://a1.example.com" + strings.TrimRight(r.URL.Path, "/"), "entities": []any{}, "data": v, "timestamp": 1, "duration": 0, "count": count}}
}

var (
	legal = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	guid  = regexp.MustCompile(`^[0-9a-f]{8}-`)
)

// register makes a user, or says why not.
func (f *fake) register(g object) (*user, reply) {
	name, _ := g["username"].(string)
	word, _ := g["password"].(string)
	nick, _ := g["nickname"].(string)
	ok := legal.MatchString(name) && !guid.MatchString(name)
	switch {
	case f.is("any name is good") && name != "":
		ok = true
	case f.is("names of 65 bytes are good") && len(name) == 65, f.is("UUIDs are names") && guid.MatchString(name):
		ok = true
	case f.is("names have 63 bytes") && len(name) == 64, f.is("dots are not good") && strings.Contains(name, "."):
		ok = false
	}
	if name == "" && f.is("no name is good") {
		ok, name = true, rand.Text()
	}
	if len(word) > 64 && !f.is("passwords of any length are good") || len(nick) > 100 && !f.is("nicknames of any length are good") {
		ok = false
	}
	if !ok || word == "" && !f.is("no password is good") {
		return nil, named("illegal")
	}
	if there := f.find(name); there != nil && (!f.is("case matters") || there.name == name) && !f.is("names need not be unique") {
		return nil, named("duplicate", name)
	}
	if f.is("names are lower case") {
		name = strings.ToLower(name)
	}
	created := time.Now().UnixMilli()
	if n := len(f.users); n > 0 {
		created = max(created, f.users[n-1].created+1)
	}
	u := &user{name: name, id: fmt.Sprintf("%08x-e978-11e8-b697-5d598d5f8402", len(f.users)+int(created%1e6)), nick: nick, created: created, set: object{}}
	f.users = append(f.users, u)
	return u, reply{}
}

func (f *fake) collection(r *http.Request, body []byte, given object) reply {
	if r.Method == http.MethodPost {
		if len(body) > 0 && body[0] == '[' {
			return f.batch(body)
		}
		u, no := f.register(given)
		if u == nil {
			return no
		}
		return reply{200, write("post", "/users", u.entity())}
	}
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit <= 0 {
		limit = 10
	}
	limit = min(limit, 100)
	params := object{}
	for k, v := range r.URL.Query() {
		params[k] = v
	}
	at := 0
	if c := r.URL.Query().Get("cursor"); c != "" {
		created, _ := strconv.ParseInt(c, 10, 64)
		at = slices.IndexFunc(f.users, func(u *user) bool { return u.created >= created })
		if at < 0 {
			at = len(f.users)
		}
	}
	end := min(at+limit, len(f.users))
	entities := []any{}
	for _, u := range f.users[at:end] {
		entities = append(entities, u.entity())
	}
	if n := len(entities); f.is("users are not sorted") && n > 2 {
		entities[0], entities[1] = entities[1], entities[0]
	}
	v := object{"action": "get", "params": params, "path": "/users", "uri": "http://a1.example.com/chat-demo/testapp/users", "entities": entities, "timestamp": 1, "duration": 0, "count": len(entities)}
	if end < len(f.users) {
		v["cursor"] = strconv.FormatInt(f.users[end].created, 10)
	}
	if r.Method == http.MethodDelete {
		v = write("delete", "/users", entities...)
		v["params"] = params
		if !f.is("deleting many does nothing") {
			f.users = slices.Delete(f.users, at, end)
		}
	}
	return reply{200, v}
}

func (f *fake) batch(body []byte) reply {
	var all []object
	if json.Unmarshal(body, &all) != nil {
		return named("json")
	}
	entities, bad := []any{}, []any{}
	for _, g := range all {
		u, _ := f.register(g)
		if u == nil {
			bad = append(bad, object{"username": g["username"], "registerUserFailReason": fmt.Sprintf("the %v already exists", g["username"])})
			if f.is("one bad user spoils the others") {
				return named("duplicate", g["username"])
			}
			continue
		}
		entities = append(entities, u.entity())
	}
	v := write("post", "/users", entities...)
	v["data"] = bad
	return reply{200, v}
}

// one answers what is below /users.
func (f *fake) one(r *http.Request, path []string, given object) reply {
	if len(path) == 3 && path[1] == "batch" && path[2] == "status" {
		return f.statuses(given)
	}
	u := f.find(path[1])
	last := path[len(path)-1]
	switch {
	case u != nil:
	case r.Method == "PUT" && last == "password":
		return named("no entity")
	case r.Method == "PUT" && f.is("a change makes users"):
		_, _ = f.register(object{"username": path[1], "password": "x"})
		return named("no property")
	case r.Method == "PUT":
		return named("no property")
	case last == "deactivate":
		return named("management")
	default:
		return named("not found")
	}
	if len(path) == 2 {
		return f.account(r, u, given)
	}
	switch path[2] {
	case "password":
		if s, _ := given["newpassword"].(string); s == "" {
			return named("illegal")
		}
		return reply{200, object{"action": "set user password", "timestamp": 1, "duration": 0}}
	case "status":
		return data(r, object{u.name: "offline"})
	case "offline_msg_count":
		return data(r, object{u.name: 0})
	case "offline_msg_status":
		return data(r, object{last: "delivered"})
	case "disconnect":
		return data(r, object{"result": true})
	case "deactivate", "activate":
		u.disabled = path[2] == "deactivate" && !f.is("nobody is disabled")
		if path[2] == "activate" && f.is("nobody is enabled") {
			u.disabled = true
		}
		if path[2] == "activate" {
			return reply{200, object{"action": "activate user", "timestamp": 1, "duration": 0}}
		}
		e := u.entity()
		e["activated"] = false
		return reply{200, object{"action": "Deactivate user", "entities": []any{e}, "timestamp": 1, "duration": 0}}
	case "contacts", "blocks":
		return f.relation(r, u, path, given)
	}
	return named("not found")
}

func (f *fake) account(r *http.Request, u *user, given object) reply {
	switch r.Method {
	case http.MethodDelete:
		if !f.is("nobody is deleted") {
			f.users = slices.DeleteFunc(f.users, func(o *user) bool { return o == u })
		}
		return reply{200, write("delete", "/users", u.entity())}
	case http.MethodPut:
		return f.change(u, given)
	}
	return reply{200, object{"action": "get", "path": "/users", "uri": "http://a1.example.com" + r.URL.Path, "entities": []any{u.entity()}, "timestamp": 1, "duration": 0, "count": 1}}
}

func (f *fake) change(u *user, given object) reply {
	for k, v := range given {
		s, isText := v.(string)
		n, err := strconv.Atoi(s)
		switch {
		case k == "nickname":
			u.nick = s
		case k == "username" && f.is("names can be changed"):
			u.name = s
		case !strings.HasPrefix(k, "notification_"):
		case isText && (err != nil || n > 24) && !f.is("any hour is good"):
			return named("illegal")
		case isText:
			u.set[k] = n
		default:
			u.set[k] = v
		}
	}
	return reply{200, write("put", "/users", u.entity())}
}

func (f *fake) statuses(given object) reply {
	list, _ := given["usernames"].([]any)
	if len(list) > 100 && !f.is("more than a hundred are good") {
		return named("illegal")
	}
	all := []any{}
	for _, name := range list {
		all = append(all, object{name.(string): "offline"})
	}
	if f.is("statuses come in another order") {
		slices.Reverse(all)
	}
	return reply{200, object{"action": "get batch user status", "data": all, "timestamp": 1, "duration": 0}}
}

func (f *fake) relation(r *http.Request, u *user, path []string, given object) reply {
	list := &u.contacts
	if path[2] == "blocks" {
		list = &u.blocks
	}
	if r.Method == http.MethodGet {
		names := []string{}
		for _, o := range *list {
			names = append(names, o.name)
		}
		return data(r, names)
	}
	if len(path) == 5 {
		other := f.find(path[4])
		if other == nil {
			return named("not found")
		}
		isOther, isMe := func(o *user) bool { return o == other }, func(o *user) bool { return o == u }
		v := write(strings.ToLower(r.Method), "/users/"+u.id+"/"+path[2], other.entity())
		*list = slices.DeleteFunc(*list, isOther)
		if path[2] == "contacts" {
			other.contacts = slices.DeleteFunc(other.contacts, isMe)
		}
		if r.Method == http.MethodPost {
			*list = append(*list, other)
			if !f.is("contacts have one direction") {
				other.contacts = append(other.contacts, u)
			}
		}
		if path[2] == "blocks" && f.is("who was blocked is a contact no more") {
			u.contacts = slices.DeleteFunc(u.contacts, isOther)
		}
		return reply{200, v}
	}
	names, _ := given["usernames"].([]any)
	var all []*user
	for _, n := range names {
		other := f.find(n.(string))
		if other == nil {
			if f.is("some are blocked") {
				u.blocks = append(u.blocks, all...)
			}
			return named("block", n, u.name, n)
		}
		all = append(all, other)
	}
	u.blocks = append(u.blocks, all...)
	v := write("post", "", nil)
	delete(v, "path")
	v["entities"], v["data"] = []any{}, names
	return reply{200, v}
}
