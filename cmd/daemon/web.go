package daemon

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"

	"causeway/bridge"
	webupload "causeway/bridge/upload"
)

// openWeb makes what answers HTTP, for all hosts alike.
func (h *house) openWeb() error {
	cfg := &h.cfg.HTTP
	proxies, err := cfg.proxies()
	if err != nil {
		return err
	}
	h.web = bridge.New(bridge.Config{
		TLS:     &tls.Config{GetCertificate: h.certs.get, MinVersion: tls.VersionTLS12},
		Limits:  bridge.Limits{Connections: cfg.Connections, PerAddress: cfg.PerAddress},
		Proxies: bridge.Proxies{Trusted: proxies, Standard: cfg.Forwarded == "forwarded"},
		Logger:  h.log,
	})
	h.web.HandleExactly("health", "/healthz", http.HandlerFunc(h.health))
	h.web.HandleExactly("ready", "/readyz", http.HandlerFunc(h.ready))
	h.webStreams()
	h.web.Handle("upload", webupload.Prefix, webupload.New(uploads{h.uploads}, h.log))
	return nil
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
