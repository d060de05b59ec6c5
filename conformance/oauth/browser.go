package oauth

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"causeway/conformance/caller"
)

// A browser is of one person, and goes the way that pages show it.
type browser struct {
	p        *play
	c        *caller.Client
	who      Person
	seen     []*caller.Answer // pages
	consents int
	spoil    bool // what is hidden in the form that asks for consent is not sent
}

func (p *play) browser(person int) *browser {
	return &browser{p: p, c: p.client("browser"), who: p.site.People[person]}
}

// walk goes to an address and on from there, signs in where a page asks for a password,
// and consents where it asks for that. It gives the address of the app that it is sent
// back to, nil if it comes to an end before.
func (b *browser) walk(address string) *url.URL {
	next := caller.Request{Path: address}
	signed := 0
	const most = 12 // pages and redirects
	for range most {
		a := b.c.Call(next)
		if to := b.redirect(a); to != nil {
			if strings.HasPrefix(to.String(), b.p.site.Redirect) {
				return to
			}
			next = caller.Request{Path: to.String()}
			continue
		}
		b.seen = append(b.seen, a)
		f := choose(a)
		if f == nil {
			return nil
		}
		if f.password != "" {
			if signed++; signed > 1 {
				return nil // the password was wrong
			}
			f.fill(b.who)
		} else {
			b.consents++
			if b.spoil {
				f.spoil(b.p.site)
			}
		}
		at, err := a.URL.Parse(f.action)
		if err != nil {
			return nil
		}
		next = caller.Request{Method: f.method, Path: at.String(), Header: map[string]string{
			"Origin": a.URL.Scheme + "://" + a.URL.Host, "Referer": a.URL.String(), "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate",
		}}
		if f.method == http.MethodPost {
			next.Form = f.values
		} else {
			next.Query = f.values
		}
	}
	return nil
}

// redirect gives where an answer sends the browser: by a status, or as a script would
// read it.
func (b *browser) redirect(a *caller.Answer) *url.URL {
	to := a.Header.Get("Location")
	if a.Status < 300 || a.Status > 399 {
		to = ""
	}
	if a.MediaType() == "application/json" {
		if v := a.JSON().Get("redirect_url"); !v.None() {
			to = v.Str()
		}
	}
	if to == "" {
		return nil
	}
	at, err := a.URL.Parse(to)
	b.p.t.True(err == nil, "a redirect to %q", to)
	return at
}

// A form is one of a page.
type form struct {
	action, method string
	values         url.Values
	name           string // of the field before the password
	password       string // the name of its field
	hidden         []string
}

func (f *form) fill(who Person) {
	f.values.Set(f.name, who.User)
	f.values.Set(f.password, who.Password)
}

// spoil changes what the page alone knows: not what the link had.
func (f *form) spoil(s *Site) {
	for _, name := range f.hidden {
		if v := f.values.Get(name); v != "" && v != s.App && v != s.Redirect {
			f.values.Set(name, "spoilt")
		}
	}
}

// no finds buttons that refuse.
var no = regexp.MustCompile(`(?i)cancel|deny|refuse|reject|decline|annul|\bno\b|not you|sign ?out|log ?out|revoke|another`)

// choose finds the form that goes on: one with a password, or else the first that is
// posted and does not refuse.
func choose(a *caller.Answer) *form {
	root, err := html.Parse(strings.NewReader(a.Body))
	if err != nil || a.Status != http.StatusOK {
		return nil
	}
	var found *form
	walkNodes(root, func(n *html.Node) {
		if n.Data != "form" {
			return
		}
		f := read(n)
		switch {
		case f == nil:
		case f.password != "":
			found = f
		case found == nil && f.method == http.MethodPost:
			found = f
		}
	})
	return found
}

// read gives what a browser would send of a form with the button that agrees; nil if all
// its buttons refuse.
func read(n *html.Node) *form {
	f := &form{action: attr(n, "action"), method: strings.ToUpper(attr(n, "method")), values: make(url.Values)}
	if f.method == "" {
		f.method = http.MethodGet
	}
	buttons, agreed := 0, false
	last := ""
	walkNodes(n, func(e *html.Node) {
		name, value, typ := attr(e, "name"), attr(e, "value"), strings.ToLower(attr(e, "type"))
		switch {
		case e.Data == "button" || e.Data == "input" && typ == "submit":
			buttons++
			if agreed || typ == "button" || no.MatchString(name+" "+value+" "+attr(e, "formaction")+" "+text(e)) {
				return
			}
			agreed = true
			if name != "" {
				f.values.Set(name, value)
			}
		case e.Data != "input" || name == "":
		case typ == "password":
			f.password, f.name = name, last
		case typ == "checkbox" || typ == "radio":
			f.values.Set(name, value)
		default:
			if typ == "hidden" {
				f.hidden = append(f.hidden, name)
			} else {
				last = name
			}
			f.values.Set(name, value)
		}
	})
	if buttons > 0 && !agreed {
		return nil
	}
	return f
}

func walkNodes(n *html.Node, see func(*html.Node)) {
	for e := range n.Descendants() {
		if e.Type == html.ElementNode {
			see(e)
		}
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	for e := range n.Descendants() {
		if e.Type == html.TextNode {
			b.WriteString(e.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
