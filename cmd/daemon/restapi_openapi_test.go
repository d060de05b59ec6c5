package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	restapi "causeway/bridge/rest"
	"causeway/xmpp/jid"
)

// A description is the OpenAPI document of the API, as far as the tests look into it.
type description struct {
	t     *testing.T
	whole map[string]any
	seen  map[string]bool // operations of which an answer was held against it
}

func describe(t *testing.T, b *backend) *description {
	t.Helper()
	w := b.send("GET", "/openapi.json", "", "")
	if w.Code != 200 {
		t.Fatalf("the document: %d %s", w.Code, w.Body)
	}
	return &description{t: t, whole: decoded(t, w.Body.String()), seen: make(map[string]bool)}
}

// at follows names down the document, and references.
func (d *description) at(v any, path ...string) any {
	for _, name := range path {
		o, _ := d.follow(v).(map[string]any)
		v = o[name]
	}
	return d.follow(v)
}

func (d *description) follow(v any) any {
	for {
		o, _ := v.(map[string]any)
		ref, ok := o["$ref"].(string)
		if !ok {
			return v
		}
		v = d.at(d.whole, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
}

// valid holds a value against a schema (JSON Schema 2020-12, the words that the document
// uses), and gives what is wrong.
func (d *description) valid(v, schema any, where string) string {
	s, _ := d.follow(schema).(map[string]any)
	if list, ok := s["oneOf"].([]any); ok {
		fits := 0
		for _, one := range list {
			if d.valid(v, one, where) == "" {
				fits++
			}
		}
		if fits != 1 {
			return fmt.Sprintf("%s fits %d of %d", where, fits, len(list))
		}
	}
	if list, ok := s["enum"].([]any); ok && !slices.ContainsFunc(list, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(v) }) {
		return fmt.Sprintf("%s is %v, which is none of %v", where, v, list)
	}
	if s["type"] != nil && !ofType(v, s["type"]) {
		return fmt.Sprintf("%s is %v, not of type %v", where, v, s["type"])
	}
	switch v := v.(type) {
	case map[string]any:
		return d.validObject(v, s, where)
	case []any:
		if most, ok := s["maxItems"].(json.Number); ok && fmt.Sprint(len(v)) > most.String() {
			return where + " is too long"
		}
		for i, item := range v {
			if fault := d.valid(item, s["items"], fmt.Sprintf("%s[%d]", where, i)); s["items"] != nil && fault != "" {
				return fault
			}
		}
	}
	return ""
}

func (d *description) validObject(v, s map[string]any, where string) string {
	if list, ok := s["required"].([]any); ok {
		for _, name := range list {
			if _, there := v[fmt.Sprint(name)]; !there {
				return fmt.Sprintf("%s has no %v", where, name)
			}
		}
	}
	properties, _ := s["properties"].(map[string]any)
	patterns, _ := s["patternProperties"].(map[string]any)
	for name, value := range v {
		schema, known := properties[name]
		for pattern, of := range patterns {
			if !known && regexp.MustCompile(pattern).MatchString(name) {
				schema, known = of, true
			}
		}
		if !known {
			switch more := s["additionalProperties"].(type) {
			case bool:
				if !more {
					return where + " has " + name + ", which is not described"
				}
				continue
			case nil:
				continue
			default:
				schema = more
			}
		}
		if fault := d.valid(value, schema, where+"."+name); fault != "" {
			return fault
		}
	}
	return ""
}

func ofType(v, types any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(t any) bool { return ofType(v, t) })
	}
	switch v := v.(type) {
	case string:
		return types == "string"
	case bool:
		return types == "boolean"
	case json.Number:
		_, err := v.Int64()
		return types == "integer" && err == nil
	case map[string]any:
		return types == "object"
	case []any:
		return types == "array"
	}
	return false
}

// parts matches the names in a path.
var parts = regexp.MustCompile(`\{(\w+)(:[^}]*)?\}`)

