package plays

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"

	"causeway/conformance/wire"
)

// maxBody is the most that is read of an answer, in bytes.
const maxBody = 1 << 20

// http sends the request of one file and holds the answer against another.
func (x *performance) http(words []string, jar http.CookieJar) error {
	if len(words) != 3 {
		return fmt.Errorf("a request, a response, and why, not %q", words)
	}
	request, err := readRequest(x.filled(words[0]), x.out.Replace(hosts[0]))
	if err != nil {
		return err
	}
	transport := x.transport()
	defer transport.CloseIdleConnections()
	if jar != nil {
		for _, c := range jar.Cookies(request.URL) {
			request.AddCookie(c)
		}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	if jar != nil {
		jar.SetCookies(request.URL, response.Cookies())
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return err
	}
	if err := x.answered(x.pattern(words[1]), response, string(body)); err != nil {
		return fmt.Errorf("%w\nthe answer: %s %v\n%s", err, response.Status, response.Header, body)
	}
	return nil
}

// transport connects to the server, whatever host a URL names.
func (x *performance) transport() *http.Transport {
	cfg := x.server.TLS()
	cfg.ServerName = "" // that of the URL
	return &http.Transport{
		TLSClientConfig:   cfg,
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: wire.Patience}).DialContext(ctx, network, x.server.HTTPAddr)
		},
		ResponseHeaderTimeout: wire.Patience,
	}
}

// readRequest makes the request that a file describes.
func readRequest(text, host string) (*http.Request, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	method, url, ok := strings.Cut(lines[0], " ")
	if !ok {
		return nil, fmt.Errorf("%q is not a method and a URL", lines[0])
	}
	if strings.HasPrefix(url, "/") {
		url = "https://" + host + url
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r, nil
}

// answered holds an answer against the pattern of a file.
func (x *performance) answered(pattern string, r *http.Response, body string) error {
	head, wanted, whole := strings.Cut(pattern, "\n\n")
	lines := strings.Split(head, "\n")
	if status := fmt.Sprint(r.StatusCode); status != lines[0] {
		return fmt.Errorf("the status is %s instead of %s", status, lines[0])
	}
	m := wire.Matcher{Seen: x.seen}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		if got := r.Header.Get(name); !x.fits(m, strings.TrimSpace(value), got) {
			return fmt.Errorf("%q instead of %q", name+": "+got, line)
		}
	}
	if whole && (strings.HasPrefix(wanted, "{") || strings.HasPrefix(wanted, "[")) {
		return matchJSON(m, wanted, body)
	}
	if whole && !x.fits(m, strings.TrimSpace(wanted), strings.TrimSpace(body)) {
		return fmt.Errorf("another body than %q", wanted)
	}
	return nil
}

// hole is a word inside a longer text.
var hole = regexp.MustCompile(`\$\{(\w+)\}`)

// fits holds one text against what is wanted of it. With ${word} in it, that is a pattern of
// the whole: each "*" is any text, and ${word} is what can stand in a URL without being
// escaped, and $word from then on.
func (x *performance) fits(m wire.Matcher, want, got string) bool {
	names := hole.FindAllStringSubmatch(want, -1)
	if names == nil {
		return m.Value(want, got)
	}
	var pattern strings.Builder
	for i, part := range hole.Split(want, -1) {
		if i > 0 {
			pattern.WriteString(`([-._~\w]+)`)
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(part), `\*`, `.*`))
	}
	found := regexp.MustCompile(`(?s)^` + pattern.String() + `$`).FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if !m.Value("$"+name[1], found[i+1]) {
			return false
		}
	}
	return true
}
