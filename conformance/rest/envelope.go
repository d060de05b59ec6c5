package rest

import (
	"regexp"
	"slices"
	"strings"

	"causeway/conformance/caller"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// times wants the two numbers that every answer of an API call has.
func times(v caller.Value) {
	v.Get("timestamp").Int()
	v.Get("duration").Int()
}

// write wants the envelope of what changes something: with the application, and with a
// path unless that is empty.
func (p *play) write(v caller.Value, action, path string) {
	v.Get("action").Eq(action)
	p.t.True(uuid.MatchString(v.Get("application").Str()), "application is %s", v.Get("application").Raw())
	if path != "" {
		v.Get("path").Eq(path)
	}
	v.Get("uri").Word()
	v.Get("entities").List()
	org, app, _ := strings.Cut(p.site.Key, "#")
	p.t.True(strings.EqualFold(v.Get("organization").Str(), org), "organization is %s", v.Get("organization").Raw())
	p.t.True(strings.EqualFold(v.Get("applicationName").Str(), app), "applicationName is %s", v.Get("applicationName").Raw())
	times(v)
}

// read wants the envelope of users that are read.
func (p *play) read(v caller.Value, path string) {
	v.Get("action").Eq("get")
	v.Get("path").Eq("/users")
	p.uri(v, path)
	p.t.True(v.Get("count").Int() == int64(len(v.Get("entities").List())), "count is %s", v.Get("count").Raw())
	times(v)
}

// data wants the envelope of what is read of a user.
func (p *play) data(v caller.Value, path string) caller.Value {
	v.Get("action").Eq("get")
	p.uri(v, path)
	p.t.True(len(v.Get("entities").List()) == 0, "there are entities: %s", v.Get("entities").Raw())
	v.Get("count").Int()
	times(v)
	return v.Get("data")
}

// uri wants an address that ends in the path that was called.
func (p *play) uri(v caller.Value, path string) {
	p.t.True(strings.HasSuffix(v.Get("uri").Str(), path), "uri is %s, which does not end in %s", v.Get("uri").Raw(), path)
}

// entity wants what every user has.
func (p *play) entity(v caller.Value, name string) caller.Value {
	p.t.True(uuid.MatchString(v.Get("uuid").Str()), "uuid is %s", v.Get("uuid").Raw())
	v.Get("type").Eq("user")
	v.Get("username").Eq(name)
	p.t.True(v.Get("created").Int() > 1e12, "created is %s, in milliseconds", v.Get("created").Raw())
	p.t.True(v.Get("modified").Int() >= v.Get("created").Int(), "modified is %s, created %s", v.Get("modified").Raw(), v.Get("created").Raw())
	v.Get("activated").Bool()
	return v
}

// The errors of the document: status, name, exception, and what the description is like.
type failure struct {
	status    int
	errors    []string
	exception string
	text      *regexp.Regexp
}

func failures() map[string]failure {
	one := func(status int, name, exception, text string) failure {
		return failure{status, []string{name}, exception, regexp.MustCompile(text)}
	}
	return map[string]failure{
		"not found":     one(404, "service_resource_not_found", "org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException", `^Service resource not found$`),
		"no permission": one(401, "unauthorized", "org.apache.shiro.authz.UnauthorizedException", `^Subject does not have permission \[applications:[a-z]+:[^:]*:/users.*\]$`),
		"bad token":     one(401, "auth_bad_access_token", "org.apache.usergrid.rest.exceptions.SecurityException", `^Unable to authenticate due to corrupt access token$`),
		"no admin":      one(401, "unauthorized", "org.apache.usergrid.rest.exceptions.SecurityException", `^No admin user access authorized$`),
		"duplicate": one(400, "duplicate_unique_property_exists", "org.apache.usergrid.persistence.exceptions.DuplicateUniquePropertyExistsException",
			`Entity user requires that property named username be unique, value of .* exists$`),
		"no entity":   one(404, "entity_not_found", "org.apache.usergrid.persistence.exceptions.EntityNotFoundException", `^User null not found$`),
		"no property": one(400, "required_property_not_found", "org.apache.usergrid.persistence.exceptions.RequiredPropertyNotFoundException", `^Entity user requires a property named username$`),
		"management":  one(400, "management", "org.apache.usergrid.management.exceptions.ManagementException", `^User with id null does not exist in app `),
		"block":       one(400, "illegal_argument", "java.lang.IllegalArgumentException", `^attempt to adding new block\[.*\] for user\[.*\],but user\[.*\] not found\.$`),
	}
}

// fails wants an error of the document.
func (p *play) fails(a *caller.Answer, name string) {
	f, ok := failures()[name]
	p.t.True(ok, "there is no failure %q", name)
	a.Is(f.status)
	v := a.JSON()
	p.t.True(slices.ContainsFunc(f.errors, v.Get("error").Is), "error is %s, not %s", v.Get("error").Raw(), strings.Join(f.errors, " or "))
	v.Get("exception").Eq(f.exception)
	p.t.True(f.text.MatchString(v.Get("error_description").Str()), "error_description is %s", v.Get("error_description").Raw())
	times(v)
}
