package daemon

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"

	"causeway/bridge"
	webupload "causeway/bridge/upload"
)

// openWeb makes what answers HTTP, for all hosts alike.
func (h *house) openWeb() {
	h.web = bridge.New(bridge.Config{
		TLS:    &tls.Config{GetCertificate: h.certs.get, MinVersion: tls.VersionTLS12},
		Logger: h.log,
	})
	h.web.Handle("health", "/healthz", http.HandlerFunc(h.health))
	h.web.Handle("upload", webupload.Prefix, webupload.New(uploads{h.uploads}, h.log))
}

// health tells a watcher that the server runs, and does not mean to end.
func (h *house) health(w http.ResponseWriter, _ *http.Request) {
	if h.status.draining.Load() {
		bridge.Refuse(w, http.StatusServiceUnavailable, "draining")
		return
	}
	_, _ = io.WriteString(w, "ok\n") // who has gone needs no answer
}

// baseURL is how the world reaches the HTTP port in the name of a host. A port that
// the system chose is known when it is listened on.
func (h *house) baseURL(host string) string {
	listen := h.cfg.HTTP.Listen
	if ears := h.status.ears.Load(); ears != nil {
		listen = nil
		for _, e := range *ears {
			if e.kind == https {
				listen = append(listen, e.Addr().String())
			}
		}
	}
	return publicURL(h.cfg.HTTP.URL, listen, host)
}

// publicURL is the configured URL, or else https, the host and the port of the
// first address; "" if there is neither.
func publicURL(url string, listen []string, host string) string {
	if url != "" {
		return strings.TrimSuffix(url, "/")
	}
	if len(listen) == 0 {
		return ""
	}
	_, port, err := net.SplitHostPort(listen[0])
	switch {
	case err != nil: // the configuration was checked; this cannot be
		return ""
	case port == "443":
		return "https://" + asciiName(host)
	}
	return "https://" + net.JoinHostPort(asciiName(host), port)
}

// fileURL is where the files of the first host are, "" if there are none.
func fileURL(cfg *Config) string {
	if !cfg.Upload.Enabled {
		return ""
	}
	return publicURL(cfg.HTTP.URL, cfg.HTTP.Listen, cfg.hosts()[0])
}
