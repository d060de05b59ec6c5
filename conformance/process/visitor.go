package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A Visitor is a browser of somebody who logs in to sites with an account (oauth #start).
// It follows no redirect.
type Visitor struct {
	*http.Client
	Name string // of the account

	base string
}

// NewVisitor opens a browser.
func (s *Server) NewVisitor(t testing.TB, name string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &Visitor{Name: name, base: "https://" + s.Domain, Client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: s.TLS(), MaxIdleConnsPerHost: 100,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
			},
		},
	}}
	t.Cleanup(v.CloseIdleConnections)
	return v
}

// Fetch gets a path of the server, and gives its body too.
func (v *Visitor) Fetch(path string) (r *http.Response, body string, err error) {
	return whole(v.Get(v.base + path))
}

// Post posts a form to a path of the server.
func (v *Visitor) Post(path string, pairs ...string) (r *http.Response, body string, err error) {
	form := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return whole(v.PostForm(v.base+path, form))
}

func whole(r *http.Response, err error) (*http.Response, string, error) {
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return r, string(body), err
}

var hidden = regexp.MustCompile(`name="(csrf|scope_shown)" value="([^"]*)"`)

// Arrive goes to where a site sends people, logs in and agrees as far as that is asked, and
// gives where it is sent back to.
func (v *Visitor) Arrive(path string) (*url.URL, error) {
	const most = 6 // pages, and ways between them
	for range most {
		r, body, err := v.Fetch(path)
		if err != nil {
			return nil, err
		}
		if r.StatusCode == http.StatusOK {
			pairs := []string{"do", "agree"}
			for _, m := range hidden.FindAllStringSubmatch(body, -1) {
				pairs = append(pairs, m[1], m[2])
			}
			if strings.Contains(body, `type="password"`) {
				pairs = append(pairs, "do", "log-in", "name", v.Name, "password", Password)
			}
			if r, body, err = v.Post(path, pairs...); err != nil {
				return nil, err
			}
		}
		to, err := r.Location()
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %s", r.Status, body)
		case !strings.HasPrefix(to.String(), v.base):
			return to, nil
		}
	}
	return nil, errors.New("the pages lead nowhere")
}
