package bridge

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Who is told of by a proxy that is trusted, and nobody else.
func TestProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8")}
	const mine, theirs = "127.0.0.1:40000", "192.0.2.1:40000"
	for _, tt := range []struct {
		name     string
		standard bool
		peer     string
		tls      bool
		headers  map[string]string
		addr     string
		secure   bool
	}{
		{"nothing said", false, mine, false, nil, mine, false},
		{"one hop", false, mine, false, map[string]string{"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, "192.0.2.7:0", true},
		{"mapped", false, "[::ffff:127.0.0.1]:1", false, map[string]string{"X-Forwarded-For": "192.0.2.7"}, "192.0.2.7:0", false},
		{"from a stranger", false, theirs, false, map[string]string{"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, theirs, false},
		{"a stranger by TLS", false, theirs, true, map[string]string{"X-Forwarded-Proto": "http"}, theirs, true},
		{"made up", false, mine, false, map[string]string{"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}, "192.0.2.7:0", false},
		{"two hops", false, mine, false, map[string]string{"X-Forwarded-For": "198.51.100.1, 192.0.2.7, 10.1.1.1"}, "192.0.2.7:0", false},
		{"nobody but proxies", false, mine, false, map[string]string{"X-Forwarded-For": "10.2.2.2, 10.1.1.1"}, "10.2.2.2:0", false},
		{"no address", false, mine, false, map[string]string{"X-Forwarded-For": "192.0.2.7, <script>"}, mine, false},
		{"with a port", false, mine, false, map[string]string{"X-Forwarded-For": "[2001:db8::1]:99"}, "[2001:db8::1]:99", false},
		{"the last protocol counts", false, mine, false, map[string]string{"X-Forwarded-Proto": "https, http"}, mine, false},
		{"the other header", false, mine, false, map[string]string{"Forwarded": "for=192.0.2.7;proto=https"}, mine, false},
		{"standard", true, mine, false, map[string]string{"Forwarded": `for=192.0.2.7;proto=https;by=203.0.113.43`}, "192.0.2.7:0", true},
		{"standard, two hops", true, mine, false, map[string]string{"Forwarded": `for=198.51.100.1;proto=https, For="[2001:db8:cafe::17]:4711";Proto=http`}, "[2001:db8:cafe::17]:4711", false},
		{"standard, hidden", true, mine, false, map[string]string{"Forwarded": `for=_secret`}, mine, false},
		{"standard, the other header", true, mine, false, map[string]string{"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, mine, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr, r.TLS = tt.peer, nil
			if tt.tls {
				r.TLS = new(tls.ConnectionState)
			}
			for name, value := range tt.headers {
				r.Header.Set(name, value)
			}
			p := Proxies{Trusted: trusted, Standard: tt.standard}
			p.see(r)
			if r.RemoteAddr != tt.addr || Secure(r) != tt.secure {
				t.Errorf("got %s, secure %v", r.RemoteAddr, Secure(r))
			}
		})
	}
}

func FuzzProxies(f *testing.F) {
	f.Add("192.0.2.7, 10.0.0.1", `for="[::1]:1";proto=https`)
	f.Fuzz(func(t *testing.T, old, standard string) {
		for _, p := range []Proxies{{}, {Standard: true}} {
			p.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header["X-Forwarded-For"], r.Header["Forwarded"] = []string{old}, []string{standard}
			p.see(r)
			if _, err := netip.ParseAddrPort(r.RemoteAddr); err != nil {
				t.Errorf("%q is no address", r.RemoteAddr)
			}
		}
	})
}
