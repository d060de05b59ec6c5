// Package page is a page of ours at /, on which one can touch what the server does: on the
// left somebody who talks by the endpoints of webim (bridge/webim), on the right somebody
// with an XMPP client over WebSocket (RFC 7395), and below each what went over the wire and
// which stanza a call became. It is plain HTML, CSS and JavaScript, in static/.
//
// On a throw-away server it logs two of the people in by itself; elsewhere it asks who one
// is. It has no part in what it shows: a handler of files, with headers that let the page
// load nothing from anywhere else.
package page

import (
	"bytes"
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"causeway/bridge"
)

// Prefix is the path below which the parts of the page are.
const Prefix = "/page/"

//go:embed static
var static embed.FS

// A Person is somebody whom the page logs in.
type Person struct {
	ID       string `json:"id"`
	Address  string `json:"address"`
	Password string `json:"password"`
}

// New makes the handler of the page and its parts. With a cast the page has their
// passwords: that is for servers that are thrown away.
func New(cast []Person) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			bridge.Refuse(w, http.StatusMethodNotAllowed, "")
		case r.URL.Path == "/":
			serve(w, r, "index.html")
		case r.URL.Path == Prefix+"cast.json":
			bridge.Answer(w, http.StatusOK, "", castFor(r, cast))
		case strings.HasPrefix(r.URL.Path, Prefix):
			serve(w, r, strings.TrimPrefix(r.URL.Path, Prefix))
		default:
			bridge.Refuse(w, http.StatusNotFound, "there is nothing here")
		}
	})
}

// castFor gives the cast to pages of this machine only, and to browsers on it: a name that
// somebody else lets lead here is none of its names, and a page of theirs must not read
// passwords; and who is elsewhere can name this machine as they like.
func castFor(r *http.Request, cast []Person) []Person {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	here := host == "localhost" || err == nil && ip.IsLoopback()
	if !here || !bridge.Address(r).IsLoopback() || cast == nil {
		return []Person{}
	}
	return cast
}

// types are those of the files; what has none is not served.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func serve(w http.ResponseWriter, r *http.Request, name string) {
	typ, known := types[path.Ext(name)]
	text, err := fs.ReadFile(static, path.Join("static", name))
	if err != nil || !known {
		bridge.Refuse(w, http.StatusNotFound, "there is nothing here")
		return
	}
	h := w.Header()
	h.Set("Content-Type", typ)
	h.Set("Cache-Control", "no-cache")
	h.Set("Referrer-Policy", "same-origin") // the endpoints look where a call comes from
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' "+
		socketOf(r)+"; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}

// socketOf is where the WebSocket is: older browsers do not take 'self' for it.
func socketOf(r *http.Request) string {
	if strings.ContainsAny(r.Host, " ;,'\"") {
		return "'self'"
	}
	if bridge.Secure(r) {
		return "wss://" + r.Host
	}
	return "ws://" + r.Host
}
