package bridge

import (
	"net/http"
	"time"
)

// A Cookie is one that this server sets for itself.
type Cookie struct {
	Name string
	Life time.Duration // 0 is until the browser ends
	// Elsewhere says that pages of other sites may have it sent, which browsers let them
	// only with TLS.
	Elsewhere bool
}

// name has a prefix by which browsers see to it that no other host and no connection in
// the clear can have set the cookie.
func (c Cookie) name(r *http.Request) string {
	if Secure(r) {
		return "__Host-" + c.Name
	}
	return c.Name
}

// Get gives the value in a request, "" if there is none.
func (c Cookie) Get(r *http.Request) string {
	found, err := r.Cookie(c.name(r))
	if err != nil {
		return ""
	}
	return found.Value
}

// Set sets the value; "" removes the cookie.
func (c Cookie) Set(w http.ResponseWriter, r *http.Request, value string) {
	k := &http.Cookie{
		Name: c.name(r), Value: value, Path: "/",
		HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode,
		MaxAge: int(c.Life / time.Second),
	}
	if c.Elsewhere && k.Secure {
		k.SameSite = http.SameSiteNoneMode
	}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(w, k)
}
