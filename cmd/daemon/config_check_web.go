package daemon

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"causeway/xmpp/ext/external"
	"causeway/xmpp/ext/upload"
)

// checkHTTP: people are told URLs, so these have to be right.
func (c *Config) checkHTTP() (list []error) {
	if text := c.HTTP.URL; text != "" {
		u, err := url.Parse(text)
		// XEP-0363 #request: "The host MUST provide Transport Layer Security"
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			list = append(list, fmt.Errorf("http.url: %q is not a URL like https://files.capulet.lit", text))
		}
	}
	if _, err := c.HTTP.proxies(); err != nil {
		list = append(list, err)
	}
	if f := c.HTTP.Forwarded; f != "x-forwarded" && f != "forwarded" {
		list = append(list, fmt.Errorf("http.forwarded: %q is not x-forwarded or forwarded", f))
	}
	for _, o := range c.WebSocket.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != o {
			list = append(list, fmt.Errorf("websocket.origins: %q is not an origin like https://chat.capulet.lit", o))
		}
	}
	if !c.Upload.Enabled {
		return list
	}
	if c.HTTP.URL == "" && len(c.HTTP.Listen) == 0 && len(c.HTTP.ListenPlain) > 0 {
		list = append(list, hinted(errors.New("http.url: needed, since nothing listens with TLS"), "the URL by which the proxy is reached"))
	}
	if c.Upload.FileBytes > c.Upload.QuotaBytes {
		list = append(list, fmt.Errorf("upload.file_bytes: %d is more than upload.quota_bytes, which is %d", c.Upload.FileBytes, c.Upload.QuotaBytes))
	}
	for _, host := range c.hosts() {
		if at := upload.Domain(host); slices.Contains(c.hosts(), at) {
			list = append(list, hinted(fmt.Errorf("hosts: %s is where people of %s upload files", at, host), "upload.enabled = false, or another name"))
		}
	}
	return list
}

// checkExternal: clients are told of these services as they stand.
func (c *Config) checkExternal() (list []error) {
	for _, uri := range c.External.Services {
		if _, err := external.Parse(uri); err != nil {
			list = append(list, fmt.Errorf("external.services: %q: %w", uri, err))
		}
	}
	return list
}

// proxies gives the machines that are trusted.
func (c *HTTPConfig) proxies() (list []netip.Prefix, err error) {
	for _, text := range c.Proxies {
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); bad == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("http.trusted_proxies: %q is not an address or a prefix like 192.0.2.0/24", text)
		}
		list = append(list, p)
	}
	return list, nil
}

// webDoubts: what comes over HTTP without TLS can be read on the way.
func (c *Config) webDoubts() (notes []string) {
	for _, a := range c.HTTP.ListenPlain {
		if beyondMachine(a) {
			notes = append(notes, fmt.Sprintf("http.listen_plain: other machines can reach %s, and there is no TLS on it", a))
		}
	}
	return notes
}

// beyondMachine reports whether other machines can reach what listens on an address.
func beyondMachine(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.IsLoopback()
}
