// Package rfc7622 checks how addresses are prepared and compared.
package rfc7622

import (
	"strings"

	"causeway/conformance/run"
)

// Checks gives the checks of RFC 7622.
func Checks() []run.Check {
	checks := []run.Check{
		{ID: "7622/3.3.1/case-mapped", Level: run.Must, Text: "letters of a localpart are mapped to lower case: JULIET is juliet", Run: reaches(func(user, domain string) string { return strings.ToUpper(user) + "@" + domain })},
		{ID: "7622/3.3.1/width-mapped", Level: run.Must, Text: "letters of full width are mapped to the usual ones", Run: reaches(func(user, domain string) string {
			return string(rune(user[0])-'a'+'ａ') + user[1:] + "@" + domain
		})},
		{ID: "7622/3.2.2/domain-case", Level: run.Must, Text: "letters of a domain are compared without regard to case", Run: reaches(func(user, domain string) string { return user + "@" + strings.ToUpper(domain) })},
		{ID: "7622/3.2/final-dot", Level: run.Must, Text: "a final dot of a domain is taken away before anything else", Run: reaches(func(user, domain string) string { return user + "@" + domain + "." })},
		{ID: "7622/3.4/resource-case", Level: run.Must, Text: "resources that differ in case differ", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "Balcony"), t.LoginAs("romeo", "balcony")
			t.True(strings.HasSuffix(a.Full, "/Balcony") && strings.HasSuffix(b.Full, "/balcony"), "they are %s and %s", a.Full, b.Full)
			a.Get("", "<query xmlns='jabber:iq:roster'/>")
		}},
		{ID: "7622/3.4/resource-spaces", Level: run.Must, Text: "a resource may hold spaces and letters of any script", Run: binds("auf dem Bälkön 🌹", "auf dem Bälkön 🌹")},
		{ID: "7622/3.4.1/resource-composed", Level: run.Must, Text: "a resource is normalised to composed letters (NFC)", Run: binds("Bu\u0308hne", "Bühne")},
		{ID: "7622/3.3/localpart-unicode", Level: run.Must, Text: "a localpart may hold letters of any script", Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", "джульетта@"+t.Domain(), "<query xmlns='urn:example:x'/>")
			t.True(e.Condition() != "jid-malformed" && e.Attr("type") == "error", "came %.300s", e.Raw)
		}},
		{ID: "7622/3.3/longest-localpart", Level: run.Must, Text: "a localpart of 1023 bytes is an address", Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", strings.Repeat("a", 1023)+"@"+t.Domain(), "<query xmlns='urn:example:x'/>")
			t.True(e.Condition() != "jid-malformed" && e.Attr("type") == "error", "came %.300s", e.Raw)
		}},
		{ID: "7622/3.4/longest-resource", Level: run.Must, Text: "a resource of 1023 bytes is one", Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", t.Bare("juliet")+"/"+strings.Repeat("a", 1023), "<query xmlns='urn:example:x'/>")
			t.True(e.Condition() != "jid-malformed" && e.Attr("type") == "error", "came %.300s", e.Raw)
		}},
	}
	for _, bad := range []struct{ id, text, to string }{
		{"3.3.1/quotation-mark", "a localpart holds no quotation mark", `a"b@{domain}`},
		{"3.3.1/ampersand", "a localpart holds no ampersand", "a&b@{domain}"},
		{"3.3.1/apostrophe", "a localpart holds no apostrophe", "a'b@{domain}"},
		{"3.3.1/colon", "a localpart holds no colon", "a:b@{domain}"},
		{"3.3.1/less-than", "a localpart holds no less-than sign", "a<b@{domain}"},
		{"3.3.1/greater-than", "a localpart holds no greater-than sign", "a>b@{domain}"},
		{"3.3.1/space", "a localpart holds no space", "a b@{domain}"},
		{"3.3/empty-localpart", "a localpart is not empty", "@{domain}"},
		{"3.3/too-long-localpart", "a localpart has at most 1023 bytes", strings.Repeat("a", 1024) + "@{domain}"},
		{"3.4/too-long-resource", "a resource has at most 1023 bytes", "{domain}/" + strings.Repeat("a", 1024)},
		{"3.4/empty-resource", "a resource is not empty", "{domain}/"},
		{"3.1/two-ats", "the part between the localpart and the resource is a domain", "a@b@{domain}"},
		{"3.3/control-character", "a localpart holds no control characters", "a\u0085b@{domain}"},
		{"3.4/control-in-resource", "a resource holds no control characters", "{domain}/a\u0085b"},
	} {
		checks = append(checks, run.Check{ID: "7622/" + bad.id, Level: run.Must, Text: bad.text + ": a stanza to such an address is refused", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Refused(c.Ask("get", t.Fill(bad.to), "<query xmlns='http://jabber.org/protocol/disco#info'/>"), "jid-malformed", "bad-request", "improper-addressing")
		}})
	}
	return checks
}

// reaches gives the steps: a message to another spelling of juliet's address arrives.
func reaches(spelling func(user, domain string) string) func(*run.T) {
	return func(t *run.T) {
		r, j := t.Login("romeo"), t.Online("juliet")
		user, domain, _ := strings.Cut(j.Bare, "@")
		r.Send("<message to='%s' type='chat' id='m1'><body>a</body></message>", spelling(user, domain))
		j.Want("<message from='%s' id='m1'/>", r.Full)
	}
}

// binds gives the steps: who wishes for a resource gets it, as it is after preparation.
func binds(wish, want string) func(*run.T) {
	return func(t *run.T) {
		full, err := t.Authenticated("romeo").Bind(wish)
		t.True(err == nil && strings.HasSuffix(full, "/"+want), "it is %q, %v", full, err)
	}
}
