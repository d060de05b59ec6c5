package oauth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// A person is somebody of whom a site is told.
type person struct {
	account jid.JID
	created time.Time
	card    card
}

// person reads what there is to tell of an account. It is bridge.ErrTokenUnknown if it is
// gone.
func (h *Handler) person(ctx context.Context, account jid.JID) (person, error) {
	created, _, ok, err := h.cfg.People.Dates(ctx, account)
	if err == nil && !ok {
		err = bridge.ErrTokenUnknown
	}
	if err != nil {
		return person{}, err
	}
	c, err := h.readCard(ctx, account)
	return person{account, created, c}, err
}

// fields gives what a site is told, as the question names it.
func (p *person) fields(w words, scope string) []field {
	c := &p.card
	list := []field{{w.Address, p.account.String()}, {w.UserName, jid.Unescape(p.account.Local())}}
	if covers(scope, scopeEmail) {
		list = append(list, field{w.Email, c.email})
	}
	if covers(scope, scopeProfile) {
		picture := ""
		if c.photo != nil || c.photoURL != "" {
			picture = w.HasPicture
		}
		list = append(list, field{w.FirstName, c.given}, field{w.LastName, c.family}, field{w.Gender, c.gender}, field{w.Birthdate, c.birth},
			field{w.Picture, picture}, field{w.Registered, p.created.UTC().Format("2006-01-02")}, field{w.Biography, c.note}, field{w.Website, c.site})
	}
	for i := range list {
		list[i].Value = cut(list[i].Value, maxShownValue)
	}
	return list
}

// userInfo has the fields of oauth #apis, in their order; then what clients read
// besides (oauth wire §5.2). All are text; what there is not is "".
type userInfo struct {
	ID           string `json:"user_id"`
	Name         string `json:"user_name"`
	Email        string `json:"user_email"`
	First        string `json:"user_firstname"`
	Last         string `json:"user_lastname"`
	Gender       string `json:"user_gender"`
	Birthdate    string `json:"user_birthdate"`
	Picture      string `json:"user_picture"`
	Cover        string `json:"user_cover"`
	Registered   string `json:"user_registered"`
	Verified     string `json:"user_verified"`
	Relationship string `json:"user_relationship"`
	Biography    string `json:"user_biography"`
	Website      string `json:"user_website"`

	PictureURL string `json:"profile_picture"`
	CoverURL   string `json:"profile_cover"`
}

// info answers api/get_user_info (oauth #apis).
func (h *Handler) info(w http.ResponseWriter, r *http.Request) {
	if open(w, r) {
		return
	}
	p, err := h.readCall(w, r)
	if err != nil {
		h.failSite(w, false, err)
		return
	}
	g, err := h.cfg.Tokens.Grant(r.Context(), bridge.AccessToken, p["access_token"])
	var who person
	if err == nil {
		who, err = h.person(r.Context(), g.User)
	}
	if err != nil {
		app := bridge.App{}
		if g.App != "" { // nobody but the site had the token
			app, _, _ = h.cfg.Apps.App(r.Context(), bridge.Site, g.App)
		}
		h.failSite(w, app.Strict, tokenFault(err))
		return
	}
	bridge.Answer(w, http.StatusOK, "", struct {
		Info userInfo `json:"user_info"`
	}{h.userInfo(r, &who, g)})
}

// tokenFault is what is said of a token that is no good.
func tokenFault(err error) error {
	switch {
	case errors.Is(err, bridge.ErrTokenExpired):
		return expiredToken
	case errors.Is(err, bridge.ErrAppDisabled):
		return appDisabled
	case isDead(err):
		return badToken
	}
	return err
}

// userInfo fills in what a token is good for.
func (h *Handler) userInfo(r *http.Request, p *person, g bridge.Grant) userInfo {
	// Nobody here vouches for people, hence "0".
	u := userInfo{ID: p.account.String(), Name: jid.Unescape(p.account.Local()), Verified: "0"}
	if covers(g.Scope, scopeEmail) {
		u.Email = p.card.email
	}
	if !covers(g.Scope, scopeProfile) {
		return u
	}
	c := &p.card
	u.First, u.Last, u.Gender, u.Birthdate, u.Biography, u.Website = c.given, c.family, c.gender, c.birth, c.note, c.site
	u.Registered = p.created.UTC().Format(time.DateTime)
	u.Picture, u.PictureURL = h.pictureOf(r, p, g.App)
	return u
}

// claims are what today's clients read (OpenID Connect Core §5.1, for names).
type claims struct {
	Sub       string `json:"sub"`
	User      string `json:"preferred_username"`
	Name      string `json:"name,omitempty"`
	Given     string `json:"given_name,omitempty"`
	Family    string `json:"family_name,omitempty"`
	Gender    string `json:"gender,omitempty"`
	Birthdate string `json:"birthdate,omitempty"`
	Picture   string `json:"picture,omitempty"`
	Website   string `json:"website,omitempty"`
	Email     string `json:"email,omitempty"`
	Verified  *bool  `json:"email_verified,omitempty"`
}

// userinfo answers a bearer of a token (RFC 6750 §2.1).
func (h *Handler) userinfo(w http.ResponseWriter, r *http.Request) {
	if open(w, r) {
		return
	}
	if wait := h.often(r); wait > 0 {
		bridge.RetryAfter(w, wait)
		bridge.Refuse(w, http.StatusTooManyRequests, "")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		bridge.Refuse(w, http.StatusMethodNotAllowed, "")
		return
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		// RFC 6750 §3.1: without any token, the answer "SHOULD NOT include an error code"
		w.Header().Set("WWW-Authenticate", `Bearer realm="oauth"`)
		bridge.Refuse(w, http.StatusUnauthorized, "")
		return
	}
	g, err := h.cfg.Tokens.Grant(r.Context(), bridge.AccessToken, strings.TrimSpace(token))
	var who person
	if err == nil {
		who, err = h.person(r.Context(), g.User)
	}
	if err != nil && !isDead(err) {
		h.failGrant(w, r, err)
		return
	}
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="oauth", error="invalid_token"`)
		bridge.Answer(w, http.StatusUnauthorized, "", map[string]string{"error": "invalid_token"})
		return
	}
	u := h.userInfo(r, &who, g)
	c := claims{Sub: u.ID, User: u.Name, Given: u.First, Family: u.Last, Gender: u.Gender, Birthdate: u.Birthdate, Picture: u.PictureURL, Website: u.Website, Email: u.Email}
	if covers(g.Scope, scopeProfile) {
		c.Name = who.card.name
	}
	if c.Email != "" {
		c.Verified = new(bool) // nobody here has asked
	}
	bridge.Answer(w, http.StatusOK, "", c)
}
