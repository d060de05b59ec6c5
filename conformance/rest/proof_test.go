package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"causeway/conformance/prove"
	"causeway/conformance/run"
)

const anywhere = `.`

// mutants gives the ways in which a service is wrong: in what passes, and in what the
// fake does by a switch of that name.
func mutants() []prove.Mutant {
	list := []prove.Mutant{
		prove.Body("the token is empty", `^POST .*/token`, `"access_token":"[^"]*"`, `"access_token":""`),
		prove.Body("expires_in is a string", `/token`, `"expires_in":(\d+)`, `"expires_in":"$1"`),
		prove.Body("the error of the token is another", `/token`, `invalid_grant`, `invalid_client`),
		prove.Body("the error of the token says something else", `/token`, `client_id does not match`, `no`),
		prove.Body("the error of the token says more", `/token`, `"error":`, `"timestamp":1,"error":`),
		{Name: "JSON is JSON by its type only", Before: func(r *http.Request) bool {
			if r.Header.Get("Content-Type") != "application/json" {
				r.Body = http.NoBody
			}
			return true
		}},
		{Name: "an empty Authorization is a wrong one", After: func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
			if a, ok := r.Header["Authorization"]; ok && strings.TrimSpace(a[0]) == "Bearer" {
				rec.Code = http.StatusUnauthorized
			}
			return body
		}},
		prove.Header("the type is that of text", anywhere, "Content-Type", "text/plain"),
		prove.Header("everybody keeps everything", anywhere, "Cache-Control", "max-age=60"),
		prove.Status("what is not there is status 400", anywhere, 404, 400),
		prove.Status("who may not is status 403", anywhere, 401, 403),
		prove.Status("bad requests are status 500", anywhere, 400, 500),
		prove.Status("bad requests are status 200", anywhere, 400, 200),
		prove.Status("what is not there is status 200", anywhere, 404, 200),
		prove.Body("what is not there is another error", `.`, `service_resource_not_found`, `not_found`),
		prove.Body("what is not there is another exception", `.`, `ServiceResourceNotFoundException`, `NotFoundException`),
		prove.Body("who may not is another error", `.`, `"unauthorized"`, `"forbidden"`),
		prove.Body("who may not is told something else", `.`, `Subject does not have permission`, `No`),
		prove.Body("a bad token is another error", `.`, `auth_bad_access_token`, `auth`),
		prove.Body("a bad token is unauthorized", `^POST`, `auth_bad_access_token`, `unauthorized`),
		prove.Body("a duplicate is another error", `.`, `duplicate_unique_property_exists`, `duplicate`),
		prove.Body("a duplicate is told something else", `.`, `must? be unique|be unique`, `be one`),
		prove.Body("no entity is another error", `.`, `entity_not_found`, `not_found`),
		prove.Body("no property is another error", `.`, `required_property_not_found`, `not_found`),
		prove.Body("management is another error", `.`, `"management"`, `"manager"`),
		prove.Body("blocking nobody is told something else", `.`, `attempt to adding`, `attempt at adding`),
		prove.Body("no admin is told something else", `.`, `No admin user access authorized`, `No`),
		prove.Body("no admin is told to those who enable something else", `/activate`, `No admin user access authorized`, `No`),
		prove.Body("errors have no time", `.`, `("error":"[^"]*","error_description":"[^"]*","exception":"[^"]*"),"timestamp":\d+`, `$1`),
		prove.Body("users have no uuid", `.`, `"uuid":"[^"]*"`, `"uuid":"1"`),
		prove.Body("times are in seconds", `^POST`, `("created":\d+)\d\d\d`, `$1`),
		prove.Body("users that are registered are not activated", `^POST .*/users$`, `"activated":true`, `"activated":false`),
		prove.Body("users that are registered have no nickname", `^POST .*/users$`, `"nickname":"[^"]*",?`, `"nickname":"",`),
		prove.Body("users that are read have no nickname", `^GET .*/users/\w+$`, `"nickname":"[^"]*",?`, `"nickname":"",`),
		prove.Body("users that are registered have another name", `^POST .*/users$`, `"username":"`, `"username":"x`),
		prove.Body("the action of registering is another", `^POST .*/users$`, `"action":"post"`, `"action":"put"`),
		prove.Body("registering has no application", `^POST .*/users$`, `"application":"[^"]*"`, `"application":""`),
		prove.Body("registering has data of nobody", `^POST .*/users$`, `"data":\[\]`, `"data":[{}]`),
		prove.Body("the reason is another", `^POST .*/users$`, `already exists`, `is there`),
		prove.Body("reading has no count", `^GET .*/users/\w+$`, `"count":1,`, ``),
		prove.Body("new users have settings", `^GET`, `"nickname"`, `"notification_display_style":0,"nickname"`),
		prove.Body("new users have passwords", `^GET .*/users/`, `"nickname"`, `"password":"pencil-9","nickname"`),
		prove.Body("the uri is another", `^GET`, `"uri":"[^"]*"`, `"uri":"http://tomcat/"`),
		prove.Body("lists have no cursor", `^GET`, `"cursor":"\d+",`, ``),
		prove.Body("lists have a cursor always", `^GET`, `("count":\d+),"d`, `$1,"cursor":"0","d`),
		prove.Body("lists have no params", `^GET`, `"params":\{[^}]*\}`, `"params":{}`),
		prove.Ask("the cursor is not looked at", `^GET`, `cursor=\d+`, `cursor=`),
		prove.Ask("the limit is not looked at", `^GET`, `limit=\d+`, `limit=1`),
		prove.Status("a strange limit is a fault", `limit=abc`, 200, 500),
		prove.Body("the action of deleting is another", `^DELETE`, `"action":"delete"`, `"action":"post"`),
		prove.Body("the limit of deleting is not told", `^DELETE`, `"params":\{[^}]*\}`, `"params":{}`),
		prove.Body("the action of passwords is another", `/password`, `set user password`, `put`),
		prove.Body("the action of changes is another", `^PUT`, `"action":"put"`, `"action":"post"`),
		prove.Body("nicknames are not changed", `^PUT`, `"nickname":"testuser"`, `"nickname":"x"`),
		prove.Body("styles are strings", `^PUT`, `("notification_display_style":)(\d)`, `$1"$2"`),
		prove.Body("hours are strings", `^PUT`, `("notification_no_disturbing_\w+":)(\d)`, `$1"$2"`),
		prove.Body("disturbance is a string", `^PUT`, `("notification_no_disturbing":)(true|false)`, `$1"$2"`),
		prove.Body("disturbance never ends", `^PUT`, `"notification_no_disturbing":false`, `"notification_no_disturbing":true`),
		prove.Status("blanks are of the name", `%20`, 200, 404),
		prove.Body("contacts have another path", `/contacts/users/`, `"path":"[^"]*"`, `"path":"/users"`),
		prove.Body("contacts are not told", `^POST .*/contacts/users/`, `"entities":\[.*?\]`, `"entities":[]`),
		prove.Lie("contacts are not removed", `^DELETE .*/contacts/`, `{}`),
		prove.Body("the list of contacts has no count", `^GET .*/contacts/`, `"count":2`, `"count":0`),
		prove.Body("contacts are objects", `^GET .*/contacts/`, `"data":\[[^\]]*\]`, `"data":{}`),
		prove.Body("blocks are not told", `^POST .*/blocks/`, `"data":\[[^\]]*\]`, `"data":[]`),
		prove.Body("blocks have entities", `^POST .*/blocks/`, `"entities":\[\]`, `"entities":[{}]`),
		prove.Body("blacklists are empty", `^GET .*/blocks/`, `"data":\[[^\]]*\]`, `"data":[]`),
		prove.Body("blocks have another path", `^DELETE .*/blocks/`, `"path":"[^"]*"`, `"path":"/users"`),
		prove.Body("nobody is offline", `/status$`, `"offline"`, `"away"`),
		prove.Body("the action of statuses is another", `/batch/status`, `get batch user status`, `post`),
		prove.Body("status counts", `/status$`, `"count":0`, `"count":1`),
		prove.Body("unknown users are unknown", `/batch/status`, `"offline"`, `"unknown"`),
		prove.Body("numbers of messages are strings", `/offline_msg_count`, `:0\}`, `:"0"}`),
		prove.Body("messages are lost", `/offline_msg_status`, `delivered`, `lost`),
		prove.Body("the action of disabling is another", `/deactivate`, `Deactivate user`, `deactivate user`),
		prove.Body("the action of enabling is another", `/activate`, `activate user`, `activate`),
		prove.Body("the result is a string", `/disconnect`, `"result":true`, `"result":"true"`),
		prove.Status("slashes matter", `/users/$`, 200, 404),
		prove.Status("bodies matter", `^DELETE`, 200, 415),
		prove.Body("errors are text", `/sonnets`, `(?s).*`, `no`),
		prove.Body("unknown apps are text", `/token`, `(?s).*Could not find.*`, `no`),
	}
	for _, name := range switches() {
		list = append(list, prove.Mutant{Name: name})
	}
	return list
}

