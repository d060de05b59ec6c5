package daemon

import (
	"encoding/json"
	"encoding/xml"
	"net"
	"net/http"
	"strings"

	"causeway/xmpp/jid"
)

// A metaLink says where something is (RFC 6415 §3.1.1.1).
type metaLink struct {
	Rel  string `xml:"rel,attr" json:"rel"`
	Href string `xml:"href,attr" json:"href"`
}

// metadata is what a host tells of itself (RFC 6415 §3).
type metadata struct {
	XMLName xml.Name   `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD" json:"-"`
	Links   []metaLink `xml:"Link" json:"links"`
}

// meta gives how to connect to a host over HTTP (XEP-0156 #http), nil if there is no way.
func (h *house) meta(r *http.Request) *metadata {
	base := h.baseURL(h.hostOf(r))
	if base == "" || h.hostOf(r) == "" {
		return nil
	}
	m := new(metadata)
	if h.cfg.WebSocket.Enabled {
		m.Links = append(m.Links, metaLink{"urn:xmpp:alt-connections:websocket", "wss" + strings.TrimPrefix(base, "https") + webSocketPath})
	}
	if h.cfg.BOSH.Enabled {
		m.Links = append(m.Links, metaLink{"urn:xmpp:alt-connections:xbosh", base + boshPath})
	}
	if m.Links == nil {
		return nil
	}
	return m
}

// hostOf gives the host of ours that a request is to. Where there is only one, it is
// that one whatever a proxy has made of the name.
func (h *house) hostOf(r *http.Request) string {
	name, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	if j, err := jid.Parse(name); err == nil && h.router.IsHost(j.Domain()) {
		return j.Domain()
	}
	if hosts := h.router.Hosts(); len(hosts) == 1 {
		return hosts[0]
	}
	return ""
}

// hostMeta answers in XML (XEP-0156 #http).
func (h *house) hostMeta(w http.ResponseWriter, r *http.Request) {
	h.tellMeta(w, r, "application/xrd+xml", func(m *metadata) ([]byte, error) {
		text, err := xml.Marshal(m)
		return append([]byte(xml.Header), text...), err
	})
}

// hostMetaJSON answers in JSON.
func (h *house) hostMetaJSON(w http.ResponseWriter, r *http.Request) {
	h.tellMeta(w, r, "application/json", func(m *metadata) ([]byte, error) { return json.Marshal(m) })
}

func (h *house) tellMeta(w http.ResponseWriter, r *http.Request, kind string, write func(*metadata) ([]byte, error)) {
	// XEP-0156 #impl: scripts of any page may read it.
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "read it by GET", http.StatusMethodNotAllowed)
		return
	}
	m := h.meta(r)
	if m == nil {
		http.Error(w, "there is nothing here", http.StatusNotFound)
		return
	}
	text, err := write(m)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text) // who has gone needs no answer
}