// operation finds the operation for a request, the most special first.
func (d *description) operation(method, path string) (name string, op any) {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(path, "/")
	paths, _ := d.at(d.whole, "paths").(map[string]any)
	var names []string
	for p := range paths {
		names = append(names, p)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") })
	for _, p := range names {
		pattern := "^" + parts.ReplaceAllString(p, "[^/]+") + "$"
		if op := d.at(paths, p, strings.ToLower(method)); op != nil && regexp.MustCompile(pattern).MatchString(path) {
			return strings.ToLower(method) + " " + p, op
		}
	}
	return "", nil
}

// holds holds an answer against the document.
func (d *description) holds(method, path string, status int, kind, body string) {
	d.t.Helper()
	name, op := d.operation(method, path)
	if op == nil {
		d.t.Errorf("%s %s is not described", method, path)
		return
	}
	described := d.at(op, "responses", fmt.Sprint(status))
	if described == nil {
		d.t.Errorf("%s: %d is not described", name, status)
		return
	}
	if status == 200 {
		d.seen[name] = true
	}
	if !strings.HasPrefix(kind, "application/json") {
		return
	}
	var v any
	r := json.NewDecoder(strings.NewReader(body))
	r.UseNumber()
	if err := r.Decode(&v); err != nil {
		d.t.Errorf("%s: %v", name, err)
		return
	}
	if fault := d.valid(v, d.at(described, "content", "application/json", "schema"), "the answer"); fault != "" {
		d.t.Errorf("%s %s: %s: %s", name, path, fault, body)
	}
}

// TestRESTDocument: what is described is there, and what is there is described; the answers
// that one of everything gives are as they are described.
func TestRESTDocument(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		d := describe(t, b)
		there := make(map[string]bool)
		for _, r := range restapi.Routes() {
			there[strings.ToLower(r.Method)+" "+parts.ReplaceAllString(r.Path, "{$1}")] = true
		}
		paths, _ := d.at(d.whole, "paths").(map[string]any)
		for path, item := range paths {
			methods, _ := item.(map[string]any)
			for method := range methods {
				if name := method + " " + path; !there[name] {
					t.Errorf("%s is described, and not there", name)
				} else {
					delete(there, name)
				}
			}
		}
		for name := range there {
			t.Errorf("%s is there, and not described", name)
		}
		token := fmt.Sprint(decoded(t, b.send("POST", "/token", "", `{"grant_type":"password","username":"juliet","password":"pencil"}`).Body.String())["access_token"])
		id := map[string]string{"HOUR": b.messagesOfLastHour()}
		for _, c := range oneOfEverything() {
			path := c.path
			for name, value := range id {
				path = strings.ReplaceAll(path, name, value)
			}
			by := b.token
			var header []string
			if strings.HasPrefix(path, "/chatfiles") {
				by, header = token, []string{"Content-Type", "multipart/form-data; boundary=x"}
			}
			w := b.send(c.method, path, by, c.body, header...)
			d.holds(c.method, path, w.Code, w.Header().Get("Content-Type"), w.Body.String())
			if w.Code != 200 {
				t.Errorf("%s %s: %d %s", c.method, path, w.Code, w.Body)
				continue
			}
			if c.keep != "" {
				v := decoded(t, w.Body.String())
				o, _ := v["data"].(map[string]any)
				if list, ok := v["entities"].([]any); ok && len(list) > 0 {
					o, _ = list[0].(map[string]any)
				}
				if list, ok := v["data"].([]any); ok && c.keep == "ARCHIVE" && len(list) > 0 {
					o, _ = list[0].(map[string]any)
					id[c.keep] = lastPart(o["url"])
					continue
				}
				id[c.keep] = fmt.Sprint(o[map[string]string{"GROUP": "groupid", "ROOM": "id", "FILE": "uuid"}[c.keep]])
			}
			time.Sleep(time.Millisecond)
		}
		for _, r := range restapi.Routes() {
			if name := strings.ToLower(r.Method) + " " + parts.ReplaceAllString(r.Path, "{$1}"); !d.seen[name] && r.Path != "/openapi.json" {
				t.Errorf("no answer of %s was held against the document", name)
			}
		}
	})
}

