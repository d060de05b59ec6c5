package jid

import "testing"

// The localparts of XEP-0106 #examples and #bizrules.
func TestEscape(t *testing.T) {
	for _, tt := range []struct{ text, local string }{
		{"space cadet", `space\20cadet`},
		{`call me "ishmael"`, `call\20me\20\22ishmael\22`},
		{"at&t guy", `at\26t\20guy`},
		{"d'artagnan", `d\27artagnan`},
		{"/.fanboy", `\2f.fanboy`},
		{"::foo::", `\3a\3afoo\3a\3a`},
		{"<foo>", `\3cfoo\3e`},
		{"user@host", `user\40host`},
		{`c:\net`, `c\3a\net`},
		{`c:\\net`, `c\3a\\net`},
		{`c:\cool stuff`, `c\3a\cool\20stuff`},
		{`c:\5commas`, `c\3a\5c5commas`},
		{"here's_a_wild_&_/cr%zy/_address", `here\27s_a_wild_\26_\2fcr%zy\2f_address`},
		{`here's_a_wild_&_/cr%zy/_address_for:<wv>("IMPS")`, `here\27s_a_wild_\26_\2fcr%zy\2f_address_for\3a\3cwv\3e(\22IMPS\22)`},
		{`\3and\2is\5cool`, `\5c3and\2is\5c5cool`},
		{
			`CN=D'Artagnan Saint-Andr\E9,O=Example & Company, Inc.,DC=example,DC=com`,
			`CN=D\27Artagnan\20Saint-Andr\E9,O=Example\20\26\20Company,\20Inc.,DC=example,DC=com`,
		},
		{`somenick!user"&'/:<>\3address`, `somenick!user\22\26\27\2f\3a\3c\3e\5c3address`},
		{`\2plus\2is\4`, `\2plus\2is\4`},
		{`foo\bar`, `foo\bar`},
		{`foob\41r`, `foob\41r`},
		{`\5C\2F`, `\5c5C\5c2F`},
		{``, ``},
		{`tréville`, `tréville`},
	} {
		if got, err := Escape(tt.text); got != tt.local || err != nil {
			t.Errorf("Escape(%q) = %q, %v, want %q", tt.text, got, err, tt.local)
		}
		if got := Unescape(tt.local); got != tt.text {
			t.Errorf("Unescape(%q) = %q, want %q", tt.local, got, tt.text)
		}
	}
	for _, s := range []string{" a", "a ", " "} {
		if got, err := Escape(s); err == nil {
			t.Errorf("Escape(%q) = %q", s, got)
		}
	}
	if got := Unescape(`\20a\20`); got != `\20a\20` {
		t.Errorf("Unescape gives spaces at the ends: %q", got)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add(`c:\5commas`)
	f.Fuzz(func(t *testing.T, s string) {
		local, err := Escape(s)
		if err == nil && Unescape(local) != s {
			t.Fatalf("%q became %q, then %q", s, local, Unescape(local))
		}
	})
}