func switches() []string {
	return []string{
		"any client_id is good", "any client_secret is good", "tokens are good for nothing", "any token is good", "no token is needed", "no token is needed to disable",
		"strangers learn who is there", "any name is good", "names of 65 bytes are good", "UUIDs are names", "names have 63 bytes", "dots are not good", "no name is good",
		"no password is good", "passwords of any length are good", "nicknames of any length are good", "case matters", "names need not be unique", "names are lower case", "one bad user spoils the others", "deleting many does nothing",
		"nobody is deleted", "a change makes users", "names can be changed", "any hour is good", "nobody is disabled", "nobody is enabled", "more than a hundred are good",
		"statuses come in another order", "contacts have one direction", "who was blocked is a contact no more", "some are blocked", "users are not sorted",
	}
}

// TestProof: a good service passes every check, and each check notices one that is
// wrong. What needs XMPP is shown by package judge.
func TestProof(t *testing.T) {
	prove.Checks(t, func(mutant string) (run.Config, []run.Check, func()) {
		server := prove.Serve(mutants(), mutant, newFake(mutant))
		s := &Site{URL: server.URL, Key: "chat-demo#testapp", ID: fakeID, Secret: fakeSecret, Destructive: true}
		target := &run.Target{Patience: prove.Patience}
		offers, err := Probe(t.Context(), s, target)
		if err != nil {
			offers = run.Offering(Open, Destructive)
		}
		checks := Checks(s)
		var seen []run.Check
		for _, c := range checks {
			if len(c.Needs) == 0 || c.Needs[0] != XMPP {
				seen = append(seen, c)
			}
		}
		return run.Config{Target: target, Offers: offers, Parallel: 1}, seen, server.Close
	}, prove.Names(mutants()))
}
