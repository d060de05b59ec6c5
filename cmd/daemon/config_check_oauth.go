package daemon

import (
	"fmt"
	"net/netip"
	"net/url"
)

// checkOAuth finds what is wrong in the section oauth.
func (c *Config) checkOAuth() []error {
	if c.OAuth.URL == "" {
		return nil
	}
	u, err := url.Parse(c.OAuth.URL)
	switch {
	// RFC 8414 §2: an issuer has neither a query nor a fragment; ours has no path, since the
	// paths below it are fixed.
	case err != nil || u.Hostname() == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil || u.Path != "" && u.Path != "/":
		return []error{fmt.Errorf("oauth.url: %q is not a URL like https://chat.capulet.lit", c.OAuth.URL)}
	case u.Scheme == "https":
		return nil
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback()) {
		return nil
	}
	return []error{hinted(fmt.Errorf("oauth.url: %q is not https, and passwords go there", c.OAuth.URL), "http is for addresses of this machine")}
}
