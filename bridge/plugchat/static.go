package plugchat

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

//go:embed static
var static embed.FS

// A Demo is a site that is not there: on a throw-away server, the page that shows the bar
// is its page and its back end at once, and has to know both keys.
type Demo struct {
	PublicKey string `json:"publicKey"`
	APIKey    string `json:"apiKey"`
}

// types are those of the files; what has none is not served.
var types = map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// file serves the bar, and on a throw-away server the page that shows it.
func (h *Handler) file(w http.ResponseWriter, r *http.Request, name string) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		bridge.Refuse(w, http.StatusMethodNotAllowed, "")
		return
	case name == "demo.json" && h.cfg.Demo != nil && local(r):
		bridge.Answer(w, http.StatusOK, "", h.cfg.Demo)
		return
	case name == "demo":
		name = "demo.html"
	}
	typ, known := types[path.Ext(name)]
	text, err := fs.ReadFile(static, path.Join("static", name))
	if err != nil || !known || strings.Contains(name, "/") || strings.HasPrefix(name, "demo") && h.cfg.Demo == nil {
		bridge.Refuse(w, http.StatusNotFound, "there is nothing here")
		return
	}
	head := w.Header()
	head.Set("Content-Type", typ)
	head.Set("Cache-Control", "no-cache")
	if name == "bar.js" {
		head.Set("Cross-Origin-Resource-Policy", "cross-origin") // it is for pages of sites
	} else {
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src http: https: data:; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}

// local reports whether a browser on this machine asks, for a page of this machine: a name
// that somebody else lets lead here is none of its names.
func local(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return (host == "localhost" || err == nil && ip.IsLoopback()) && bridge.Address(r).IsLoopback()
}
