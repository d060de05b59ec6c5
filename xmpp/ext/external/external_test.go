package external

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/xmpptest"
)

func TestParse(t *testing.T) {
	for uri, want := range map[string]Service{
		"stun:stun.capulet.lit":                            {"stun", "stun.capulet.lit", 3478, "udp"},
		"stun:192.0.2.1:8888":                              {"stun", "192.0.2.1", 8888, "udp"},
		"stuns:stun.capulet.lit":                           {"stuns", "stun.capulet.lit", 5349, "tcp"},
		"turn:turn.capulet.lit":                            {"turn", "turn.capulet.lit", 3478, "udp"},
		"TURN:turn.capulet.lit:3479?transport=tcp":         {"turn", "turn.capulet.lit", 3479, "tcp"},
		"turns:turn.capulet.lit:443?transport=tcp":         {"turns", "turn.capulet.lit", 443, "tcp"},
		"turns:turn.capulet.lit?transport=udp":             {"turns", "turn.capulet.lit", 5349, "udp"},
		"turn:[2001:db8::1]":                               {"turn", "2001:db8::1", 3478, "udp"},
		"turn:[2001:db8::1]:3479?transport=udp":            {"turn", "2001:db8::1", 3479, "udp"},
		"":                                                 {},
		"turn.capulet.lit":                                 {},
		"http://turn.capulet.lit":                          {},
		"turn://turn.capulet.lit":                          {},
		"turn:":                                            {},
		"turn::3478":                                       {},
		"turn:turn.capulet.lit:":                           {},
		"turn:turn.capulet.lit:0":                          {},
		"turn:turn.capulet.lit:65536":                      {},
		"turn:turn.capulet.lit:3478:3479":                  {},
		"turn:romeo@turn.capulet.lit":                      {},
		"turn:turn.capulet.lit?transport=sctp":             {},
		"turn:turn.capulet.lit?":                           {},
		"turn:turn.capulet.lit?transport=udp&ttl=1":        {},
		"stun:stun.capulet.lit?transport=udp":              {},
		"turn:[192.0.2.1]":                                 {},
		"turn:[2001:db8::1":                                {},
		"turn:[2001:db8::1]3478":                           {},
		"turn:[2001:db8::1]:":                              {},
		"turn:" + strings.Repeat("a", 2000) + "?transport": {},
	} {
		got, err := Parse(uri)
		if got != want || (err == nil) != (want != Service{}) {
			t.Errorf("%s: got %+v, %v", uri, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("turn:[2001:db8::1]:3479?transport=udp")
	f.Add("stun:stun.capulet.lit:3478")
	f.Fuzz(func(t *testing.T, uri string) {
		s, err := Parse(uri)
		if err == nil && (s.Host == "" || s.Port == 0 || s.Type == "" || s.Transport == "") {
			t.Errorf("%q is %+v", uri, s)
		}
	})
}

// The figures were made with openssl: printf NAME | openssl dgst -sha1 -hmac mandrake -binary | base64.
func TestCredential(t *testing.T) {
	c := newCredential("mandrake", jid.MustParse("juliet@capulet.lit"), time.Unix(1_800_000_000, 0))
	if c.username != "1800000000:juliet@capulet.lit" || c.password != "cQkECNOvI+58TGPdObTfvJ1xrMg=" {
		t.Errorf("got %+v", c)
	}
}

const (
	from = "from='juliet@capulet.lit/balcony' "
	head = "<iq from='capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='1'>"
)

func ask(payload string) string {
	return "<iq type='get' id='1' " + from + "to='capulet.lit'>" + payload + "</iq>"
}

func fault(kind, condition string) string {
	return "<iq from='capulet.lit' to='juliet@capulet.lit/balcony' type='error' id='1'><error type='" + kind + "'><" +
		condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
}

func TestDirectory(t *testing.T) {
	services := []Service{
		{"stun", "stun.capulet.lit", 3478, "udp"},
		{"turn", "turn.capulet.lit", 3478, "udp"},
		{"turn", "turn.capulet.lit", 3479, "tcp"},
	}
	const (
		stun   = "<service host='stun.capulet.lit' port='3478' transport='udp' type='stun'/>"
		secret = " restricted='1' username='946771200:juliet@capulet.lit' password='SECRET' expires='2000-01-02T00:00:00Z'/>"
		first  = "<service host='turn.capulet.lit' port='3478' transport='udp' type='turn'"
		second = "<service host='turn.capulet.lit' port='3479' transport='tcp' type='turn'"
		ns     = " xmlns='urn:xmpp:extdisco:2'"
	)
	for _, tt := range []struct{ name, secret, request, want string }{
		{
			"XEP-0215 #all", "mandrake", ask("<services" + ns + "/>"),
			head + "<services" + ns + ">" + stun + first + secret + second + secret + "</services></iq>",
		},
		{
			"XEP-0215 #all: no secret", "", ask("<services" + ns + "/>"),
			head + "<services" + ns + ">" + stun + first + "/>" + second + "/></services></iq>",
		},
		{
			"XEP-0215 #select", "mandrake", ask("<services" + ns + " type='stun'/>"),
			head + "<services" + ns + " type='stun'>" + stun + "</services></iq>",
		},
		{
			"XEP-0215 #select: none", "mandrake", ask("<services" + ns + " type='f&apos;tp'/>"),
			head + "<services" + ns + " type='f&apos;tp'></services></iq>",
		},
		{
			"XEP-0215 #credentials: more than one", "mandrake", ask("<credentials" + ns + "><service host='turn.capulet.lit' type='turn'/></credentials>"),
			head + "<credentials" + ns + ">" + first + secret + second + secret + "</credentials></iq>",
		},
		{
			"XEP-0215 #credentials: by the port, asked twice", "mandrake",
			ask("<credentials" + ns + "><service host='Turn.Capulet.lit' type='turn' port='3479'/><service host='turn.capulet.lit' type='turn' port='3479'/></credentials>"),
			head + "<credentials" + ns + ">" + second + secret + "</credentials></iq>",
		},
		{
			"XEP-0215 #credentials: not for STUN", "mandrake",
			ask("<credentials" + ns + "><service host='stun.capulet.lit' type='stun'/></credentials>"), fault("cancel", "item-not-found"),
		},
		{
			"XEP-0215 #credentials: no secret", "",
			ask("<credentials" + ns + "><service host='turn.capulet.lit' type='turn'/></credentials>"), fault("cancel", "item-not-found"),
		},
		{"XEP-0215 #credentials: of nothing", "mandrake", ask("<credentials" + ns + "/>"), fault("modify", "bad-request")},
		{"XEP-0215 #credentials: no type", "mandrake", ask("<credentials" + ns + "><service host='turn.capulet.lit'/></credentials>"), fault("modify", "bad-request")},
		{"RFC 6120 §8.3.3.3: an unknown element", "mandrake", ask("<service" + ns + "/>"), fault("cancel", "feature-not-implemented")},
		{
			"XEP-0215 #protocol: a stranger", "mandrake", strings.Replace(ask("<services"+ns+"/>"), "juliet@capulet", "romeo@montague", 1),
			strings.Replace(fault("auth", "forbidden"), "juliet@capulet", "romeo@montague", 1),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which begins with the year 2000
				d := New(Config{Services: services, Secret: tt.secret, Lifetime: 24 * time.Hour})
				password := newCredential("mandrake", jid.MustParse("juliet@capulet.lit"), time.Now().Add(24*time.Hour)).password
				want := strings.ReplaceAll(tt.want, "SECRET", password)
				if got := xmpptest.Answer(t, d, tt.request); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		})
	}
}