type request struct{ method, path, body, keep string }

// oneOfEverything is a request to each endpoint that succeeds, in an order in which they do.
func oneOfEverything() []request {
	list := []request{
		{"POST", "/token", `{"grant_type":"client_credentials","client_id":"` + appID + `","client_secret":"` + appSecret + `"}`, ""},
		{"GET", "/token?grant_type=password&username=juliet&password=pencil", "", ""},
		{"POST", "/users", `{"username":"u1","password":"x"}`, ""},
		{"POST", "/users", `[{"username":"u2","password":"x"},{"username":"u1","password":"x"}]`, ""},
		{"GET", "/users?limit=2", "", ""},
		{"GET", "/users/u1", "", ""},
		{"POST", "/users/batch/status", `{"usernames":["u1","u9"]}`, ""},
		{"PUT", "/users/u1", `{"nickname":"n","notification_display_style":"1","notification_no_disturbing":1,"notification_no_disturbing_start":1,"notification_no_disturbing_end":"2","notification_ignore_7":true,"device_token":"d","notifier_name":"n"}`, ""},
		{"GET", "/users/u1", "", ""},
		{"PUT", "/users/u1/password", `{"newpassword":"y"}`, ""},
		{"POST", "/users/u1/contacts/users/u2", "", ""},
		{"GET", "/users/u1/contacts/users", "", ""},
		{"DELETE", "/users/u1/contacts/users/u2", "", ""},
		{"POST", "/users/u1/blocks/users", `{"usernames":["u2"]}`, ""},
		{"GET", "/users/u1/blocks/users", "", ""},
		{"DELETE", "/users/u1/blocks/users/u2", "", ""},
		{"GET", "/users/u1/status", "", ""},
		{"GET", "/users/u1/offline_msg_count", "", ""},
		{"GET", "/users/u1/offline_msg_status/1", "", ""},
		{"GET", "/users/u1/resources", "", ""},
		{"GET", "/users/u1/disconnect", "", ""},
		{"GET", "/users/u1/disconnect/r", "", ""},
		{"POST", "/messages", `{"target_type":"users","target":["u1"],"msg":{"type":"txt","msg":"x"}}`, ""},
		{"POST", "/messages/users", `{"to":["u1"],"type":"txt","body":{"msg":"x"}}`, ""},
		{"POST", "/chatfiles", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nrose\r\n--x--\r\n", "FILE"},
		{"GET", "/chatfiles/FILE", "", ""},
		{"GET", "/chatmessages?ql=select+*+where+timestamp%3E1", "", ""},
		{"GET", "/chatmessages/HOUR", "", "ARCHIVE"},
		{"GET", "/chatmessages/HOUR/ARCHIVE", "", ""},
	}
	for _, s := range []struct{ word, keep, name string }{{"chatgroups", "GROUP", "groupname"}, {"chatrooms", "ROOM", "name"}} {
		one := "/" + s.word + "/" + s.keep
		list = append(
			list,
			request{"POST", "/" + s.word, `{"` + s.name + `":"n","owner":"u1"}`, s.keep},
			request{"GET", "/" + s.word, "", ""}, request{"GET", one, "", ""}, request{"PUT", one, `{"description":"d"}`, ""},
			request{"POST", one + "/users", `{"usernames":["u2"]}`, ""}, request{"POST", one + "/users/u2", "", ""}, request{"GET", one + "/users", "", ""},
			request{"GET", "/users/u2/joined_" + s.word, "", ""}, request{"DELETE", one + "/users/u2", "", ""},
			request{"POST", one + "/blocks/users", `{"usernames":["u2"]}`, ""}, request{"POST", one + "/blocks/users/u2", "", ""},
			request{"GET", one + "/blocks/users", "", ""}, request{"DELETE", one + "/blocks/users/u2", "", ""}, request{"DELETE", one, "", ""},
		)
	}
	return append(
		list,
		request{"POST", "/users/u1/deactivate", "", ""}, request{"POST", "/users/u1/activate", "", ""},
		request{"DELETE", "/users/u1", "", ""}, request{"DELETE", "/users?limit=2", "", ""},
	)
}

// TestRESTUnauthorized: each endpoint, and each way not to be let in: the documented body,
// the same for who exists and who does not, and nothing is changed (wire §1.3 and part 6,
// checks 12 and 13).
func TestRESTUnauthorized(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		issue := func(g bridge.Grant) string {
			token, err := b.safe.Issue(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		host := jid.MustParse("capulet.lit")
		mine := bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: appID, Host: host}
		expired, foreign, elsewhere, user := mine, mine, mine, mine
		expired.Expires = time.Now().Add(-time.Second)
		foreign.App = "other"
		elsewhere.App, elsewhere.Host = "far", jid.MustParse("montague.lit")
		user.Use, user.User = bridge.UserToken, jid.MustParse("romeo@capulet.lit")
		revoked := issue(mine)
		delete(b.safe.tokens, revoked)
		tokens := map[string]string{
			"none": "", "damaged": b.token[:len(b.token)-1] + "!", "revoked": revoked, "long": strings.Repeat("x", 10_000),
			"expired": issue(expired), "of another app": issue(foreign), "of another host": issue(elsewhere), "of a user": issue(user),
		}
		before := masked(t, b.send("GET", "/users", b.token, "").Body.String())
		d := describe(t, b)
		for _, r := range restapi.Routes() {
			if r.Path == "/token" || r.Path == "/openapi.json" || r.Path == "/chatmessages/{hour}/{file}" {
				continue // there the path is what lets somebody in: TestRESTHistoryFile
			}
			for what, token := range tokens {
				open := strings.HasPrefix(r.Path, "/chatfiles") || r.Method == "GET" && (strings.HasPrefix(r.Path, "/chatgroups") || strings.HasPrefix(r.Path, "/chatrooms")) && strings.Count(r.Path, "/") < 3
				if what == "of a user" && open {
					continue // users may
				}
				var answers []string
				for _, name := range []string{"juliet", "nobody"} {
					path := strings.Replace(r.Path, "{kind:users|chatgroups|chatrooms}", "users", 1)
					path = parts.ReplaceAllString(path, name)
					w := b.send(r.Method, path, token, `{"newpassword":"x","nickname":"x"}`)
					if w.Code != http.StatusUnauthorized {
						t.Errorf("%s %s, token %s: %d %s", r.Method, path, what, w.Code, w.Body)
						continue
					}
					d.holds(r.Method, path, w.Code, w.Header().Get("Content-Type"), w.Body.String())
					answers = append(answers, masked(t, w.Body.String()))
					if want := refusalFor(r, what); !strings.Contains(w.Body.String(), want) {
						t.Errorf("%s %s, token %s: no %s in %s", r.Method, path, what, want, w.Body)
					}
				}
				if len(answers) == 2 && answers[0] != answers[1] {
					t.Errorf("%s %s, token %s, tells who exists:\n%s\n%s", r.Method, r.Path, what, answers[0], answers[1])
				}
			}
		}
		if after := masked(t, b.send("GET", "/users", b.token, "").Body.String()); after != before {
			t.Errorf("before: %s\nafter: %s", before, after)
		}
	})
}

// refusalFor is what wire §1.3, "Which 401 when", has for a token.
func refusalFor(r restapi.Route, token string) string {
	verb := strings.ToLower(r.Method)
	switch {
	case token == "damaged" || token == "revoked" || token == "long":
		return "Unable to authenticate due to corrupt access token"
	case token == "expired":
		return "Unable to authenticate due to expired access token"
	case strings.HasSuffix(r.Path, "activate"):
		return "No admin user access authorized"
	case r.Path == "/users" && verb == "post" && token == "none":
		return "registration is not open, please contact the app admin"
	case r.Path == "/users" || verb == "put" && r.Path == "/users/{user}":
		return "Subject does not have permission [applications:" + verb + ":" + appUUID + ":/users]"
	}
	return "Subject does not have permission [applications:" + verb + ":" + appUUID + ":/"
}
