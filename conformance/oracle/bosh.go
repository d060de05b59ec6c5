package oracle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The namespaces of XEP-0124 and XEP-0206.
const (
	NSBody = "http://jabber.org/protocol/httpbind"
	NSBOSH = "urn:xmpp:xbosh"
)

// A Poster posts bodies to a connection manager (XEP-0124 #overview).
type Poster struct {
	URL      string
	Patience time.Duration
	Log      *Log
	client   *http.Client
}

// NewPoster gives one with connections of its own.
func NewPoster(url string, conf *tls.Config, patience time.Duration, log *Log) *Poster {
	return &Poster{URL: url, Patience: patience, Log: log, client: &http.Client{
		Timeout:   patience + longest*time.Second,
		Transport: &http.Transport{TLSClientConfig: conf, MaxConnsPerHost: 4},
	}}
}

// longest is the wait that sessions ask for, in seconds.
const longest = 5

// A Reply is what a connection manager answered.
type Reply struct {
	Status int
	Header http.Header
	Text   string
	Body   *Element // nil if the text is no element
}

// Post posts a text.
func (p *Poster) Post(ctx context.Context, text string) (Reply, error) {
	p.Log.Out("http", text)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, strings.NewReader(text))
	if err != nil {
		return Reply{}, err
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	res, err := p.client.Do(req)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(res.Body, maxElement))
	if err != nil {
		return Reply{}, err
	}
	p.Log.In("http", fmt.Sprintf("%d %s", res.StatusCode, got))
	r := Reply{Status: res.StatusCode, Header: res.Header, Text: string(got)}
	if e, err := ParseAlone(r.Text); err == nil {
		r.Body = e
	}
	return r, nil
}

// Close drops the connections.
func (p *Poster) Close() { p.client.CloseIdleConnections() }

// bosh is a transport over a Poster.
type bosh struct {
	p      *Poster
	domain string

	ctx    context.Context //nolint:containedctx // ends the requests when the stream is closed; a transport has no other way
	cancel context.CancelFunc
	arrive chan answer

	mu      sync.Mutex
	rid     int64
	sid     string
	waiting int  // requests that are under way
	fresh   bool // the next text opens the stream again
}

// DialBOSH gives a stream over HTTP; the session begins when it is opened.
func DialBOSH(ctx context.Context, address string, conf *tls.Config, patience time.Duration, log *Log) *Stream {
	ctx, cancel := context.WithCancel(ctx)
	b := &bosh{
		p: NewPoster(address, conf, patience, nil), ctx: ctx, cancel: cancel,
		arrive: make(chan answer, 64), rid: rand.Int64N(1 << 40),
	}
	return &Stream{Patience: patience, Log: log, t: b}
}

// open gives the payload that begins the session or, after SASL, restarts its stream
// (XEP-0206 #preconditions-sasl); it is empty, since attributes of the body do it.
func (b *bosh) open(domain string) string {
	b.domain, b.fresh = domain, true
	return ""
}

func (b *bosh) send(text string, _ time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.post(text)
	return nil
}

// post sends one body on its way. The lock is held.
func (b *bosh) post(text string) {
	b.rid++
	attrs := " rid='" + strconv.FormatInt(b.rid, 10) + "'"
	first := b.sid == ""
	switch {
	case first:
		attrs += fmt.Sprintf(" to='%s' wait='%d' hold='1' ver='1.6' xml:lang='en' xmpp:version='1.0'", Escape(b.domain), longest)
	case b.fresh:
		attrs += " sid='" + Escape(b.sid) + "' to='" + Escape(b.domain) + "' xmpp:restart='true'"
	default:
		attrs += " sid='" + Escape(b.sid) + "'"
	}
	b.fresh = false
	b.waiting++
	body := "<body xmlns='" + NSBody + "' xmlns:xmpp='" + NSBOSH + "'" + attrs + ">" + text + "</body>"
	// Ends with its request, which close ends.
	go func() {
		r, err := b.p.Post(b.ctx, body)
		b.mu.Lock()
		b.waiting--
		if err == nil && r.Body != nil && first {
			b.sid = r.Body.Attr("sid")
		}
		b.mu.Unlock()
		b.arrived(r, err, first)
	}()
}

// arrived hands on what a reply holds.
func (b *bosh) arrived(r Reply, err error, first bool) {
	give := func(a answer) {
		select {
		case b.arrive <- a:
		case <-b.ctx.Done():
		}
	}
	switch {
	case err != nil:
		give(answer{err: err})
		return
	case r.Body == nil:
		give(answer{raw: r.Text, err: fmt.Errorf("status %d without a body", r.Status)})
		return
	case first:
		give(answer{e: r.Body, raw: r.Text})
	}
	for _, c := range r.Body.Children {
		c.Raw = r.Text
		give(answer{e: c, raw: r.Text})
	}
	if r.Body.Attr("type") == "terminate" {
		give(answer{raw: r.Text, err: ErrClosed})
		return
	}
	give(answer{}) // wakes next, which may have to ask again
}

func (b *bosh) next() (*Element, string, error) {
	for {
		b.mu.Lock()
		if b.waiting == 0 && b.sid != "" && len(b.arrive) == 0 {
			b.post("")
		}
		b.mu.Unlock()
		select {
		case a := <-b.arrive:
			if a.e != nil || a.err != nil {
				return a.e, a.raw, a.err
			}
		case <-b.ctx.Done():
			return nil, "", errors.New("closed")
		}
	}
}

func (b *bosh) restart() {}

func (b *bosh) close() {
	b.cancel()
	b.p.Close()
}
