package rest

import (
	"fmt"
	"net/http"
	"time"
)

// A problem is an answer that says no: one of the bodies in wire §1.3, letter for letter.
type problem struct {
	status    int
	code      string // "error" of the body
	exception string
	text      string        // "error_description"
	bare      bool          // the body has two keys only (wire E10)
	wait      time.Duration // when to try again
}

func (p *problem) Error() string { return p.code + ": " + p.text }

// The exceptions that the bodies name. Clients have been seen to match on error at most,
// but people search for these.
const (
	shiro       = "org.apache.shiro.authz.UnauthorizedException"
	security    = "org.apache.usergrid.rest.exceptions.SecurityException"
	illegal     = "java.lang.IllegalArgumentException"
	noResource  = "org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException"
	noEntity    = "org.apache.usergrid.persistence.exceptions.EntityNotFoundException"
	duplicate   = "org.apache.usergrid.persistence.exceptions.DuplicateUniquePropertyExistsException"
	required    = "org.apache.usergrid.persistence.exceptions.RequiredPropertyNotFoundException"
	management  = "org.apache.usergrid.management.exceptions.ManagementException"
	jsonParse   = "org.codehaus.jackson.JsonParseException"
	webApp      = "javax.ws.rs.WebApplicationException"
	noApp       = "org.apache.usergrid.rest.exceptions.OrganizationApplicationNotFoundException"
	overRate    = "org.apache.usergrid.rest.exceptions.ReachLimitException"
	overQuota   = "org.apache.usergrid.rest.exceptions.ResourceLimitedException"
	badRequest  = http.StatusBadRequest
	notFound    = http.StatusNotFound
	notAllowed  = http.StatusUnauthorized
	tooMany     = http.StatusTooManyRequests
	unspecified = http.StatusInternalServerError
)

// wire §1.3 E1 to E10, by what they mean.
func errMissing() *problem { // E1
	return &problem{status: notFound, code: "service_resource_not_found", exception: noResource, text: "Service resource not found"}
}

func errPermission(verb, app, path string) *problem { // E2
	return &problem{status: notAllowed, code: "unauthorized", exception: shiro, text: fmt.Sprintf("Subject does not have permission [applications:%s:%s:%s]", verb, app, path)}
}

func errCorrupt() *problem { // E3
	return &problem{status: notAllowed, code: "auth_bad_access_token", exception: security, text: "Unable to authenticate due to corrupt access token"}
}

func errExpired() *problem {
	return &problem{status: notAllowed, code: "unauthorized", exception: security, text: "Unable to authenticate due to expired access token"}
}

func errNoAdmin() *problem { // E4
	return &problem{status: notAllowed, code: "unauthorized", exception: security, text: "No admin user access authorized"}
}

func errClosed() *problem { // E4b
	return &problem{status: notAllowed, code: "unauthorized", exception: security, text: "registration is not open, please contact the app admin"}
}

func errBatchNeedsToken() *problem { // wire §1.4, of arrays where registration is open
	return &problem{status: notAllowed, code: "unauthorized", exception: security, text: "only authorised registration is supported"}
}

func errDuplicate(name string) *problem { // E5
	return &problem{
		status: badRequest, code: "duplicate_unique_property_exists", exception: duplicate,
		text: fmt.Sprintf("Request null Entity user requires that property named username be unique, value of %s exists", name),
	}
}

func errNoEntity() *problem { // E6
	return &problem{status: notFound, code: "entity_not_found", exception: noEntity, text: "User null not found"}
}

func errNoUsername() *problem { // E7
	return &problem{status: badRequest, code: "required_property_not_found", exception: required, text: "Entity user requires a property named username"}
}

func errManagement(app string) *problem { // E8
	return &problem{status: badRequest, code: "management", exception: management, text: "User with id null does not exist in app " + app}
}

func errNobodyToBlock(name, owner string) *problem { // E9
	return errIllegal(fmt.Sprintf("attempt to adding new block[%s] for user[%s],but user[%s] not found.", name, owner, name))
}

func errGrant(text string) *problem { // E10
	return &problem{status: badRequest, code: "invalid_grant", text: text, bare: true}
}

func errIllegal(text string) *problem {
	return &problem{status: badRequest, code: "illegal_argument", exception: illegal, text: text}
}

func errJSON(text string) *problem {
	return &problem{status: badRequest, code: "json_parse", exception: jsonParse, text: text}
}

func errNoApp(org, app, path string) *problem {
	return &problem{
		status: notFound, code: "organization_application_not_found", exception: noApp,
		text: fmt.Sprintf("Could not find application for %s/%s from URI: %s", org, app, path),
	}
}

func errWeb(status int, text string) *problem {
	return &problem{status: status, code: "web_application", exception: webApp, text: text}
}

// errRate is a rate that was too high, errQuota something of which there is enough.
func errRate(wait time.Duration) *problem {
	return &problem{status: tooMany, code: "reach_limit", exception: overRate, text: "This request has reached api limit", wait: wait}
}

func errQuota(text string) *problem {
	return &problem{status: http.StatusForbidden, code: "resource_limited", exception: overQuota, text: text}
}

// body writes the problem as JSON.
func (p *problem) body(c *call) object {
	if p.bare {
		return object{{"error_description", p.text}, {"error", p.code}}
	}
	return object{
		{"error", p.code},
		{"timestamp", c.began.UnixMilli()},
		{"duration", c.took()},
		{"exception", p.exception},
		{"error_description", p.text},
	}
}
