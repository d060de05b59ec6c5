package rest

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"
)

// An endpoint is one row of the table of wire §1.2.
type endpoint struct {
	method string
	path   string // below org and app
	guard  guard
	do     func(c *call, ctx context.Context) (any, error)
}

// ServeHTTP is there for mux, which only finds endpoints; Handler.route calls do.
func (*endpoint) ServeHTTP(http.ResponseWriter, *http.Request) {}

// endpoints are all of them. What is more special comes first: there may be a user who is
// called "batch".
func endpoints() []endpoint {
	return append(coreEndpoints(), moreEndpoints()...)
}

func coreEndpoints() []endpoint {
	const one = "/users/{user}"
	return []endpoint{
		{http.MethodPost, "/token", forToken, (*call).token},
		{http.MethodGet, "/token", forToken, (*call).token},
		{http.MethodGet, "/openapi.json", forAll, (*call).document},

		{http.MethodPost, "/users", forRegistrars, (*call).register},
		{http.MethodGet, "/users", forAdminsOfAll, (*call).list},
		{http.MethodDelete, "/users", forAdminsOfAll, (*call).removeSome},
		{http.MethodPost, "/users/batch/status", forAdmins, (*call).statuses},

		{http.MethodGet, one, forAdmins, (*call).show},
		{http.MethodPut, one, forAdminsOfAll, (*call).change},
		{http.MethodDelete, one, forAdmins, (*call).remove},
		{http.MethodPut, one + "/password", forSelf, (*call).password},

		{http.MethodGet, one + "/contacts/users", forAdmins, (*call).contacts},
		{http.MethodPost, one + "/contacts/users/{contact}", forAdmins, (*call).addContact},
		{http.MethodDelete, one + "/contacts/users/{contact}", forAdmins, (*call).removeContact},

		{http.MethodGet, one + "/blocks/users", forAdmins, (*call).blocks},
		{http.MethodPost, one + "/blocks/users", forAdmins, (*call).addBlocks},
		{http.MethodDelete, one + "/blocks/users/{blocked}", forAdmins, (*call).removeBlock},

		{http.MethodGet, one + "/status", forAdmins, (*call).status},
		{http.MethodGet, one + "/offline_msg_count", forAdmins, (*call).offlineCount},
		{http.MethodGet, one + "/offline_msg_status/{message}", forAdmins, (*call).offlineStatus},

		{http.MethodPost, one + "/deactivate", forManagers, (*call).deactivate},
		{http.MethodPost, one + "/activate", forManagers, (*call).activate},
		{http.MethodGet, one + "/disconnect", forAdmins, (*call).disconnect},
	}
}

// newRouter makes what finds the endpoint of a path.
func newRouter() *mux.Router {
	r := mux.NewRouter().UseEncodedPath().SkipClean(true)
	for _, e := range endpoints() {
		r.Path("/{org}/{app}" + e.path).Methods(e.method).Handler(&e)
	}
	return r
}
