package caller

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"causeway/conformance/run"
)

// maxAnswer bounds one answer of a hostile target, in bytes.
const maxAnswer = 1 << 20

// A Client calls one site. What it is told is secret is not in the exchange.
type Client struct {
	Name   string
	Base   string // URL without a slash at its end
	Header http.Header

	t       *run.T
	http    *http.Client
	secrets []string
}

// New gives a client with cookies of its own, for one check.
func New(t *run.T, name, base string, conf *tls.Config) *Client {
	jar, err := cookiejar.New(nil)
	t.Errored("cookies", err)
	transport := &http.Transport{TLSClientConfig: conf, MaxConnsPerHost: 16, DisableCompression: true}
	t.Later(transport.CloseIdleConnections)
	return &Client{
		Name: name, Base: strings.TrimRight(base, "/"), Header: make(http.Header), t: t,
		http: &http.Client{
			Transport: transport, Jar: jar,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Hide keeps texts out of the exchange.
func (c *Client) Hide(secrets ...string) {
	for _, s := range secrets {
		if len(s) > 3 {
			c.secrets = append(c.secrets, s, url.QueryEscape(s))
		}
	}
}

// granted finds what a site has given leave to do things with.
var granted = regexp.MustCompile(`("access_token"\s*:\s*"|[?&"](?:access_token|auth_key)=)[^"&\s]+`)

// plain gives what the exchange has of a text: its beginning, without secrets.
func (c *Client) plain(text string) string {
	const most = 8 << 10
	text = text[:min(len(text), most)]
	text = granted.ReplaceAllString(text, "$1…")
	for _, s := range c.secrets {
		text = strings.ReplaceAll(text, s, "…")
	}
	return text
}

// A Request is what is called. Path is put behind Base, unless it is a URL.
type Request struct {
	Method string // "" is GET
	Path   string
	Query  url.Values
	Form   url.Values // sent as the body
	Body   string
	Type   string // of the body; "" of a form is the usual one, of anything else none
	Header map[string]string
	Wait   time.Duration // 0 is the patience of the check
	Once   bool          // it is not made again, whatever is answered
	// Again reports whether an answer means that the call has come too soon and is to be
	// made again; status 429 always does.
	Again func(*Answer) bool
}

// An Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	URL    *url.URL // that was called
	t      *run.T
}

// Call makes a call and waits for its answer.
func (c *Client) Call(r Request) *Answer {
	return c.Begin(r).Wait()
}

// Farewell makes a call at the end of a check, also when its time is over; nobody minds
// whether it is answered.
func (c *Client) Farewell(r Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context), c.t.Patience)
	defer cancel()
	req, err := c.request(ctx, r)
	if err == nil {
		_, _ = c.do(req, nil)
	}
}

// A Pending is a call whose answer is still to come.
type Pending struct {
	c    *Client
	what string
	done chan struct{}
	a    *Answer
	err  error
}

// Begin makes a call and does not wait. It ends with its answer, its time, or the check.
func (c *Client) Begin(r Request) *Pending {
	if r.Wait == 0 {
		r.Wait = c.t.Patience
	}
	ctx, cancel := context.WithTimeout(c.t.Context, r.Wait)
	req, err := c.request(ctx, r)
	if err != nil {
		cancel()
		c.t.Errored("call", err)
	}
	p := &Pending{c: c, what: req.Method + " " + c.plain(req.URL.RequestURI()), done: make(chan struct{})}
	c.t.Log().Out(c.Name, p.what+" "+c.plain(body(r)))
	// Ends with the call, which its context ends.
	go func() {
		defer close(p.done)
		defer cancel()
		if r.Once {
			p.a, p.err = c.once(req)
		} else {
			p.a, p.err = c.do(req, r.Again)
		}
		if p.err != nil {
			c.t.Log().Note(c.Name, c.plain(p.err.Error()))
			return
		}
		c.t.Log().In(c.Name, fmt.Sprintf("%d %s %s", p.a.Status, p.a.Header.Get("Content-Type"), c.plain(p.a.Body)))
	}()
	c.t.Later(cancel)
	return p
}

func body(r Request) string {
	if r.Form != nil {
		return r.Form.Encode()
	}
	return r.Body
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	at := r.Path
	if !strings.Contains(at, "://") {
		at = c.Base + at
	}
	if len(r.Query) > 0 {
		sep := "?"
		if strings.Contains(at, "?") {
			sep = "&"
		}
		at += sep + r.Query.Encode()
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var content io.Reader = http.NoBody
	if text := body(r); text != "" {
		content = strings.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, at, content)
	if err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		req.Header[name] = values
	}
	if r.Form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.Type != "" {
		req.Header.Set("Content-Type", r.Type)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// do makes a call, again and again while the site asks for slowness.
func (c *Client) do(req *http.Request, again func(*Answer) bool) (*Answer, error) {
	for {
		a, err := c.once(req)
		if err != nil || a.Status != http.StatusTooManyRequests && (again == nil || !again(a)) {
			return a, err
		}
		timer := time.NewTimer(retry)
		select {
		case <-timer.C:
		case <-req.Context().Done():
			timer.Stop()
			return a, nil
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// retry is the pause before a call that came too soon is made again.
const retry = 300 * time.Millisecond

func (c *Client) once(req *http.Request) (*Answer, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("status %d, then %w", res.StatusCode, err)
	}
	return &Answer{Status: res.StatusCode, Header: res.Header, Body: string(text), URL: req.URL, t: c.t}, nil
}

// Wait waits for the answer, and ends the check if there is none.
func (p *Pending) Wait() *Answer {
	<-p.done
	if p.err == nil {
		return p.a
	}
	var op *net.OpError
	if errors.As(p.err, &op) && op.Op == "dial" {
		p.c.t.Errored(p.what, p.err)
	}
	p.c.t.Failf("%s: no answer: %s", p.what, p.c.plain(p.err.Error()))
	return nil
}

// Ended gives the answer if there is one within a limit, else nil: an error is none.
func (p *Pending) Ended(limit time.Duration) *Answer {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.a
	case <-timer.C:
		return nil
	}
}
