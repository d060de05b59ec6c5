package oauth

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
)

//go:embed static
var static embed.FS

// pages are the templates; each file of a page has the frame around it.
var pages = parsePages("login", "agree", "consents", "notice")

func parsePages(names ...string) map[string]*template.Template {
	m := make(map[string]*template.Template)
	for _, name := range names {
		m[name] = template.Must(template.ParseFS(static, "static/frame.html", "static/"+name+".html"))
	}
	return m
}

// A view is what a page shows.
type view struct {
	W        words
	Title    string
	Lead     string
	App      string // name of the site
	Host     string // whose accounts log in
	SentTo   string
	CSRF     string
	Fault    string
	Name     string // as it was typed
	Person   string // who is logged in
	Address  string
	Button   string
	Fields   []field
	Scope    string // what is asked for
	XMPP     bool
	Lasts    bool // the answer stands for the next time, too
	Consents []consentLine
	Done     string
	Back     string // address of where it begins again
}

// A field is something of a person that a site is given.
type field struct{ Label, Value string }

// show writes a page. To is where its forms may lead besides here.
func (h *Handler) show(w http.ResponseWriter, status int, name string, v view, to ...string) {
	var body bytes.Buffer
	if err := pages[name].ExecuteTemplate(&body, "frame", v); err != nil { // a mistake of ours
		h.fault("page", err)
		bridge.Refuse(w, http.StatusInternalServerError, "")
		return
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(body.Len()))
	head.Set("Content-Language", v.W.Lang)
	head.Set("Vary", "Accept-Language, Cookie")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+
		strings.TrimSpace("'self' "+strings.Join(to, " ")))
	head.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // who has gone needs no answer
}

// notice shows a page that says one thing.
func (h *Handler) notice(w http.ResponseWriter, r *http.Request, status int, title, text func(words) string) {
	t := wordsFor(r)
	v := view{W: t, Title: title(t), Lead: text(t)}
	if r.Method == http.MethodPost && status >= http.StatusBadRequest {
		v.Back = address(r)
	}
	h.show(w, status, "notice", v)
}

func wrongTitle(w words) string { return w.WrongTitle }

// refusePage is where faults of pages die.
func (h *Handler) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	var (
		page    *wrongPage
		problem *bridge.Problem
	)
	switch {
	case errors.As(err, &page):
		h.notice(w, r, page.status, wrongTitle, page.text)
	case isDead(err): // the site or the account has gone meanwhile
		h.notice(w, r, http.StatusOK, wrongTitle, func(w words) string { return w.AppGone })
	case errors.As(err, &problem) && problem.Status != http.StatusInternalServerError:
		bridge.RetryAfter(w, problem.Wait)
		text := func(w words) string { return w.BadRequest }
		switch problem.Status {
		case http.StatusTooManyRequests:
			text = func(w words) string { return w.TooMany }
		case http.StatusForbidden:
			text = func(w words) string { return w.OtherForm }
		case http.StatusMethodNotAllowed:
			text = func(w words) string { return w.NoMethod }
		}
		h.notice(w, r, problem.Status, wrongTitle, text)
	default:
		h.fault("page", err)
		h.notice(w, r, http.StatusInternalServerError, wrongTitle, func(w words) string { return w.OurFault })
	}
}

// readPage reads a request for a page: its parameters, and who is logged in.
func (h *Handler) readPage(w http.ResponseWriter, r *http.Request) (p bridge.Params, s session, err error) {
	if wait := h.often(r); wait > 0 {
		return nil, s, &bridge.Problem{Status: http.StatusTooManyRequests, Wait: wait}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		return nil, s, bridge.Wrong(http.StatusMethodNotAllowed, "")
	}
	if p, err = bridge.ReadParams(w, r, maxForm); err != nil {
		return nil, s, err
	}
	if s, err = h.session(r.Context(), r); err != nil {
		return nil, s, err
	}
	if r.Method == http.MethodPost && !h.ownForm(r, p, s) {
		return nil, s, bridge.Wrong(http.StatusForbidden, "")
	}
	return p, s, nil
}

// again has the browser get the page anew that it has posted to.
func again(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", address(r))
	w.WriteHeader(http.StatusSeeOther)
}

// address is what a request was sent to, on this server.
func address(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return r.URL.Path
	}
	return r.URL.Path + "?" + r.URL.RawQuery
}

// about fills a text that is about a name.
func about(text, name string) string { return fmt.Sprintf(text, name) }

func serveStyle(w http.ResponseWriter) {
	text, err := static.ReadFile("static/style.css")
	if err != nil { // it is built in
		bridge.Refuse(w, http.StatusNotFound, "")
		return
	}
	head := w.Header()
	head.Set("Content-Type", "text/css; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(len(text)))
	head.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(time.Hour/time.Second)))
	_, _ = w.Write(text) // who has gone needs no answer
}
